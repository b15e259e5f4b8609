import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { importsOf, workersOf } from './imports.ts';
import { isTestFile, sourceFiles } from './project-files.ts';

const programEntries = [
  'src/index.ts',
  'src/browser.ts',
  // What scripts/build.mjs puts in the place of modules of Node.js, for browsers.
  'src/client/browser/globals.ts',
  'src/client/browser/timers.ts',
  'src/cli/main.ts',
  'workers/shard.ts',
  // Its texts are written by scripts/generate-config-docs.mjs, which imports the build.
  'config/documentation.ts',
  ...sourceFiles.filter((path) => /^(tests|benchmarks)\//.test(path)),
];

function reachableFrom(entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path) || !sourceFiles.includes(path)) continue;
    reached.add(path);
    waiting.push(...importsOf(path).map(({ to }) => to), ...workersOf(path));
  }
  return reached;
}

function inFolder(folder: string): string[] {
  return sourceFiles
    .filter((path) => path.startsWith(`${folder}/`) && path.split('/').length === 3 + depth(folder))
    .filter((path) => !isTestFile(path))
    .map((path) => basename(path, '.ts'));
}

function depth(folder: string): number {
  return folder.split('/').length - 2;
}

test('every file of the program is used by more than its own unit test', () => {
  const reached = reachableFrom(programEntries);
  const program = sourceFiles.filter((path) => /^(src|workers|config)\//.test(path));
  const unused = program.filter((path) => !reached.has(path) && !isTestFile(path));
  const dead = unused.filter((path) => !path.endsWith('.d.ts'));
  assertNone(dead, 'nothing but perhaps its unit test imports');
});

test('every file that tests share is used by a test', () => {
  const tests = sourceFiles.filter((path) => /\.(test|long|cases)\.ts$/.test(path));
  const reached = reachableFrom(tests);
  const shared = sourceFiles.filter((path) => isTestFile(path) && !reached.has(path));
  assertNone(shared, 'no test imports');
});

test('every wire command has a handler of the same name', () => {
  const handlers = inFolder('src/commands');
  const commands = inFolder('src/wire/classic/commands');
  assert.ok(commands.includes('poll-messages'), 'the commands were not found');
  const unhandled = commands.filter((name) => !handlers.includes(name));
  assertNone(unhandled, 'src/commands has no handler for');
});
