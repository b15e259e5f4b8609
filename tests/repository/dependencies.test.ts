import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { textOf } from './project-files.ts';

interface PackageFile {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const packageFile = JSON.parse(textOf('package.json')) as PackageFile;
const packages = { ...packageFile.dependencies, ...packageFile.devDependencies };

test('docs/dependencies.md says why each package is there, and of no other', () => {
  const rows = [...textOf('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)];
  assert.deepEqual(rows.map(([, name]) => name).sort(), Object.keys(packages).sort());
});

test('the versions of packages are exact', () => {
  const loose = Object.entries(packages).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  assertNone(
    loose.map(([name]) => name),
    'has no exact version',
  );
});

test('what installs the packages needs none of them', () => {
  const needed = neededBy('scripts/setup.mjs');
  assert.ok(needed.includes('node:fs'), 'the imports were not found');
  assertNone(
    needed.filter((name) => !name.startsWith('node:')),
    'is there only after scripts/setup.mjs has run',
  );
});

/** What a script and the scripts that it begins with import before they run. */
function neededBy(script: string): string[] {
  const early = [...textOf(script).matchAll(/^(?:import|\}) .*from '([^']+)';$/gm)];
  return early.flatMap(([, name]) =>
    name.startsWith('.') ? neededBy(posix.join(posix.dirname(script), name)) : [name],
  );
}
