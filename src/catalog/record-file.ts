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
  constructor(path: string, position: number, detail: string) {
    super(`${path} is damaged at byte ${position}: ${detail}. Nothing was changed.`);
    this.name = 'CatalogDamage';
  }
}

export function fileHeader(): Buffer {
  const header = Buffer.alloc(fileHeaderBytes);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, MAGIC.byteLength);
  return header;
}

/** A record: length u32, checksum over length and payload, payload. */
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

export interface Records {
  readonly payloads: Buffer[];
  /** Bytes up to the end of the last whole record. */
  readonly end: number;
}

/**
 * Splits a file into its records. A last record that is incomplete, or complete up to the very end
 * with a wrong checksum, is a torn write and left out; anything else that is wrong is damage.
 */
export function readRecords(path: string, bytes: Buffer): Records {
  checkHeader(path, bytes);
  const payloads: Buffer[] = [];
  let position = fileHeaderBytes;
  while (position + recordHeaderBytes <= bytes.byteLength) {
    const length = bytes.readUInt32LE(position);
    const start = position + recordHeaderBytes;
    const payload = bytes.subarray(start, start + length);
    if (payload.byteLength < length) break;
    if (!checksumOf(payload).equals(bytes.subarray(position + 4, start))) {
      if (start + length === bytes.byteLength) break;
      throw new CatalogDamage(path, position, 'the checksum of the record does not hold');
    }
    payloads.push(payload);
    position = start + length;
  }
  return { payloads, end: position };
}

function checkHeader(path: string, bytes: Buffer): void {
  if (!bytes.subarray(0, MAGIC.byteLength).equals(MAGIC)) {
    throw new CatalogDamage(path, 0, 'it does not begin as a catalog file');
  }
  const version = bytes.readUInt32LE(MAGIC.byteLength);
  if (version !== VERSION) {
    throw new CatalogDamage(
      path,
      MAGIC.byteLength,
      `format ${version} is not known to this Veltro`,
    );
  }
}

function checksumOf(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.byteLength);
  const digest = createHash('sha256').update(length).update(payload).digest();
  return digest.subarray(0, CHECKSUM_BYTES);
}
