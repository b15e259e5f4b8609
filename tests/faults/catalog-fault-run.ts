import assert from 'node:assert/strict';
import { CatalogLog } from '../../src/catalog/catalog-log.ts';
import { Cipher } from '../../src/encryption/cipher.ts';
import { keyOfSeed, withSeededNonces } from '../support/encryption.ts';
import { FaultyFileSystem, randomFaults } from '../support/faulty-file-system.ts';
import { asyncFileSystem, MemoryFileSystem } from '../support/memory-file-system.ts';
import { SeededRandom } from '../support/random.ts';

/** What a run has done. */
export interface CatalogRunCounts {
  readonly acknowledged: number;
  readonly faults: number;
  readonly powerCuts: number;
  /** Names of all streams at the end. */
  readonly names: readonly string[];
  /** Of all files at the end: the same seed gives the same. */
  readonly digest: string;
}

/**
 * A synced catalog on a disk that fails and loses its power: what was acknowledged is there.
 * Everything follows from the seed, also whether it encrypts.
 */
export function runCatalog(seed: number, steps: number): Promise<CatalogRunCounts> {
  return withSeededNonces(seed, () => changeCatalog(seed, steps));
}

async function changeCatalog(seed: number, steps: number): Promise<CatalogRunCounts> {
  const random = new SeededRandom(seed);
  const disk = new MemoryFileSystem();
  const faulty = new FaultyFileSystem(disk);
  faulty.onFailedSync = (fd) => disk.loseChanges(fd);
  disk.makeFolder('/data');
  disk.syncFolder('/');
  const key = keyOfSeed(seed);
  const cipher = key === null ? undefined : new Cipher(key);
  const options = { sync: true, report: () => {}, system: asyncFileSystem(faulty), cipher };
  const open = () => CatalogLog.open('/data', { ...options, logRecordsMax: 7 });
  const acknowledged = new Set<string>();
  let log = await open();
  let powerCuts = 0;
  for (let step = 0; step < steps; step++) {
    const pick = random.integer(0, 99);
    if (pick < 80) {
      const id = log.state.streamIds.peek();
      const command = { type: 'stream.create', id, name: `${step}`, createdAt: step } as const;
      await log.append(command).then(
        () => acknowledged.add(command.name),
        () => {},
      );
    } else if (pick < 90) {
      faulty.plan = random.next() < 0.5 ? randomFaults(random, 200) : () => undefined;
    } else {
      faulty.plan = () => undefined;
      if (pick < 95) disk.closeAll();
      else disk.cutPower(random);
      powerCuts += pick < 95 ? 0 : 1;
      log = await open();
      const names = new Set([...log.state.streams].map(({ name }) => name));
      for (const name of acknowledged) assert.ok(names.has(name), `stream ${name} is lost`);
    }
  }
  const names = [...log.state.streams].map(({ name }) => name);
  const counts = { acknowledged: acknowledged.size, faults: faulty.faultsCount, powerCuts };
  return { ...counts, names, digest: disk.digest() };
}
