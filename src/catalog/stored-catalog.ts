import { join } from 'node:path';
import { Unpackr } from 'msgpackr';
import type { Cipher } from '../encryption/cipher.ts';
import type { AsyncFileSystem } from '../files/file-system.ts';
import { readIfThere } from './catalog-file.ts';
import {
  CatalogDamage,
  fileHeaderBytes,
  type Records,
  readRecords,
  type StoredRecord,
  splitRecords,
} from './record-file.ts';
import { type CatalogImage, stateOf } from './snapshot.ts';
import { type CatalogCommand, CatalogState } from './state.ts';

interface LogRecord {
  /** Counts all commands ever, from 1. */
  readonly index: number;
  readonly command: CatalogCommand;
}

/** What a snapshot holds. */
export interface SnapshotRecord {
  /** The last command that is part of the image. */
  readonly index: number;
  readonly image: CatalogImage;
}

/** What the files of a catalog hold. */
export interface StoredCatalog {
  readonly state: CatalogState;
  /** Index of the last command. */
  readonly index: number;
  /** Bytes of the log up to the end of its last whole record. */
  readonly end: number;
  readonly records: number;
  /** The bytes of the last record, which end there. */
  readonly lastRecord: Buffer;
  /** What follows there: the rest of a write that was cut off. */
  readonly tornBytes: number;
}

const unpackr = new Unpackr({ int64AsType: 'bigint', useRecords: false });

/**
 * Reads the catalog of a data directory and changes nothing. Throws `CatalogDamage` and
 * `EncryptionMismatch`.
 */
export async function readCatalog(
  system: AsyncFileSystem,
  dataDir: string,
  cipher?: Cipher,
): Promise<StoredCatalog> {
  const snapshot = await readSnapshot(system, join(dataDir, 'catalog', 'snapshot'), cipher);
  const bytes = await readLog(system, dataDir);
  return replayLog(logPath(dataDir), bytes, snapshot, cipher);
}

/** Path of the log in a data directory. */
export function logPath(dataDir: string): string {
  return join(dataDir, 'catalog', 'log');
}

/** The bytes of the log. Throws `CatalogDamage` when it is gone. */
export async function readLog(system: AsyncFileSystem, dataDir: string): Promise<Buffer> {
  const bytes = await readIfThere(system, logPath(dataDir));
  if (bytes === undefined) throw new CatalogDamage(logPath(dataDir), 0, 'it is gone');
  return bytes;
}

/** What a log makes of the state in a snapshot. Throws `CatalogDamage`, `EncryptionMismatch`. */
export function replayLog(
  path: string,
  bytes: Buffer,
  snapshot: SnapshotRecord | undefined,
  cipher?: Cipher,
): StoredCatalog {
  const { records, end } = readRecords(path, bytes, cipher);
  const state = snapshot === undefined ? new CatalogState() : stateOf(snapshot.image);
  const index = replay(path, state, snapshot?.index ?? 0, records);
  const lastRecord = bytes.subarray(records.at(-1)?.position ?? end, end);
  const tornBytes = bytes.byteLength - end;
  return { state, index, end, records: records.length, lastRecord, tornBytes };
}

/**
 * Checks the files of an encrypted catalog as far as that goes without the key: every record is
 * whole. Returns the bytes of a torn end of the log. Throws `CatalogDamage`.
 */
export async function checkSealedCatalog(
  system: AsyncFileSystem,
  dataDir: string,
): Promise<number> {
  const snapshotPath = join(dataDir, 'catalog', 'snapshot');
  const snapshot = await readIfThere(system, snapshotPath);
  if (snapshot !== undefined) {
    onlyRecord(snapshotPath, snapshot, splitRecords(snapshotPath, snapshot));
  }
  const bytes = await readLog(system, dataDir);
  return bytes.byteLength - splitRecords(logPath(dataDir), bytes).end;
}

/** Applies the records that the state does not hold yet. Returns the index of the last one. */
function replay(
  path: string,
  state: CatalogState,
  indexBefore: number,
  records: readonly StoredRecord[],
): number {
  let last = indexBefore;
  for (const { position, payload } of records) {
    try {
      const { index, command } = unpackr.unpack(payload) as LogRecord;
      if (index <= last) continue;
      if (index !== last + 1) throw new Error(`record ${index} follows on record ${last}`);
      state.apply(command);
      last = index;
    } catch (error) {
      throw new CatalogDamage(path, position, (error as Error).message);
    }
  }
  return last;
}

/** The record of a snapshot, undefined without one. Throws as `readCatalog` does. */
export async function readSnapshot(
  system: AsyncFileSystem,
  path: string,
  cipher?: Cipher,
): Promise<SnapshotRecord | undefined> {
  const bytes = await readIfThere(system, path);
  if (bytes === undefined) return undefined;
  const record = onlyRecord(path, bytes, readRecords(path, bytes, cipher));
  return unpackr.unpack(record.payload) as SnapshotRecord;
}

/** The one record of a snapshot, which is put in place as a whole: nothing of it can be torn. */
function onlyRecord(path: string, bytes: Buffer, { records, end }: Records): StoredRecord {
  if (records.length === 1 && end === bytes.byteLength) return records[0];
  throw new CatalogDamage(path, fileHeaderBytes, 'it does not hold one record');
}
