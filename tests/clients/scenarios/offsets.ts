import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createStock, offsetsOf, type Place, poll } from './stock.ts';
import { numbers } from './texts.ts';

const COUNT = 30;

/** Offsets that consumers store, by number and by name. */
export const offsets: Scenario = {
  title: 'consumer offsets',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createStock(scene, root, COUNT);
    for (const consumer of [7, 'reader']) await storeAndDelete(scene, root, place, consumer);
  },
};

async function storeAndDelete(
  scene: Scene,
  root: Caller,
  place: Place,
  consumer: number | string,
): Promise<void> {
  const reader = { ...place, partition: 0, consumer };
  const stores = async (offset: string) => {
    await root.call('offset.store', { ...reader, offset });
    const found = await root.call('offset.get', reader);
    const expected = { partition: 0, currentOffset: String(COUNT - 1), storedOffset: offset };
    scene.shows('stored offset', found, expected);
  };
  assert.equal(await root.call('offset.get', reader), null);
  await stores('19');
  // Backwards is allowed.
  await stores('9');
  const next = await poll(root, place, { from: 'next', consumer });
  assert.deepEqual(offsetsOf(next), numbers(10, 10));
  await root.refused('offset.store', { ...reader, offset: String(COUNT) }, 4100);
  if ((await root.optional('offset.delete', reader)) === undefined) return;
  assert.equal(await root.call('offset.get', reader), null);
  await root.refused('offset.delete', reader, 3021);
}

/** A poll stores the offset of its last message when it is asked to, and only then. */
export const autoCommit: Scenario = {
  title: 'auto-commit',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createStock(scene, root, COUNT);
    for (const reader of [{ consumer: 0 }, { consumer: 7 }, { consumer: 'reader' }]) {
      const request = { from: 'next', ...reader } as const;
      if ((await root.optional('message.poll', { ...place, ...first(reader) })) === undefined)
        continue;
      for (const [start, commits] of [
        [0, false],
        [0, true],
        [10, true],
        [20, false],
      ] as const) {
        const polled = await poll(root, place, { ...request, autoCommit: commits });
        assert.deepEqual(offsetsOf(polled), numbers(start, 10));
      }
      await poll(root, place, { from: 'first', count: 5, ...reader, autoCommit: true });
      assert.deepEqual(offsetsOf(await poll(root, place, request)), numbers(5, 10));
      const stored = await root.optional('offset.get', { ...place, partition: 0, ...reader });
      if (stored !== undefined) scene.shows('stored offset', stored, { storedOffset: '4' });
    }
  },
};

function first(reader: { consumer: number | string }) {
  return { ...reader, from: 'first', count: 1, partition: 0, autoCommit: false } as const;
}
