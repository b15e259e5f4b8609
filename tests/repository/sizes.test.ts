import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { isTestFile, projectFiles, sourceFiles, textOf } from './project-files.ts';
import { functionsIn, withoutStrings } from './source-text.ts';

const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;
const COLUMNS_MAX = 100;
/** A table row or a link cannot be broken, and what is generated is not laid out by hand. */
const UNBREAKABLE = /^\s*\||\]\([^)]*\)|^\[[^\]]+\]: /;
const GENERATED = 'docs/reference/';

const program = sourceFiles.filter((path) => /^(src|workers|config)\//.test(path));

test('functions are short enough to be held in the head', () => {
  const found = program.flatMap((path) =>
    functionsIn(textOf(path)).map(({ line, lines }) => ({ place: `${path}:${line}`, lines })),
  );
  assert.ok(found.length > 500, 'the functions were not found');
  const long = found.filter(({ lines }) => lines > FUNCTION_LINES_MAX);
  const places = long.map(({ place, lines }) => `${place} has ${lines}`);
  assertNone(places, `a function has at most ${FUNCTION_LINES_MAX} lines`);
});

test('no file is a heap', () => {
  const long = program
    .filter((path) => !isTestFile(path))
    .map((path) => ({ path, lines: textOf(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > FILE_LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines}`);
  assertNone(long, `a file has at most ${FILE_LINES_MAX} lines`);
});

test('lines of code fit, strings aside that cannot be broken', () => {
  const paths = projectFiles.filter((path) => /\.(ts|mjs|c|h)$/.test(path));
  const long = paths.flatMap((path) => longLines(path, withoutStrings(textOf(path)), () => true));
  assertNone(long, `a line has at most ${COLUMNS_MAX} columns`);
});

test('lines of text fit', () => {
  const paths = projectFiles.filter((path) => path.endsWith('.md') && !path.startsWith(GENERATED));
  const long = paths.flatMap((path) =>
    longLines(path, textOf(path), (line) => !UNBREAKABLE.test(line)),
  );
  assertNone(long, `a line has at most ${COLUMNS_MAX} columns`);
});

function longLines(path: string, text: string, counts: (line: string) => boolean): string[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
    .filter(({ line }) => [...line].length > COLUMNS_MAX && counts(line))
    .map(({ place }) => place);
}
