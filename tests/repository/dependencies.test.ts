import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { textOf } from './project-files.ts';

interface PackageFile {
  readonly dependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const packageFile = JSON.parse(textOf('package.json')) as PackageFile;
const packages = {
  ...packageFile.dependencies,
  ...packageFile.optionalDependencies,
  ...packageFile.devDependencies,
};

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
