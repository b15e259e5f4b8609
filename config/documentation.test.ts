import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../tests/support/project-root.ts';
import { configurationReference, defaultToml } from './documentation.ts';
import { loadConfig } from './load.ts';

function projectFile(path: string): string {
  return join(projectRoot(), path);
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
