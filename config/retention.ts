import { parseByteSize, printByteSize } from './byte-size.ts';
import { parseDuration, printDuration } from './duration.ts';
import { FormatError } from './format-error.ts';

/** Stands for "what the broker's configuration says" where a topic gives no value of its own. */
export const serverDefault = 'server_default';
export type ServerDefault = typeof serverDefault;

const EXPIRY_MS_MAX = (2 ** 32 - 1) * 1000;
const neverWords = new Set(['none', 'unlimited', 'never_expire', 'never']);
const defaultWords = new Set(['default', 'server_default']);

/**
 * Milliseconds after which messages may go, `Infinity` for never, or the server default.
 * @throws FormatError when it is none of these, zero, or above 2^32 - 1 seconds.
 */
export function parseExpiry(raw: unknown): number | ServerDefault {
  const word = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  if (neverWords.has(word)) return Number.POSITIVE_INFINITY;
  if (defaultWords.has(word)) return serverDefault;
  const ms = parseDuration(raw);
  if (ms === 0) throw new FormatError('must not be zero; "never_expire" keeps messages for ever');
  if (ms > EXPIRY_MS_MAX) throw new FormatError('must be at most 2^32 - 1 seconds');
  return ms;
}

/** The text that `parseExpiry` reads back: a duration, `never_expire` or `server_default`. */
export function printExpiry(expiry: number | ServerDefault): string {
  if (expiry === serverDefault) return serverDefault;
  return expiry === Number.POSITIVE_INFINITY ? 'never_expire' : printDuration(expiry);
}

/**
 * Bytes that a topic may hold, `Infinity` for unlimited, or the server default (also 0, as in the
 * reference).
 * @throws FormatError when it is no size.
 */
export function parseTopicSize(raw: unknown): number | ServerDefault {
  const word = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  if (word === 'unlimited') return Number.POSITIVE_INFINITY;
  if (defaultWords.has(word)) return serverDefault;
  const bytes = parseByteSize(raw);
  return bytes === 0 ? serverDefault : bytes;
}

/** The text that `parseTopicSize` reads back: a size, `unlimited` or `server_default`. */
export function printTopicSize(size: number | ServerDefault): string {
  if (size === serverDefault) return serverDefault;
  return size === Number.POSITIVE_INFINITY ? 'unlimited' : printByteSize(size);
}
