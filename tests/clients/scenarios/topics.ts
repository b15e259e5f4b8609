import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createTopic, numbersOf, poll, sendNumbers } from './stock.ts';
import { isPositive, numbers } from './texts.ts';

const HOUR_MICROS = '3600000000';
const SIZE_BYTES = '5000000000';

/** Topics with all their settings, shown and changed. */
export const topics: Scenario = {
  title: 'topics',
  async run(scene) {
    const root = await scene.open('root');
    const stream = scene.name;
    await scene.arrange(root, 'stream.create', { name: stream });
    await createWithDefaults(scene, root, stream);
    await createWithSettings(scene, root, stream);
    await update(scene, root, stream);
    await root.refused('topic.create', { stream, name: 'plain', partitions: 1 }, 2013);
    await root.refused('topic.create', { stream, name: 'many', partitions: 1001 }, 2015);
    const small = { stream, name: 'small', partitions: 1, maxSizeBytes: '1000' };
    await root.refused('topic.create', small, 1019);
    if ((await root.optional('topic.delete', { stream, topic: 'plain' })) !== undefined) {
      assert.equal(await root.call('topic.get', { stream, topic: 'plain' }), null);
      await root.refused('topic.delete', { stream, topic: 'plain' }, 2010);
    }
  },
};

async function createWithDefaults(scene: Scene, root: Caller, stream: string): Promise<void> {
  const created = await root.call('topic.create', { stream, name: 'plain', partitions: 3 });
  const empty = { sizeBytes: '0', messagesCount: '0', createdAt: isPositive };
  const limits = { expiryMicros: 'never', maxSizeBytes: 'unlimited', compression: 'none' } as const;
  const expected = { name: 'plain', partitionsCount: 3, ...limits, ...empty };
  scene.shows('topic', created, expected);
  const found = await root.call('topic.get', { stream, topic: 'plain' });
  const partition = { currentOffset: '0', sizeBytes: '0', messagesCount: '0', segmentsCount: 1 };
  const partitions = numbers(0, 3).map((id) => ({ id, ...partition }));
  scene.shows('topic', found, { ...expected, partitions });
  const { id } = found!;
  scene.shows('topic', await root.call('topic.get', { stream, topic: id }), { id, name: 'plain' });
}

async function createWithSettings(scene: Scene, root: Caller, stream: string): Promise<void> {
  for (const settings of [
    { name: 'compressed', compression: 'gzip' },
    { name: 'short', expiryMicros: HOUR_MICROS },
    { name: 'limited', maxSizeBytes: SIZE_BYTES },
    { name: 'endless', expiryMicros: 'never', maxSizeBytes: 'unlimited' },
    { name: 'copied', replicationFactor: 1 },
  ] as const) {
    const created = await root.optional('topic.create', { stream, partitions: 0, ...settings });
    if (created === undefined) continue;
    const found = await root.call('topic.get', { stream, topic: settings.name });
    scene.shows('topic', found, { ...settings, partitionsCount: 0 });
  }
  const listed = await root.optional('topic.list', { stream });
  if (listed === undefined) return;
  const plain = listed.find(({ name }) => name === 'plain')!;
  scene.shows('topic', plain, { partitionsCount: 3, expiryMicros: 'never' });
}

async function update(scene: Scene, root: Caller, stream: string): Promise<void> {
  await scene.arrange(root, 'topic.create', { stream, name: 'before', partitions: 1 });
  const changed = { name: 'after', compression: 'gzip', replicationFactor: 1 } as const;
  const limits = { expiryMicros: HOUR_MICROS, maxSizeBytes: SIZE_BYTES };
  const change = { stream, topic: 'before', ...changed, ...limits };
  if ((await root.optional('topic.update', change)) === undefined) return;
  assert.equal(await root.call('topic.get', { stream, topic: 'before' }), null);
  const found = await root.call('topic.get', { stream, topic: 'after' });
  scene.shows('topic', found, { ...changed, ...limits, partitionsCount: 1 });
  const taken = { ...change, topic: 'after', name: 'plain' };
  await root.refused('topic.update', taken, 2013);
}

/** A topic is emptied and begins again with offset 0. */
export const purgedTopic: Scenario = {
  title: 'purge of a topic',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    await sendNumbers(scene, root, place, 0, numbers(0, 10));
    await root.optional('offset.store', { ...place, partition: 0, consumer: 7, offset: '5' });
    await root.call('topic.purge', place);
    scene.shows('topic', await root.call('topic.get', place), { messagesCount: '0' });
    const stored = await root.optional('offset.get', { ...place, partition: 0, consumer: 7 });
    assert.ok(stored === null || stored === undefined, 'a stored offset outlived the purge');
    await sendNumbers(scene, root, place, 0, [77]);
    const polled = await poll(root, place, { from: { offset: '0' } });
    assert.deepEqual(numbersOf(polled), [77]);
    scene.shows('polled', polled, { currentOffset: '0', messages: [{ offset: '0' }] });
  },
};
