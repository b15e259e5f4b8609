import assert from 'node:assert/strict';
import { CatalogLog } from '../../src/catalog/catalog-log.ts';
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
}

/** A synced catalog on a disk that fails and loses its power: what was acknowledged is there. */
export async function runCatalog(seed: number, steps: number): Promise<CatalogRunCounts> {
  const random = new SeededRandom(seed);
  const disk = new MemoryFileSystem();
  const faulty = new FaultyFileSystem(disk);
  faulty.onFailedSync = (fd) => disk.loseChanges(fd);
  disk.makeFolder('/data');
  disk.syncFolder('/');
  const options = { sync: true, report: () => {}, system: asyncFileSystem(faulty) };
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
  return { acknowledged: acknowledged.size, faults: faulty.faultsCount, powerCuts, names };
}
