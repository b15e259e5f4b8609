// Formatting, lint, types. Tests of the repository itself (layers, docs) are part of `npm test`.
import { join } from 'node:path';
import { root, run } from './run.mjs';

run(process.execPath, [
  join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  'check',
  '.',
]);
run(process.execPath, [
  join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
  '-p',
  '.',
  '--noEmit',
]);
