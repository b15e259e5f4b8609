import { multiplyExactly } from './decimal.ts';
import { FormatError } from './format-error.ts';

const BITS_PER_BYTE = 8n;
const PREFIXES = ['', 'K', 'M', 'G', 'T'] as const;
const DIGITS_MAX = 30;
const pattern = /^(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)(b))?$/i;
const expectation = 'must be a byte size such as 4096, "512 B", "100 KB" or "1.5 GiB"';

function unitBits(prefix: string, binary: boolean, letter: string): bigint {
  const power = BigInt(PREFIXES.indexOf(prefix.toUpperCase() as (typeof PREFIXES)[number]));
  const step = binary ? 1024n : 1000n;
  return step ** power * (letter === 'b' ? 1n : BITS_PER_BYTE);
}

/**
 * Bytes of a size: a whole number, digits, or a number with a unit. `KB` is 1000, `KiB` 1024 bytes;
 * an upper-case `B` means bytes, a lower-case `b` bits (configuration section 2 of the reference).
 * @throws FormatError when it is no size, not a whole number of bytes, or beyond 2^53 - 1.
 */
export function parseByteSize(raw: unknown): number {
  if (typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0) return raw;
  const match = typeof raw === 'string' ? pattern.exec(raw.trim()) : null;
  if (match === null || match[1].length > DIGITS_MAX) throw new FormatError(expectation);
  const [, decimal, prefix = '', binary = '', letter = 'B'] = match;
  if (binary !== '' && prefix === '') throw new FormatError(expectation);
  const bits = multiplyExactly(decimal, unitBits(prefix, binary !== '', letter));
  if (bits === undefined || bits % BITS_PER_BYTE !== 0n) {
    throw new FormatError('must be a whole number of bytes');
  }
  const bytes = Number(bits / BITS_PER_BYTE);
  if (!Number.isSafeInteger(bytes)) throw new FormatError('must be at most 2^53 - 1 bytes');
  return bytes;
}

const printedUnits = ['TiB', 'GiB', 'MiB', 'KiB', 'TB', 'GB', 'MB', 'KB'].map((unit) => ({
  unit,
  bytes: (unit[1] === 'i' ? 1024 : 1000) ** PREFIXES.indexOf(unit[0] as 'K'),
}));

/** A size in the largest unit that shows it exactly; `parseByteSize` reads it back. */
export function printByteSize(bytes: number): string {
  const fitting = printedUnits.find((unit) => bytes >= unit.bytes && bytes % unit.bytes === 0);
  return fitting === undefined ? `${bytes} B` : `${bytes / fitting.bytes} ${fitting.unit}`;
}
