import { dirname, join } from 'node:path';
import { Packr } from 'msgpackr/pack';
import type { Cipher } from '../encryption/cipher.ts';
import type { AsyncFileSystem } from '../files/file-system.ts';
import { nodeAsyncFileSystem } from '../files/node-file-system.ts';
import { catalogLogRecordsMax } from '../wire/limits.ts';
import { CatalogFile, readIfThere, replaceFile } from './catalog-file.ts';
import { assertApplies } from './command-check.ts';
import {
  CatalogDamage,
  fileHeader,
  fileHeaderBytes,
  frameRecord,
  frameUnbounded,
  type Records,
  readRecords,
  type StoredRecord,
  splitRecords,
} from './record-file.ts';
import { type CatalogImage, imageOf, stateOf } from './snapshot.ts';
import { type CatalogCommand, CatalogState } from './state.ts';

interface LogRecord {
  /** Counts all commands ever, from 1. */
  readonly index: number;
  readonly command: CatalogCommand;
}

interface SnapshotRecord {
  /** The last command that is part of the image. */
  readonly index: number;
  readonly image: CatalogImage;
}

/** How the catalog says something that a person should read. */
export type CatalogReport = (level: 'warn' | 'error', message: string) => void;

/** How a catalog is opened. */
export interface CatalogOptions {
  /** Brings each command to the disk before it counts; a stop does so in any case. */
  readonly sync: boolean;
  readonly report: CatalogReport;
  /** Encrypts all that is written; absent for a catalog in clear. */
  readonly cipher?: Cipher;
  /** Records in the log that make a snapshot due; default `catalogLogRecordsMax`. */
  readonly logRecordsMax?: number;
  /** Default: the files of this machine. */
  readonly system?: AsyncFileSystem;
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

interface OpenedLog extends Omit<StoredCatalog, 'lastRecord' | 'tornBytes'> {
  readonly file: CatalogFile;
}

const packr = new Packr({ int64AsType: 'bigint', useRecords: false });

/**
 * The catalog on disk: `catalog/log` holds the commands since `catalog/snapshot`. A command counts
 * once its record is complete in the log (and synced, unless that is switched off).
 */
export class CatalogLog {
  readonly state: CatalogState;
  readonly #dir: string;
  readonly #system: AsyncFileSystem;
  readonly #options: CatalogOptions;
  readonly #logRecordsMax: number;
  #file: CatalogFile;
  #index: number;
  #end: number;
  #records: number;
  #compactAt: number;
  #failure: Error | undefined;

  private constructor(dir: string, options: CatalogOptions, opened: OpenedLog) {
    this.#dir = dir;
    this.#system = options.system ?? nodeAsyncFileSystem;
    this.#options = options;
    this.#logRecordsMax = options.logRecordsMax ?? catalogLogRecordsMax;
    this.#compactAt = this.#logRecordsMax;
    this.state = opened.state;
    this.#file = opened.file;
    this.#index = opened.index;
    this.#end = opened.end;
    this.#records = opened.records;
  }

  /**
   * Opens the catalog of a data directory, or begins one. Throws `CatalogDamage`, and
   * `EncryptionMismatch` when what is there was not written with the same cipher.
   */
  static async open(dataDir: string, options: CatalogOptions): Promise<CatalogLog> {
    const { system = nodeAsyncFileSystem, cipher } = options;
    const dir = join(dataDir, 'catalog');
    await system.makeFolder(dir);
    const path = join(dir, 'log');
    if ((await system.size(path)) === undefined) await beginLog(system, dir, cipher);
    const read = await readCatalog(system, dataDir, cipher);
    const file = await CatalogFile.open(system, path);
    if (read.tornBytes > 0) {
      options.report('warn', `${path}: removed a torn end of ${read.tornBytes} bytes`);
      await file.truncate(read.end);
    }
    // Its sync may have failed, which the system tells once and then forgets: written again, it is
    // surely on the disk before another record follows.
    await file.write(read.lastRecord, read.end - read.lastRecord.byteLength);
    await file.sync();
    return new CatalogLog(dir, options, { ...read, file });
  }

