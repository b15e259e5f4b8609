import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { isTestFile, sourceFiles, textOf } from './project-files.ts';

const EXPORT =
  /^export (?:declare |async |abstract )*(?:function|const|let|class|interface|type) (\w+)(.*)$/;
/** Names that follow from a constant, such as `type Kind = keyof typeof kinds`. */
const DERIVED = /^ = \(?(keyof )?typeof \w+\)?(\[.*\])?;$/;

interface Export {
  readonly name: string;
  readonly isDocumented: boolean;
  readonly isDerived: boolean;
  readonly place: string;
}

function exportsOf(path: string, text: string): Export[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const found = EXPORT.exec(line);
    if (found === null) return [];
    const [, name, rest] = found;
    const place = `${path}:${index + 1} ${name}`;
    return [{ name, place, isDerived: DERIVED.test(rest), isDocumented: hasComment(lines, index) }];
  });
}

/** True when a doc comment ends right above a line. */
function hasComment(lines: readonly string[], line: number): boolean {
  if (!(lines[line - 1] ?? '').endsWith('*/')) return false;
  let start = line - 1;
  while (!/^\s*\/\*/.test(lines[start])) start--;
  return lines[start].trimStart().startsWith('/**');
}

/** Places of exports whose meaning nobody wrote down. */
function undocumented(path: string, text: string): string[] {
  const all = exportsOf(path, text);
  const documented = new Set(
    all.filter(({ isDocumented }) => isDocumented).map(({ name }) => name),
  );
  return all
    .filter((found) => !found.isDocumented && !found.isDerived)
    .filter(({ name }) => !documented.has(name.replace(/^(read|write)(?=[A-Z])/, '')))
    .filter(({ name }) => !isHandler(path, name))
    .map(({ place }) => place);
}

/** The handler of a command: what it does is what the command's codec says. */
function isHandler(path: string, name: string): boolean {
  if (!path.startsWith('src/commands/')) return false;
  const command = basename(path, '.ts').replaceAll(/(?:^|-)(\w)/g, (_, c) => c.toUpperCase());
  return name === `handle${command}`;
}

test('every exported name says what it is', () => {
  const paths = sourceFiles.filter((path) => /^(src|config)\//.test(path) && !isTestFile(path));
  const places = paths.flatMap((path) => undocumented(path, textOf(path)));
  assertNone(places, 'a doc comment is missing at');
});

test('an export without a doc comment is found', () => {
  const text = [
    '/** Documented. */',
    'export interface Shape {}',
    'export function writeShape(): void {}',
    'export type Kind = keyof typeof kinds;',
    '/* No doc comment. */',
    'export const limit = 1;',
    "export { other } from './other.ts';",
    '/**',
    ' * Documented.',
    ' */',
    'export async function run() {}',
    'export class Bare {}',
  ].join('\n');
  assert.deepEqual(undocumented('src/a.ts', text), ['src/a.ts:6 limit', 'src/a.ts:12 Bare']);
});
