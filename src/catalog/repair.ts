import { dirname, join } from 'node:path';
import type { Cipher } from '../encryption/cipher.ts';
import type { AsyncFileSystem } from '../files/file-system.ts';
import { replaceFile } from './catalog-file.ts';
import { CatalogDamage, countRecordsFrom } from './record-file.ts';
import {
  logPath,
  readLog,
  readSnapshot,
  replayLog,
  type SnapshotRecord,
} from './stored-catalog.ts';

/** The damage of a catalog's log, and what can be kept of it. */
export interface LogDamage {
  readonly path: string;
  /** The byte where the damage begins. */
  readonly position: number;
  readonly detail: string;
  /** Records in front of the damage, which hold. */
  readonly recordsKept: number;
  /** Whole records behind it: without the one that is damaged they cannot be applied. */
  readonly recordsBehind: number;
}

/**
 * Looks for damage in a catalog that can be cut out: in its log, behind some records that hold.
 * Undefined for a sound one. Throws `CatalogDamage` for any other damage, which only a backup
 * heals, and `EncryptionMismatch`.
 */
export async function findLogDamage(
  system: AsyncFileSystem,
  dataDir: string,
  cipher?: Cipher,
): Promise<LogDamage | undefined> {
  const path = logPath(dataDir);
  const snapshot = await readSnapshot(system, join(dirname(path), 'snapshot'), cipher);
  const bytes = await readLog(system, dataDir);
  let found: CatalogDamage | undefined;
  let end = bytes.byteLength;
  for (;;) {
    const read = tryReplay(path, bytes.subarray(0, end), snapshot, cipher);
    if (!(read instanceof CatalogDamage)) {
      return found && describe(found, bytes, read.records);
    }
    // Damage where the cut already is lies in the header: there is nothing in front of it.
    if (read.position >= end || read.position === 0) throw found ?? read;
    found = read;
    end = read.position;
  }
}

/**
 * Sets a damaged log aside and leaves in its place the records in front of the damage. Nothing is
 * deleted, and a crash at any moment leaves the damaged log or the shortened one. Returns the path
 * of the file that holds the damaged one.
 */
export async function cutLogDamage(
  system: AsyncFileSystem,
  dataDir: string,
  damage: LogDamage,
): Promise<string> {
  const bytes = await readLog(system, dataDir);
  const aside = `${damage.path}.damaged-${Date.now()}`;
  const kept = bytes.subarray(0, damage.position);
  for (const [path, content] of [
    [aside, bytes],
    [damage.path, kept],
  ] as const) {
    await (await replaceFile(system, path, content)).close();
    await system.syncFolder(dirname(path));
  }
  return aside;
}

function tryReplay(
  path: string,
  bytes: Buffer,
  snapshot: SnapshotRecord | undefined,
  cipher: Cipher | undefined,
) {
  try {
    return replayLog(path, bytes, snapshot, cipher);
  } catch (error) {
    if (error instanceof CatalogDamage) return error;
    throw error;
  }
}

function describe({ path, position, detail }: CatalogDamage, bytes: Buffer, kept: number) {
  const recordsBehind = countRecordsFrom(bytes, position + 1);
  return { path, position, detail, recordsKept: kept, recordsBehind };
}
