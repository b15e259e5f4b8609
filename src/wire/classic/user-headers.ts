import { nameBytesMax } from '../limits.ts';
import { Reader } from '../reader.ts';
import { status } from '../status.ts';
import { WireError } from '../wire-error.ts';
import { Writer } from '../writer.ts';

/** Kinds of keys and values of user headers with their numbers (protocol section 3.7). */
export const headerKinds = {
  raw: 1,
  string: 2,
  bool: 3,
  int8: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  int128: 8,
  uint8: 9,
  uint16: 10,
  uint32: 11,
  uint64: 12,
  uint128: 13,
  float32: 14,
  float64: 15,
} as const;
/** Name of a kind. */
export type HeaderKind = keyof typeof headerKinds;

/**
 * A header value as JavaScript has it: bytes for `raw`, bigint for the integers of 64 and 128 bits,
 * number for the other numeric kinds.
 */
export type PlainHeaderValue = string | boolean | number | bigint | Uint8Array;

/** A key or value together with its kind on the wire. */
export interface TypedHeaderValue {
  readonly kind: HeaderKind;
  readonly value: PlainHeaderValue;
}

/**
 * What may be given as a value. Without a kind: string, bool and raw as they are; a number is int32
 * where it fits and float64 otherwise; a bigint is the first of int64, uint64, int128 and uint128
 * that holds it. So every value is read back as the type it was given as.
 */
export type HeaderValue = PlainHeaderValue | TypedHeaderValue;

/** One decoded user header. Keys are strings by custom, but may be of any kind. */
export interface UserHeader {
  readonly key: TypedHeaderValue;
  readonly value: TypedHeaderValue;
}

/** A key or value as its bytes on the wire. */
export interface RawHeaderField {
  readonly kind: HeaderKind;
  readonly bytes: Uint8Array;
}

/** One user header whose values were not looked at. */
export interface RawUserHeader {
  readonly key: RawHeaderField;
  readonly value: RawHeaderField;
}

interface FixedKind {
  readonly bytes: number;
  readonly type: 'boolean' | 'number' | 'bigint';
  write(view: DataView, value: never): void;
  read(view: DataView): PlainHeaderValue;
}

const fixedKinds: Readonly<Record<Exclude<HeaderKind, 'raw' | 'string'>, FixedKind>> = {
  bool: {
    bytes: 1,
    type: 'boolean',
    write: (view, value: boolean) => view.setUint8(0, value ? 1 : 0),
    read: (view) => view.getUint8(0) !== 0,
  },
  int8: number(
    1,
    (view, value) => view.setInt8(0, value),
    (view) => view.getInt8(0),
  ),
  int16: number(
    2,
    (view, value) => view.setInt16(0, value, true),
    (view) => view.getInt16(0, true),
  ),
  int32: number(
    4,
    (view, value) => view.setInt32(0, value, true),
    (view) => view.getInt32(0, true),
  ),
  uint8: number(
    1,
    (view, value) => view.setUint8(0, value),
    (view) => view.getUint8(0),
  ),
  uint16: number(
    2,
    (view, value) => view.setUint16(0, value, true),
    (view) => view.getUint16(0, true),
  ),
  uint32: number(
    4,
    (view, value) => view.setUint32(0, value, true),
    (view) => view.getUint32(0, true),
  ),
  float32: number(
    4,
    (view, value) => view.setFloat32(0, value, true),
    (view) => view.getFloat32(0, true),
  ),
  float64: number(
    8,
    (view, value) => view.setFloat64(0, value, true),
    (view) => view.getFloat64(0, true),
  ),
  int64: integer(8, (value) => BigInt.asIntN(64, value)),
  uint64: integer(8, (value) => value),
  int128: integer(16, (value) => BigInt.asIntN(128, value)),
  uint128: integer(16, (value) => value),
};

const kindNames = new Map<number, HeaderKind>(
  Object.entries(headerKinds).map(([name, code]) => [code, name as HeaderKind]),
);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Encodes pairs of key and value in the given order. Throws a `WireError` with status 4018 (key) or
 * 4019 (value) for texts and bytes outside 1..255 bytes and for values that their kind cannot hold.
 */
export function encodeUserHeaders(
  headers: Iterable<readonly [key: HeaderValue, value: HeaderValue]>,
): Buffer {
  const writer = new Writer();
  for (const [key, value] of headers) {
    writeField(writer, typedValue(key), status.InvalidHeaderKey);
    writeField(writer, typedValue(value), status.InvalidHeaderValue);
  }
  return writer.finish();
}

/**
 * Puts headers together whose fields are bytes already. Throws a `WireError` with status 4018 (key)
 * or 4019 (value) for lengths that their kind does not have.
 */
export function encodeRawHeaders(headers: Iterable<RawUserHeader>): Buffer {
  const writer = new Writer();
  for (const { key, value } of headers) {
    writeRawField(writer, checkedField(key, status.InvalidHeaderKey), status.InvalidHeaderKey);
    writeRawField(
      writer,
      checkedField(value, status.InvalidHeaderValue),
      status.InvalidHeaderValue,
    );
  }
  return writer.finish();
}

/** Takes headers apart without looking at their values; the fields are views. Throws as below. */
export function decodeRawHeaders(bytes: Uint8Array): RawUserHeader[] {
  const reader = new Reader(bytes);
  const headers: RawUserHeader[] = [];
  while (reader.remaining > 0) {
    const key = readRawField(reader, status.InvalidHeaderKey);
    headers.push({ key, value: readRawField(reader, status.InvalidHeaderValue) });
  }
  return headers;
}

