import { join } from 'node:path';
import type { SystemConfig } from '../../config/config.ts';
import { cutLogDamage, findLogDamage, type LogDamage } from '../catalog/repair.ts';
import { Cipher } from '../encryption/cipher.ts';
import { nodeAsyncFileSystem, nodeFileSystem } from '../files/node-file-system.ts';
import { DataLock } from './data-lock.ts';
import { loadEncryptionKey } from './encryption-key.ts';

/** What was found in a catalog, and what was done about it. */
export interface Repair {
  readonly dataDir: string;
  /** Undefined when the catalog is sound. */
  readonly damage?: LogDamage;
  /** Where the damaged log is now; undefined when nothing was changed. */
  readonly setAside?: string;
}

/**
 * Cuts the damaged end off a catalog that refuses a start, unless it is only to look (`isDryRun`).
 * Rejects with `DataDirLocked` while a broker has the directory open, with `CatalogDamage` when
 * only a backup helps, with `EncryptionMismatch` for a wrong key or none.
 */
export async function repairDataDir(system: SystemConfig, isDryRun: boolean): Promise<Repair> {
  const dataDir = system.path;
  const key = loadEncryptionKey(system.encryption, () => {});
  if (!nodeFileSystem.hasFolder(join(dataDir, 'catalog'))) {
    throw new Error(`${dataDir} is no data directory of Veltro: it has no catalog.`);
  }
  const lock = await DataLock.take(dataDir);
  try {
    const damage = await findLogDamage(nodeAsyncFileSystem, dataDir, key && new Cipher(key));
    if (damage === undefined || isDryRun) return { dataDir, damage };
    return { dataDir, damage, setAside: await cutLogDamage(nodeAsyncFileSystem, dataDir, damage) };
  } finally {
    lock.release();
  }
}
