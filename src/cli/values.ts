import { InvalidArgumentError } from 'commander';
import { parseByteSize } from '../../config/byte-size.ts';
import { parseDuration } from '../../config/duration.ts';
import { FormatError } from '../../config/format-error.ts';
import { parseExpiry, parseTopicSize, serverDefault } from '../../config/retention.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import {
  type HeaderKind,
  headerKinds,
  type TypedHeaderValue,
} from '../wire/classic/user-headers.ts';

const U32_MAX = 0xffff_ffff;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const MICROS_PER_MS = 1000;

/** A stream, topic or consumer: digits are an id, anything else is a name. */
export function identifier(text: string): Identifier {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  const isId = /^\d{1,10}$/.test(text) && Number(text) <= U32_MAX;
  return isId ? Number(text) : text;
}

/** A parser of whole numbers between two bounds. */
export function wholeNumber(min: number, max = U32_MAX): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** An offset: a whole number of 64 bits. */
export function offset(text: string): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) <= U64_MAX) return BigInt(text);
  throw new InvalidArgumentError('It must be a whole number of 64 bits.');
}

/** A moment in microseconds since 1970: those microseconds, or a date such as 2026-01-31T12:00Z. */
export function timestampMicros(text: string): bigint {
  if (/^\d+$/.test(text)) return offset(text);
  const ms = Date.parse(text);
  if (!Number.isNaN(ms) && ms >= 0) return BigInt(ms) * BigInt(MICROS_PER_MS);
  throw new InvalidArgumentError('It must be microseconds since 1970 or an ISO date.');
}

function orInvalidArgument<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (error instanceof FormatError) throw new InvalidArgumentError(`It ${error.message}.`);
    throw error;
  }
}

/** Bytes of a size such as `512 B` or `10MB`, which is not zero. */
export function byteSize(text: string): number {
  const bytes = orInvalidArgument(() => parseByteSize(text));
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError('It must be more than zero.');
}

/** Milliseconds of a duration such as `10ms` or `2 s`. */
export function durationMs(text: string): number {
  return orInvalidArgument(() => parseDuration(text));
}

/** Microseconds of a message expiry as the protocol has it: 0 server default, all ones never. */
export function expiryMicros(text: string): bigint {
  const expiry = orInvalidArgument(() => parseExpiry(text));
  if (expiry === serverDefault) return 0n;
  return Number.isFinite(expiry) ? BigInt(expiry) * BigInt(MICROS_PER_MS) : U64_MAX;
}

/** Bytes of a topic's limit as the protocol has it: 0 server default, all ones unlimited. */
export function topicSizeBytes(text: string): bigint {
  const size = orInvalidArgument(() => parseTopicSize(text));
  if (size === serverDefault) return 0n;
  return Number.isFinite(size) ? BigInt(size) : U64_MAX;
}

/** One header of `-H`, with the key as text. */
export interface HeaderArgument {
  readonly key: string;
  readonly value: TypedHeaderValue;
}

const bigKinds = new Set<HeaderKind>(['int64', 'int128', 'uint64', 'uint128']);

function headerNumber(kind: HeaderKind, text: string): number | bigint {
  const isFloat = kind.startsWith('float');
  const pattern = isFloat ? /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i : /^-?\d+$/;
  if (!pattern.test(text)) throw new InvalidArgumentError(`${text} is no value of kind ${kind}.`);
  return bigKinds.has(kind) ? BigInt(text) : Number(text);
}

function headerValue(kind: HeaderKind, text: string): TypedHeaderValue['value'] {
  if (kind === 'string') return text;
  if (kind === 'raw') return Buffer.from(text);
  if (kind !== 'bool') return headerNumber(kind, text);
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InvalidArgumentError('A header of kind bool is true or false.');
}

/** `key:kind:value`, repeatable; the value may contain colons. */
export function header(text: string, previous: readonly HeaderArgument[] = []): HeaderArgument[] {
  const match = /^([^:]+):([a-z0-9]+):(.+)$/s.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be written key:kind:value.');
  const [, key, kind, value] = match;
  if (!Object.hasOwn(headerKinds, kind)) {
    const kinds = Object.keys(headerKinds).join(', ');
    throw new InvalidArgumentError(`The kind ${kind} is unknown; there are ${kinds}.`);
  }
  const known = kind as HeaderKind;
  return [...previous, { key, value: { kind: known, value: headerValue(known, value) } }];
}
