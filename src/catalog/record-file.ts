import { createHash } from 'node:crypto';
import type { Cipher } from '../encryption/cipher.ts';
import { catalogRecordBytesMax, encryptionBytes } from '../wire/limits.ts';

const MAGIC = Buffer.from('VELTROCT');
const CLEAR_VERSION = 1;
/** The header goes on with the magic encrypted and its checksum; all payloads are encrypted. */
const ENCRYPTED_VERSION = 2;
const CHECKSUM_BYTES = 16;
const VERSION_AT = MAGIC.byteLength;
const KEY_CHECK_AT = VERSION_AT + 4;
const KEY_CHECK_BYTES = MAGIC.byteLength + encryptionBytes;

/** Bytes in front of the first record of a file in clear: magic and format version. */
export const fileHeaderBytes = KEY_CHECK_AT;
const encryptedHeaderBytes = KEY_CHECK_AT + KEY_CHECK_BYTES + CHECKSUM_BYTES;
/** Bytes in front of each record's payload: its length and its checksum. */
export const recordHeaderBytes = 4 + CHECKSUM_BYTES;

const RECORD_BYTES_MAX = recordHeaderBytes + catalogRecordBytesMax + encryptionBytes;

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

/**
 * A catalog file that is sound and cannot be read with the key that the broker was given, or
 * without one. Nothing was changed.
 */
export class EncryptionMismatch extends Error {
  /** True when the file is encrypted and there is no key to tell whether it is the right one. */
  readonly needsKey: boolean;

  constructor(path: string, detail: string, needsKey = false) {
    super(`${path} ${detail}. Nothing was changed.`);
    this.name = 'EncryptionMismatch';
    this.needsKey = needsKey;
  }
}

/** The bytes that every catalog file begins with. */
export function fileHeader(cipher?: Cipher): Buffer {
  const header = Buffer.alloc(fileHeaderBytes);
  MAGIC.copy(header);
  header.writeUInt32LE(cipher === undefined ? CLEAR_VERSION : ENCRYPTED_VERSION, VERSION_AT);
  if (cipher === undefined) return header;
  const keyCheck = cipher.encrypt(MAGIC);
  return Buffer.concat([header, keyCheck, checksumOf(keyCheck)]);
}

/**
 * A record: length u32, checksum over length and payload, payload; with a cipher, of the encrypted
 * payload. Throws for one that is too large.
 */
export function frameRecord(payload: Uint8Array, cipher?: Cipher): Buffer {
  if (payload.byteLength > catalogRecordBytesMax) {
    throw new Error(
      `A catalog record has ${payload.byteLength} bytes, the limit is ${catalogRecordBytesMax}.`,
    );
  }
  return frameUnbounded(payload, cipher);
}

/** A record of any size, for snapshots. */
export function frameUnbounded(plain: Uint8Array, cipher?: Cipher): Buffer {
  const payload = cipher === undefined ? plain : cipher.encrypt(plain);
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
 * The records of a file, decrypted where it is encrypted. Throws `CatalogDamage`, and
 * `EncryptionMismatch` when file and cipher do not belong together.
 */
export function readRecords(path: string, bytes: Buffer, cipher?: Cipher): Records {
  checkKey(path, bytes, cipher);
  const { records, end } = splitRecords(path, bytes);
  if (cipher === undefined) return { records, end };
  const decrypted = records.map(({ position, payload }) => {
    const plain = cipher.decrypt(payload);
    if (plain === undefined) {
      throw new CatalogDamage(path, position, 'the record cannot be decrypted');
    }
    return { position, payload: plain };
  });
  return { records: decrypted, end };
}

/**
 * Splits a file into its records as they are stored, for which no key is needed. What follows the
 * last whole one is a torn write and left out, if it can be one; otherwise it is damage.
 */
export function splitRecords(path: string, bytes: Buffer): Records {
  const records: StoredRecord[] = [];
  let position = headerEnd(path, bytes);
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
  if (bytes.byteLength - position > RECORD_BYTES_MAX) return false;
  for (let behind = position + 1; behind < bytes.byteLength; behind++) {
    if (payloadAt(bytes, behind) !== undefined) return false;
  }
  return true;
}

/** Whole records that begin anywhere from a position on. */
export function countRecordsFrom(bytes: Buffer, from: number): number {
  let count = 0;
  for (let position = from; position < bytes.byteLength; ) {
    const payload = payloadAt(bytes, position);
    if (payload !== undefined) count++;
    position += payload === undefined ? 1 : recordHeaderBytes + payload.byteLength;
  }
  return count;
}

/** Where the first record begins. */
function headerEnd(path: string, bytes: Buffer): number {
  if (bytes.byteLength < fileHeaderBytes || !bytes.subarray(0, VERSION_AT).equals(MAGIC)) {
    throw new CatalogDamage(path, 0, 'it does not begin as a catalog file');
  }
  const version = bytes.readUInt32LE(VERSION_AT);
  if (version === CLEAR_VERSION) return fileHeaderBytes;
  if (version !== ENCRYPTED_VERSION) {
    throw new CatalogDamage(path, VERSION_AT, `format ${version} is not known to this Veltro`);
  }
  const checksum = bytes.subarray(KEY_CHECK_AT + KEY_CHECK_BYTES, encryptedHeaderBytes);
  if (!checksumOf(keyCheckIn(bytes)).equals(checksum)) {
    throw new CatalogDamage(path, KEY_CHECK_AT, 'the checksum of the header does not hold');
  }
  return encryptedHeaderBytes;
}

function keyCheckIn(bytes: Buffer): Buffer {
  return bytes.subarray(KEY_CHECK_AT, KEY_CHECK_AT + KEY_CHECK_BYTES);
}

function checkKey(path: string, bytes: Buffer, cipher: Cipher | undefined): void {
  const isEncrypted = headerEnd(path, bytes) === encryptedHeaderBytes;
  if (isEncrypted && cipher === undefined) {
    throw new EncryptionMismatch(path, 'is encrypted, and system.encryption is not enabled', true);
  }
  if (cipher === undefined) return;
  if (!isEncrypted) {
    const detail =
      'is not encrypted, and system.encryption.enabled is true: encryption begins with an empty ' +
      'data directory';
    throw new EncryptionMismatch(path, detail);
  }
  if (cipher.decrypt(keyCheckIn(bytes)) === undefined) {
    throw new EncryptionMismatch(path, 'was encrypted with another key than the configured one');
  }
}

function checksumOf(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.byteLength);
  const digest = createHash('sha256').update(length).update(payload).digest();
  return digest.subarray(0, CHECKSUM_BYTES);
}
