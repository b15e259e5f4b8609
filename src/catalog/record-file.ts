import { createHash } from 'node:crypto';
import { catalogRecordBytesMax } from '../wire/limits.ts';

const MAGIC = Buffer.from('VELTROCT');
const VERSION = 1;
const CHECKSUM_BYTES = 16;

/** Bytes in front of the first record: magic and format version. */
export const fileHeaderBytes = MAGIC.byteLength + 4;
/** Bytes in front of each record's payload: its length and its checksum. */
export const recordHeaderBytes = 4 + CHECKSUM_BYTES;

/** A catalog file that cannot be what a broker wrote; the message names the file and the place. */
export class CatalogDamage extends Error {
  readonly path: string;
  readonly position: number;
  /** What is wrong there. */
  readonly detail: string;

  constructor(path: string, position: number, detail: string) {
    super(`${path} is damaged at byte ${position}: ${detail}. Nothing was changed.`);
    this.name = 'CatalogDamage';
    this.path = path;
    this.position = position;
    this.detail = detail;
  }
}

/** The bytes that every catalog file begins with. */
export function fileHeader(): Buffer {
  const header = Buffer.alloc(fileHeaderBytes);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, MAGIC.byteLength);
  return header;
}

/**
 * A record: length u32, checksum over length and payload, payload. Throws for one that is too
 * large.
 */
export function frameRecord(payload: Uint8Array): Buffer {
  if (payload.byteLength > catalogRecordBytesMax) {
    throw new Error(
      `A catalog record has ${payload.byteLength} bytes, the limit is ${catalogRecordBytesMax}.`,
    );
  }
  return frameUnbounded(payload);
}

/** A record of any size, for snapshots. */
export function frameUnbounded(payload: Uint8Array): Buffer {
  const record = Buffer.alloc(recordHeaderBytes + payload.byteLength);
  record.writeUInt32LE(payload.byteLength);
  checksumOf(payload).copy(record, 4);
  record.set(payload, recordHeaderBytes);
  return record;
}

/** A record as it was found. */
export interface StoredRecord {
  /** Byte of the file where its length begins. */
  readonly position: number;
  readonly payload: Buffer;
}

/** What a file holds. */
export interface Records {
  readonly records: StoredRecord[];
  /** Bytes up to the end of the last whole record. */
  readonly end: number;
}

/**
 * Splits a file into its records. What follows the last whole one is a torn write and left out, if
 * it can be one; otherwise it is damage.
 */
export function readRecords(path: string, bytes: Buffer): Records {
  checkHeader(path, bytes);
  const records: StoredRecord[] = [];
  let position = fileHeaderBytes;
  let payload = payloadAt(bytes, position);
  while (payload !== undefined) {
    records.push({ position, payload });
    position += recordHeaderBytes + payload.byteLength;
    payload = payloadAt(bytes, position);
  }
  if (!canBeTorn(bytes, position)) {
    throw new CatalogDamage(path, position, 'the checksum of the record does not hold');
  }
  return { records, end: position };
}

/** The payload of the record at a position, if a whole one with a checksum that holds is there. */
function payloadAt(bytes: Buffer, position: number): Buffer | undefined {
  const start = position + recordHeaderBytes;
  if (start > bytes.byteLength) return undefined;
  const length = bytes.readUInt32LE(position);
  // No record is empty: zeros are a part of the file that was never written.
  if (length === 0 || length > bytes.byteLength - start) return undefined;
  const payload = bytes.subarray(start, start + length);
  return checksumOf(payload).equals(bytes.subarray(position + 4, start)) ? payload : undefined;
}

/** One write at the end of the file leaves at most one record, and no whole one behind it. */
function canBeTorn(bytes: Buffer, position: number): boolean {
  if (bytes.byteLength - position > recordHeaderBytes + catalogRecordBytesMax) return false;
  for (let behind = position + 1; behind < bytes.byteLength; behind++) {
    if (payloadAt(bytes, behind) !== undefined) return false;
  }
  return true;
}

function checkHeader(path: string, bytes: Buffer): void {
  if (bytes.byteLength < fileHeaderBytes || !bytes.subarray(0, MAGIC.byteLength).equals(MAGIC)) {
    throw new CatalogDamage(path, 0, 'it does not begin as a catalog file');
  }
  const version = bytes.readUInt32LE(MAGIC.byteLength);
  if (version !== VERSION) {
    const detail = `format ${version} is not known to this Veltro`;
    throw new CatalogDamage(path, MAGIC.byteLength, detail);
  }
}

function checksumOf(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.byteLength);
  const digest = createHash('sha256').update(length).update(payload).digest();
  return digest.subarray(0, CHECKSUM_BYTES);
}
