import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { isTestFile, projectFiles, textOf } from './project-files.ts';
import { withoutComments } from './source-text.ts';

/** Written in two halves, so that this file does not hold them. */
const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
const CONSOLE = /\bconsole\.\w+/;
/** A web address whose host offers packages, for whichever language. */
const PACKAGE_HOST =
  /https?:\/\/[\w.-]*\b(registry|mirrors?|nexus|artifactory|artifacts|npm\w*|py(pi|thonhosted)|crates|packages)\b/;
const LOCK_FILE = /(^|\/)(package-lock\.json|Cargo\.lock|go\.sum)$/;
/** How Cargo names the public index in a lock file: there is no way to leave it out. */
const CARGO_INDEX = 'source = "registry+https://github.com/rust-lang/crates.io-index"';

function linesOf(path: string): { line: string; place: string }[] {
  return textOf(path)
    .split('\n')
    .map((line, index) => ({ line, place: `${path}:${index + 1}` }));
}

function placesWith(paths: readonly string[], pattern: RegExp): string[] {
  return paths
    .flatMap(linesOf)
    .filter(({ line }) => pattern.test(line) && line.trim() !== CARGO_INDEX)
    .map(({ place }) => place);
}

test('nothing is left to be finished', () => {
  const paths = projectFiles.filter((path) => !LOCK_FILE.test(path));
  assertNone(placesWith(paths, unfinished), 'something is to be finished in');
});

test('only the command line writes to the console', () => {
  const places = projectFiles
    .filter((path) => /^(src|workers|config)\/.*\.ts$/.test(path))
    .filter((path) => !path.startsWith('src/cli/') && !isTestFile(path))
    .filter((path) => CONSOLE.test(withoutComments(textOf(path))));
  assertNone(places, 'logs by the console instead of a logger');
});

test('no file says where packages are downloaded from', () => {
  assertNone(placesWith(projectFiles, PACKAGE_HOST), 'a download address is in');
  assert.doesNotMatch(textOf('package-lock.json'), /"resolved"/);
  assert.match(['https:', '', 'registry.example.org', 'a.tgz'].join('/'), PACKAGE_HOST);
});