  /**
   * Makes a command durable, then applies it. Commands must not overlap. Rejects when it does not
   * fit the state or cannot be written; then nothing has changed.
   */
  async append(command: CatalogCommand): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    assertApplies(this.state, command);
    const record = frameRecord(
      packr.pack({ index: this.#index + 1, command }),
      this.#options.cipher,
    );
    try {
      await this.#file.write(record, this.#end);
      if (this.#options.sync) await this.#file.sync();
    } catch (error) {
      await this.#undo(error as Error);
      throw error;
    }
    this.#index++;
    this.#end += record.byteLength;
    this.#records++;
    this.state.apply(command);
    if (this.#records >= this.#compactAt) await this.#tryToCompact();
  }

  async close(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
  }

  /**
   * After a failed write the log must end where it did; if it cannot, no more commands are taken.
   */
  async #undo(error: Error): Promise<void> {
    try {
      await this.#file.truncate(this.#end);
    } catch {
      this.#fail(error);
    }
  }

  #fail(error: Error): void {
    this.#failure = new Error(`The catalog log cannot be written: ${error.message}`);
  }

  /** A log that grows on does no harm: the command that made a snapshot due is in it. */
  async #tryToCompact(): Promise<void> {
    try {
      await this.#compact();
      this.#compactAt = this.#logRecordsMax;
    } catch (error) {
      this.#compactAt = this.#records + this.#logRecordsMax;
      this.#options.report(
        'error',
        `The catalog log cannot be shortened: ${(error as Error).message}`,
      );
    }
  }

  /**
   * Writes a snapshot, then begins an empty log. A crash in between is harmless: old records are
   * skipped.
   */
  async #compact(): Promise<void> {
    const record: SnapshotRecord = { index: this.#index, image: imageOf(this.state) };
    const { cipher } = this.#options;
    const bytes = Buffer.concat([fileHeader(cipher), frameUnbounded(packr.pack(record), cipher)]);
    await (await replaceFile(this.#system, join(this.#dir, 'snapshot'), bytes)).close();
    await this.#system.syncFolder(this.#dir);
    const old = this.#file;
    const header = fileHeader(cipher);
    this.#file = await replaceFile(this.#system, join(this.#dir, 'log'), header);
    this.#end = header.byteLength;
    this.#records = 0;
    try {
      await this.#system.syncFolder(this.#dir);
    } catch (error) {
      // After a loss of power the old log might be back, without what is written to the new one.
      this.#fail(error as Error);
      throw error;
    } finally {
      await old.close();
    }
  }
}

/**
 * Reads the catalog of a data directory and changes nothing. Throws `CatalogDamage` and
 * `EncryptionMismatch`.
 */
export async function readCatalog(
  system: AsyncFileSystem,
  dataDir: string,
  cipher?: Cipher,
): Promise<StoredCatalog> {
  const dir = join(dataDir, 'catalog');
  const path = join(dir, 'log');
  const snapshot = await readSnapshot(system, join(dir, 'snapshot'), cipher);
  const bytes = await readIfThere(system, path);
  if (bytes === undefined) throw new CatalogDamage(path, 0, 'it is gone');
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
  const [snapshotPath, path] = ['snapshot', 'log'].map((name) => join(dataDir, 'catalog', name));
  const snapshot = await readIfThere(system, snapshotPath);
  if (snapshot !== undefined) {
    onlyRecord(snapshotPath, snapshot, splitRecords(snapshotPath, snapshot));
  }
  const bytes = await readIfThere(system, path);
  if (bytes === undefined) throw new CatalogDamage(path, 0, 'it is gone');
  return bytes.byteLength - splitRecords(path, bytes).end;
}

/** An empty log. Only a catalog that never had a snapshot may be without one. */
async function beginLog(system: AsyncFileSystem, dir: string, cipher?: Cipher): Promise<void> {
  const path = join(dir, 'log');
  if ((await system.size(join(dir, 'snapshot'))) !== undefined) {
    throw new CatalogDamage(path, 0, 'it is gone, its snapshot is not');
  }
  await (await replaceFile(system, path, fileHeader(cipher))).close();
  // The names of all three must be on the disk before what is in them counts.
  for (const folder of [dir, dirname(dir), dirname(dirname(dir))]) await system.syncFolder(folder);
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
      const { index, command } = packr.unpack(payload) as LogRecord;
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

async function readSnapshot(
  system: AsyncFileSystem,
  path: string,
  cipher?: Cipher,
): Promise<SnapshotRecord | undefined> {
  const bytes = await readIfThere(system, path);
  if (bytes === undefined) return undefined;
  const record = onlyRecord(path, bytes, readRecords(path, bytes, cipher));
  return packr.unpack(record.payload) as SnapshotRecord;
}

/** The one record of a snapshot, which is put in place as a whole: nothing of it can be torn. */
function onlyRecord(path: string, bytes: Buffer, { records, end }: Records): StoredRecord {
  if (records.length === 1 && end === bytes.byteLength) return records[0];
  throw new CatalogDamage(path, fileHeaderBytes, 'it does not hold one record');
}
