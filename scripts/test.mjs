// Runs the compiled tests: `*.test.js`, or with --long the longer suites `*.long.js`, which with
// --full take hours and with --write-docs note what they have done. Further arguments pick the
// files whose path contains one of them.
import { join } from 'node:path';
import { filesBelow, root, run } from './run.mjs';

const MINUTE_MS = 60_000;

const isLong = process.argv.includes('--long');
const isFull = process.argv.includes('--full');
const writesDocs = process.argv.includes('--write-docs');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
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
const minutes = isFull ? 360 : isLong ? 30 : 5;
const timeout = `--test-timeout=${minutes * MINUTE_MS}`;
const options = ['--test', '--test-reporter=spec', concurrency, timeout, ...tests];
const env = { ...process.env };
if (isFull) env.VELTRO_TEST_FULL = '1';
if (writesDocs) env.VELTRO_TEST_WRITE_DOCS = '1';
run(process.execPath, options, { env });