/**
 * Decodes the headers of a message. Throws a `WireError` with status 4040 for an unknown kind, with
 * 4018 (key) or 4019 (value) for a wrong length, bad UTF-8 or bytes that are missing.
 */
export function decodeUserHeaders(bytes: Uint8Array): UserHeader[] {
  const reader = new Reader(bytes);
  const headers: UserHeader[] = [];
  while (reader.remaining > 0) {
    const key = readField(reader, status.InvalidHeaderKey);
    headers.push({ key, value: readField(reader, status.InvalidHeaderValue) });
  }
  return headers;
}

function typedValue(value: HeaderValue): TypedHeaderValue {
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'number') return { kind: numberKind(value), value };
  if (typeof value === 'bigint') return { kind: bigintKind(value), value };
  if (value instanceof Uint8Array) return { kind: 'raw', value };
  return value;
}

function numberKind(value: number): HeaderKind {
  return Object.is(value, value | 0) ? 'int32' : 'float64';
}

function bigintKind(value: bigint): HeaderKind {
  if (BigInt.asIntN(64, value) === value) return 'int64';
  if (BigInt.asUintN(64, value) === value) return 'uint64';
  return BigInt.asIntN(128, value) === value ? 'int128' : 'uint128';
}

function writeField(writer: Writer, field: TypedHeaderValue, code: number): void {
  writeRawField(writer, { kind: field.kind, bytes: fieldBytes(field, code) }, code);
}

function writeRawField(writer: Writer, { kind, bytes }: RawHeaderField, code: number): void {
  if (bytes.byteLength < 1 || bytes.byteLength > nameBytesMax) {
    throw new WireError(
      code,
      `a user header field has ${bytes.byteLength} bytes, not 1 to ${nameBytesMax}`,
    );
  }
  writer.u8(headerKinds[kind]).u32(bytes.byteLength).bytes(bytes);
}

function fieldBytes({ kind, value }: TypedHeaderValue, code: number): Uint8Array {
  if (kind === 'string' && typeof value === 'string') return Buffer.from(value);
  if (kind === 'raw' && value instanceof Uint8Array) return value;
  if (kind !== 'string' && kind !== 'raw' && Object.hasOwn(fixedKinds, kind)) {
    return fixedBytes(kind, value, code);
  }
  throw new WireError(code, `a user header of kind ${kind} cannot be a ${typeof value}`);
}

function fixedBytes(
  kind: keyof typeof fixedKinds,
  value: PlainHeaderValue,
  code: number,
): Uint8Array {
  const { bytes, type, write, read } = fixedKinds[kind];
  const view = new DataView(new ArrayBuffer(bytes));
  // What was written is read again: kinds that are too small for a value wrap around silently.
  if (typeof value === type) write(view, value as never);
  if (typeof value !== type || (kind !== 'float32' && !Object.is(read(view), value))) {
    throw new WireError(code, `a user header of kind ${kind} cannot hold ${String(value)}`);
  }
  return new Uint8Array(view.buffer);
}

/** Refuses what `decodeUserHeaders` would refuse later. */
function checkedField(field: RawHeaderField, code: number): RawHeaderField {
  plainValue(field.kind, field.bytes, code);
  return field;
}

function readField(reader: Reader, code: number): TypedHeaderValue {
  const { kind, bytes } = readRawField(reader, code);
  return { kind, value: plainValue(kind, bytes, code) };
}

function readRawField(reader: Reader, code: number): RawHeaderField {
  if (reader.remaining < 5) throw new WireError(code, 'a user header field is cut off');
  const kind = kindNames.get(reader.u8('header kind'));
  if (kind === undefined) {
    throw new WireError(status.InvalidHeaderKind, 'a user header has an unknown kind');
  }
  const length = reader.u32('header length');
  if (length < 1 || length > nameBytesMax || length > reader.remaining) {
    throw new WireError(code, `a user header field has the length ${length}`);
  }
  return { kind, bytes: reader.view(length, 'header') };
}

function plainValue(kind: HeaderKind, bytes: Uint8Array, code: number): PlainHeaderValue {
  if (kind === 'raw') return bytes;
  if (kind === 'string') return stringValue(bytes, code);
  const fixed = fixedKinds[kind];
  if (bytes.byteLength !== fixed.bytes) {
    throw new WireError(code, `a user header of kind ${kind} has ${bytes.byteLength} bytes`);
  }
  return fixed.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function stringValue(bytes: Uint8Array, code: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new WireError(code, 'a user header of kind string is not valid UTF-8');
  }
}

function number(
  bytes: number,
  write: (view: DataView, value: number) => void,
  read: (view: DataView) => number,
): FixedKind {
  return { bytes, type: 'number', write, read };
}

/** Little-endian words of 64 bits; `narrow` gives the unsigned number its sign. */
function integer(bytes: number, narrow: (value: bigint) => bigint): FixedKind {
  return {
    bytes,
    type: 'bigint',
    write: (view, value: bigint) => {
      for (let at = 0; at < bytes; at += 8) {
        view.setBigUint64(at, BigInt.asUintN(64, value >> BigInt(at * 8)), true);
      }
    },
    read: (view) => {
      let value = 0n;
      for (let at = bytes - 8; at >= 0; at -= 8)
        value = (value << 64n) | view.getBigUint64(at, true);
      return narrow(value);
    },
  };
}
