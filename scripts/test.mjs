// Runs every compiled *.test.js, or those whose path contains one of the arguments.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { filesBelow, root, run } from './run.mjs';

const wanted = process.argv.slice(2);
const tests = ['src', 'workers', 'config', 'tests', 'benchmarks']
  .flatMap((folder) => filesBelow(join(root, 'dist', folder)))
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));

if (tests.length === 0) {
  console.error(`No test file matches ${wanted.join(', ')}.`);
  process.exit(1);
}
const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;
run(process.execPath, ['--test', '--test-reporter=spec', concurrency, ...tests]);
