import assert from 'node:assert/strict';
import type { Scenario } from '../suite/scenario.ts';
import { allNumbers, createTopic, sendNumbers } from './stock.ts';
import { base64, numbers } from './texts.ts';

const PARTITIONS = 4;
const BATCH = 5;

/** A batch goes to the partition that is named. */
export const namedPartition: Scenario = {
  title: 'partitioning: named',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, PARTITIONS);
    for (const partition of numbers(0, PARTITIONS)) {
      const messages = [{ payload: base64(String(partition)) }];
      await root.call('message.send', { ...place, to: { partition }, messages });
      assert.deepEqual(await allNumbers(root, place, partition), [partition]);
    }
  },
};

/** The broker takes the partitions in turn. */
export const balanced: Scenario = {
  title: 'partitioning: balanced',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, PARTITIONS);
    for (const batch of numbers(0, PARTITIONS)) {
      const messages = numbers(batch * BATCH, BATCH).map((n) => ({ payload: base64(String(n)) }));
      await root.call('message.send', { ...place, to: 'balanced', messages });
    }
    const found = new Set<number>();
    for (const partition of numbers(0, PARTITIONS)) {
      const batch = await allNumbers(root, place, partition);
      assert.deepEqual(batch, numbers(batch[0], BATCH), 'a batch was torn');
      found.add(batch[0]);
    }
    assert.equal(found.size, PARTITIONS);
  },
};

/** Keys and what XXH32 of them leaves when it is divided by the partitions. */
const keys = [
  { key: Buffer.from('user-42'), of: { 2: 0, 3: 2, 5: 1, 10: 6 } },
  { key: Buffer.from('a'), of: { 2: 0, 3: 0, 5: 0, 10: 0 } },
  { key: Buffer.from('key-1'), of: { 2: 1, 3: 1, 5: 1, 10: 1 } },
  { key: Buffer.from('order-1'), of: { 2: 0, 3: 2, 5: 2, 10: 2 } },
  { key: Buffer.from('2a000000', 'hex'), of: { 2: 1, 3: 1, 5: 2, 10: 7 } },
] as const;

/** Messages of one key reach one partition, the same for every client. */
export const keyed: Scenario = {
  title: 'partitioning: by key',
  async run(scene) {
    const root = await scene.open('root');
    for (const count of [2, 3, 5, 10] as const) {
      const place = await createTopic(scene, root, count, `of-${count}`);
      for (const [index, { key, of }] of keys.entries()) {
        const sent = [index * 10, index * 10 + 1];
        const messages = sent.map((number) => ({ payload: base64(String(number)) }));
        await root.call('message.send', { ...place, to: { key: base64(key) }, messages });
        const found = await allNumbers(root, place, of[count]);
        assert.deepEqual(found.slice(-2), sent, `key ${key} in ${count} partitions`);
      }
    }
  },
};

/** Sends to what is not there. */
export const missingPartition: Scenario = {
  title: 'partitioning: missing',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    const messages = [{ payload: base64('lost') }];
    await root.refused('message.send', { ...place, to: { partition: 1 }, messages }, 3007);
    await sendNumbers(scene, root, place, 0, [1]);
    assert.deepEqual(await allNumbers(root, place, 0), [1]);
  },
};
