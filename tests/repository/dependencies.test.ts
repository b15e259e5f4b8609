import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { textOf } from './project-files.ts';

interface PackageFile {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}

const packageFile = JSON.parse(textOf('package.json')) as PackageFile;
const { dependencies, devDependencies, optionalDependencies } = packageFile;
const packages = { ...dependencies, ...devDependencies, ...optionalDependencies };

test('docs/dependencies.md says why each package is there, and of no other', () => {
  const rows = [...textOf('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)];
  assert.deepEqual(rows.map(([, name]) => name).sort(), Object.keys(packages).sort());
});

test('the versions of packages are exact', () => {
  const loose = Object.entries(packages).filter(
    ([, version]) => !/^(npm:[\w.@/-]+@)?\d+\.\d+\.\d+$/.test(version),
  );
  assertNone(
    loose.map(([name]) => name),
    'has no exact version',
  );
});

/** What a script and the scripts that it imports at once ask for, before any of them runs. */
function staticImports(path: string): string[] {
  const named = [...textOf(path).matchAll(/^import [^;]*?from '([^']+)';/gms)].map(
    ([, from]) => from,
  );
  const own = named.filter((from) => from.startsWith('./')).map((from) => join('scripts', from));
  return [...named, ...own.flatMap(staticImports)];
}

test('a fresh clone is set up without packages', () => {
  const imports = staticImports('scripts/setup.mjs');
  assert.ok(imports.includes('./run.mjs') && imports.includes('node:path'));
  assertNone(
    imports.filter((from) => !/^(node:|\.\/)/.test(from)),
    'is imported by scripts/setup.mjs before packages are installed',
  );
});
