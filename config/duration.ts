import { multiplyExactly } from './decimal.ts';
import { FormatError } from './format-error.ts';

const MICROS_PER_MS = 1000n;
const SECOND_US = 1_000_000n;
const MINUTE_US = 60n * SECOND_US;
const HOUR_US = 60n * MINUTE_US;
const DAY_US = 24n * HOUR_US;

const unitMicros: ReadonlyMap<string, bigint> = new Map(
  (
    [
      [1n, ['us', 'usec', 'micros', 'microsecond', 'microseconds']],
      [1000n, ['ms', 'msec', 'millis', 'millisecond', 'milliseconds']],
      [SECOND_US, ['s', 'sec', 'secs', 'second', 'seconds']],
      [MINUTE_US, ['m', 'min', 'mins', 'minute', 'minutes']],
      [HOUR_US, ['h', 'hr', 'hrs', 'hour', 'hours']],
      [DAY_US, ['d', 'day', 'days']],
      [7n * DAY_US, ['w', 'week', 'weeks']],
      // A month is 30.44 days and a year 365.25 days, as in the reference's duration library.
      [2_630_016n * SECOND_US, ['month', 'months']],
      [31_557_600n * SECOND_US, ['y', 'year', 'years']],
    ] as const
  ).flatMap(([micros, names]) => names.map((name) => [name, micros] as const)),
);

const zeroWords = new Set(['0', 'none', 'disabled', 'unlimited']);
const DIGITS_MAX = 30;
const pieces = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy;
const expectation = 'must be a text with units such as "500 ms", "10 s", "1 h 30 m" or "7 days"';

function pieceMicros([, decimal, name]: RegExpExecArray): bigint {
  const unit = unitMicros.get(name);
  if (unit === undefined || decimal.length > DIGITS_MAX) throw new FormatError(expectation);
  const micros = multiplyExactly(decimal, unit);
  if (micros === undefined) throw new FormatError('must be a whole number of microseconds');
  return micros;
}

function totalMicros(text: string): bigint {
  let micros = 0n;
  let end = 0;
  pieces.lastIndex = 0;
  for (let piece = pieces.exec(text); piece !== null; piece = pieces.exec(text)) {
    micros += pieceMicros(piece);
    end = pieces.lastIndex;
  }
  if (end === 0 || end !== text.length) throw new FormatError(expectation);
  return micros;
}

/**
 * Milliseconds of a duration such as `10 s` or `2 days 4 hours`, in any case; `0`, `none`,
 * `disabled` and `unlimited` are zero. Bare numbers are refused, because their unit is unclear.
 * @throws FormatError when it is no duration or not a whole number of milliseconds.
 */
export function parseDuration(raw: unknown): number {
  if (typeof raw !== 'string') throw new FormatError(expectation);
  const text = raw.trim().toLowerCase();
  if (zeroWords.has(text)) return 0;
  const micros = totalMicros(text);
  const ms = Number(micros / MICROS_PER_MS);
  if (micros % MICROS_PER_MS !== 0n) {
    throw new FormatError('must be a whole number of milliseconds');
  }
  if (!Number.isSafeInteger(ms)) throw new FormatError('must be at most 2^53 - 1 milliseconds');
  return ms;
}

const printedUnits = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
  [1, 'ms'],
] as const;

/** A duration in days, hours, minutes, seconds and milliseconds; `parseDuration` reads it back. */
export function printDuration(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unitMs, name] of printedUnits) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) parts.push(`${count} ${name}`);
    rest -= count * unitMs;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}
