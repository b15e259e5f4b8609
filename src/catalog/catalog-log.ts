import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { catalogLogRecordsMax } from '../wire/limits.ts';
import {
  CatalogDamage,
  fileHeader,
  fileHeaderBytes,
  frameRecord,
  frameUnbounded,
  readRecords,
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

const packr = new Packr({ int64AsType: 'bigint', useRecords: false });

/**
 * The catalog on disk: `catalog/log` holds the commands since `catalog/snapshot`. A command counts
 * once its record is complete in the log (and synced, unless that is switched off).
 */
export class CatalogLog {
  readonly state: CatalogState;
  readonly #dir: string;
  readonly #sync: boolean;
  #file: FileHandle;
  #index: number;
  #end: number;
  #records: number;
  #failure: Error | undefined;

  private constructor(
    dir: string,
    sync: boolean,
    opened: { state: CatalogState; file: FileHandle; index: number; end: number; records: number },
  ) {
    this.#dir = dir;
    this.#sync = sync;
    this.state = opened.state;
    this.#file = opened.file;
    this.#index = opened.index;
    this.#end = opened.end;
    this.#records = opened.records;
  }

  /** Opens the catalog of a data directory, or begins one. Throws `CatalogDamage`. */
  static async open(dataDir: string, sync: boolean): Promise<CatalogLog> {
    const dir = join(dataDir, 'catalog');
    await mkdir(dir, { recursive: true });
    const snapshot = await readSnapshot(join(dir, 'snapshot'));
    const state = snapshot === undefined ? new CatalogState() : stateOf(snapshot.image);
    const path = join(dir, 'log');
    const file = await openLog(dir, path);
    const bytes = await readFile(path);
    const { payloads, end } = readRecords(path, bytes);
    if (end < bytes.byteLength) await file.truncate(end);
    let index = snapshot?.index ?? 0;
    for (const payload of payloads) {
      const record = packr.unpack(payload) as LogRecord;
      if (record.index <= index) continue;
      if (record.index !== index + 1) {
        throw new CatalogDamage(path, 0, `record ${record.index} follows on record ${index}`);
      }
      state.apply(record.command);
      index = record.index;
    }
    return new CatalogLog(dir, sync, { state, file, index, end, records: payloads.length });
  }

  /** Makes a command durable, then applies it. Commands must not overlap. */
  async append(command: CatalogCommand): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const record = frameRecord(packr.pack({ index: this.#index + 1, command }));
    try {
      await writeAll(this.#file, record, this.#end);
      if (this.#sync) await this.#file.datasync();
    } catch (error) {
      await this.#undo(error as Error);
      throw error;
    }
    this.#index++;
    this.#end += record.byteLength;
    this.#records++;
    this.state.apply(command);
    if (this.#records >= catalogLogRecordsMax) await this.#compact();
  }

  async close(): Promise<void> {
    if (this.#sync) await this.#file.datasync();
    await this.#file.close();
  }

  /** After a failed write the log must end where it did; if it cannot, no more commands are taken. */
  async #undo(error: Error): Promise<void> {
    try {
      await this.#file.truncate(this.#end);
    } catch {
      this.#failure = new Error(`The catalog log cannot be written: ${error.message}`);
    }
  }

  /** Writes a snapshot, then begins an empty log. A crash in between is harmless: old records are skipped. */
  async #compact(): Promise<void> {
    const record: SnapshotRecord = { index: this.#index, image: imageOf(this.state) };
    const bytes = Buffer.concat([fileHeader(), frameUnbounded(packr.pack(record))]);
    await replaceFile(this.#dir, 'snapshot', bytes);
    await replaceFile(this.#dir, 'log', fileHeader());
    await this.#file.close();
    this.#file = await open(join(this.#dir, 'log'), 'r+');
    this.#end = fileHeaderBytes;
    this.#records = 0;
  }
}

async function openLog(dir: string, path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r+');
    // A file shorter than its header was never more than begun.
    if ((await file.stat()).size >= fileHeaderBytes) return file;
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await replaceFile(dir, 'log', fileHeader());
  return open(path, 'r+');
}

async function readSnapshot(path: string): Promise<SnapshotRecord | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { payloads } = readRecords(path, bytes);
  if (payloads.length !== 1) throw new CatalogDamage(path, 0, 'it does not hold one record');
  return packr.unpack(payloads[0]) as SnapshotRecord;
}

/** Puts a whole file in place of another, so that after a crash one of the two is there. */
async function replaceFile(dir: string, name: string, bytes: Buffer): Promise<void> {
  const path = join(dir, name);
  const file = await open(`${path}.new`, 'w');
  try {
    await writeAll(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const left = bytes.byteLength - written;
    written += (await file.write(bytes, written, left, position + written)).bytesWritten;
  }
}
