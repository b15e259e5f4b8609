import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configurationReference, defaultToml } from './documentation.ts';
import { loadConfig } from './load.ts';

// Tests run from a build folder, one level below the files that they compare with.
function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

const howTo = 'run: node scripts/generate-config-docs.mjs';

test('config/veltro.toml is what the schema generates', () => {
  assert.equal(readFileSync(projectFile('config/veltro.toml'), 'utf8'), defaultToml(), howTo);
});

test('docs/reference/configuration.md is what the schema generates', () => {
  const written = readFileSync(projectFile('docs/reference/configuration.md'), 'utf8');
  assert.equal(written, configurationReference(), howTo);
});

test('config/veltro.toml loads to the defaults', () => {
  assert.deepEqual(loadConfig({ file: projectFile('config/veltro.toml') }), loadConfig());
});
