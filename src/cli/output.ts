import { createRequire } from 'node:module';
import type TableClass from 'cli-table3';
import picocolors from 'picocolors';
import type { CommonOptions } from './options.ts';
import { type Terminal, wantsColor } from './terminal.ts';

/** What a command answers: a value for programs and a text for people. */
export interface Answer {
  readonly json: unknown;
  readonly text: (style: Style) => string;
}

/** Texts with or without colour. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
}

/** The style for a stream: plain unless it is a terminal that wants colour. */
export function styleFor(stream: Terminal['stdout'], environment: Terminal['environment']): Style {
  return picocolors.createColors(wantsColor(stream, environment));
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** JSON of a value; a bigint becomes a number, or a string where a number is not exact. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, jsonValue, indent);
}

const JSON_INDENT = 2;

/** Prints the answer as `--json` and `--quiet` demand. */
export function printAnswer(answer: Answer, options: CommonOptions, terminal: Terminal): void {
  if (options.quiet === true) return;
  const text =
    options.json === true
      ? toJson(answer.json, JSON_INDENT)
      : answer.text(styleFor(terminal.stdout, terminal.environment));
  terminal.stdout.write(`${text}\n`);
}

/** The text with control characters written as escapes, so that a terminal does not obey them. */
export function escapeControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\x${character.codePointAt(0)?.toString(16).padStart(2, '0')}`;
  });
}

const plainTable = { head: [], border: [], compact: true };
const require = createRequire(import.meta.url);

/** A bordered table with a header row. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
): string {
  // Loaded late: a broker never prints one, and is to start fast.
  const Table = require('cli-table3') as typeof TableClass;
  const built = new Table({ head: columns.map((column) => style.bold(column)), style: plainTable });
  for (const row of rows) built.push(row.map(escapeControls));
  return built.toString();
}

/** Names and values below each other, the values in one column. */
export function properties(entries: readonly (readonly [string, string])[], style: Style): string {
  const width = Math.max(...entries.map(([name]) => name.length)) + 2;
  return entries
    .map(([name, value]) => `${style.dim(name.padEnd(width))}${escapeControls(value)}`)
    .join('\n');
}
