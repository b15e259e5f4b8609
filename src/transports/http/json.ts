import { randomBytes } from 'node:crypto';

/** What stands in front of a number that became a text: nobody can have written it. */
const MARK = `${randomBytes(12).toString('hex')}:`;
/** A number of 16 digits or more where a value can stand: `JSON.parse` might round it. */
const LONG_NUMBER = /[[:,\s]-?\d{16}|^-?\d{16}/;
/** A whole number that may be too long, between texts. */
const WHOLE_NUMBER = /-?\b[1-9]\d{15,}\b(?![.eE])/g;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/**
 * A value from its JSON. Whole numbers that a double cannot hold become bigints. Texts without long
 * numbers, which are nearly all, are read as they are.
 * @throws SyntaxError when the text is no JSON.
 */
export function parseJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(markNumbers(text), revive) : JSON.parse(text);
}

/** The JSON of a value, without white space. Bigints are written as numbers, digit by digit. */
export function printJson(value: unknown): string {
  return JSON.stringify(value, mark).replaceAll(MARKED, '$1');
}

/** The JSON with long numbers as marked texts; what is inside of texts stays as it is. */
function markNumbers(text: string): string {
  const parts: string[] = [];
  let start = 0;
  while (start < text.length) {
    const opening = text.indexOf('"', start);
    const between = opening < 0 ? text.slice(start) : text.slice(start, opening);
    parts.push(between.replaceAll(WHOLE_NUMBER, `"${MARK}$&"`));
    if (opening < 0) break;
    start = endOfText(text, opening + 1);
    parts.push(text.slice(opening, start));
  }
  return parts.join('');
}

/** The place behind the closing quote. */
function endOfText(text: string, start: number): number {
  let closing = text.indexOf('"', start);
  while (closing >= 0 && isEscaped(text, closing)) closing = text.indexOf('"', closing + 1);
  return closing < 0 ? text.length : closing + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
  const digits = value.slice(MARK.length);
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

function mark(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${MARK}${value}` : value;
}
