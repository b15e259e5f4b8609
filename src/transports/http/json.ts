import { isSafeNumber, parse, stringify } from 'lossless-json';

/** A number of 16 digits or more where a value can stand: `JSON.parse` might round it. */
const LONG_NUMBER = /[[:,\s]-?\d{16}|^-?\d{16}/;

/**
 * A value from its JSON. Whole numbers that a double cannot hold become bigints. The parser of the
 * language does all texts without long numbers, which is many times faster.
 * @throws SyntaxError when the text is no JSON.
 */
export function parseJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? parse(text, undefined, exactNumber) : JSON.parse(text);
}

/** The JSON of a value, without white space. Bigints are written as numbers, digit by digit. */
export function printJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

function exactNumber(digits: string): number | bigint {
  const isWhole = /^-?\d+$/.test(digits);
  return isWhole && !isSafeNumber(digits) ? BigInt(digits) : Number(digits);
}
