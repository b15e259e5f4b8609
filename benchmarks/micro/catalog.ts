// Changes of the catalog: in memory alone, and through its log with and without a sync.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalog } from '../../src/catalog/catalog.ts';
import { type CatalogCommand, CatalogState } from '../../src/catalog/state.ts';
import { type MicroSuite, type MicroTask, repeat } from './suite.ts';

const OPERATIONS = 100;
const STREAMS = 1000;

function create(id: number): CatalogCommand {
  return { type: 'stream.create', id, name: `stream ${id}`, createdAt: 1 };
}

function applyTask(): MicroTask {
  const state = new CatalogState();
  for (let id = 0; id < STREAMS; id++) state.apply(create(id));
  return {
    name: 'apply: a stream made and deleted',
    operations: OPERATIONS,
    run: repeat(OPERATIONS, () => {
      const id = state.streamIds.peek();
      state.apply(create(id));
      state.apply({ type: 'stream.delete', id });
    }),
  };
}

function findTask(): MicroTask {
  const state = new CatalogState();
  for (let id = 0; id < STREAMS; id++) state.apply(create(id));
  return {
    name: `find one of ${STREAMS} streams by its name`,
    operations: OPERATIONS,
    run: repeat(OPERATIONS, (number) => {
      state.streams.find(`stream ${number}`);
    }),
  };
}

async function makeAndDelete(catalog: Catalog): Promise<void> {
  await catalog.transact(async (propose) => {
    const id = catalog.nextStreamId();
    await propose(create(id));
    await propose({ type: 'stream.delete', id });
  });
}

function logTask(catalog: Catalog, name: string): MicroTask {
  return { name, operations: 2, run: () => makeAndDelete(catalog) };
}

export async function catalogSuite(): Promise<MicroSuite> {
  const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'veltro-micro-')));
  const unsynced = await Catalog.open(folders[0], false);
  const synced = await Catalog.open(folders[1], true);
  const tasks = [
    applyTask(),
    findTask(),
    logTask(unsynced, 'propose and append to the log, one change'),
    logTask(synced, 'the same, each synced to the disk'),
  ];
  const close = async () => {
    await Promise.all([unsynced.close(), synced.close()]);
    for (const folder of folders) rmSync(folder, { recursive: true });
  };
  return { name: 'catalog', tasks, close };
}
