// Runs the compiled tests: `*.test.js`, or with --long the longer suites `*.long.js`. Further
// arguments pick the files whose path contains one of them.
import { join } from 'node:path';
import { filesBelow, root, run } from './run.mjs';

const TEST_TIMEOUT_MS = 300_000;

const isLong = process.argv.includes('--long');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--long');
const ending = isLong ? '.long.js' : '.test.js';
const tests = ['src', 'workers', 'config', 'tests', 'benchmarks']
  .flatMap((folder) => filesBelow(join(root, 'dist', folder)))
  .filter((path) => path.endsWith(ending))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));

if (tests.length === 0) {
  console.error(`No test file matches ${wanted.join(', ') || ending}.`);
  process.exit(1);
}
// Every file is a process with a broker or more: two at a time suit the smallest machines, and the
// long suites load the machine by themselves.
const concurrency = `--test-concurrency=${isLong ? 1 : 2}`;
// A test that hangs must fail with its name.
const timeout = `--test-timeout=${TEST_TIMEOUT_MS}`;
run(process.execPath, ['--test', '--test-reporter=spec', concurrency, timeout, ...tests]);
