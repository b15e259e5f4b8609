import { dirname, join } from 'node:path';
import { Packr } from 'msgpackr/pack';
import type { Cipher } from '../encryption/cipher.ts';
import type { AsyncFileSystem } from '../files/file-system.ts';
import { nodeAsyncFileSystem } from '../files/node-file-system.ts';
import { catalogLogRecordsMax } from '../wire/limits.ts';
import { CatalogFile, replaceFile } from './catalog-file.ts';
import { assertApplies } from './command-check.ts';
import { CatalogDamage, fileHeader, frameRecord, frameUnbounded } from './record-file.ts';
import { imageOf } from './snapshot.ts';
import type { CatalogCommand, CatalogState } from './state.ts';
import { readCatalog, type SnapshotRecord, type StoredCatalog } from './stored-catalog.ts';

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
