import assert from 'node:assert/strict';
import type { Scenario } from '../suite/scenario.ts';
import { allNumbers, createTopic, offsetsOf, poll, sendNumbers } from './stock.ts';
import { base64, numbers } from './texts.ts';

/** Partitions come and go at the end of a topic. */
export const partitions: Scenario = {
  title: 'partitions',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 3);
    await root.call('partition.create', { ...place, count: 2 });
    const grown = await root.call('topic.get', place);
    const ids = numbers(0, 5).map((id) => ({ id }));
    scene.shows('topic', grown, { partitionsCount: 5, partitions: ids });
    await sendNumbers(scene, root, place, 4, [44]);
    assert.deepEqual(await allNumbers(root, place, 4), [44]);
    await root.refused('partition.delete', { ...place, count: 6 }, 2019);
    await root.call('partition.delete', { ...place, count: 3 });
    const shrunk = await root.call('topic.get', place);
    scene.shows('topic', shrunk, { partitionsCount: 2, messagesCount: '0' });
    const messages = [{ payload: base64('gone') }];
    await root.refused('message.send', { ...place, to: { partition: 4 }, messages }, 3007);
  },
};

const BATCHES = 12;
const BATCH_BYTES = 400_000;

/** The oldest segments of a partition are deleted, the newest stays. */
export const segments: Scenario = {
  title: 'segments',
  settings: { VELTRO_SYSTEM_SEGMENT_SIZE: '1 MiB' },
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    const messages = [{ payload: base64(Buffer.alloc(BATCH_BYTES, 1)) }];
    for (let batch = 0; batch < BATCHES; batch++) {
      await scene.arrange(root, 'message.send', { ...place, to: { partition: 0 }, messages });
    }
    const segmentsCount = async () => {
      const topic = await scene.arrange(root, 'topic.get', place);
      return topic!.partitions?.[0].segmentsCount;
    };
    const before = await segmentsCount();
    await root.call('segment.delete', { ...place, partition: 0, count: 1 });
    const after = await segmentsCount();
    if (before !== undefined) assert.equal(after, before - 1);
    const [first] = offsetsOf(await poll(root, place, { from: 'first', count: 1 }));
    assert.ok(first > 0, 'the first message is still there');
    await root.call('segment.delete', { ...place, partition: 0, count: 1000 });
    const last = offsetsOf(await poll(root, place, { from: 'last', count: 1 }));
    assert.deepEqual(last, [BATCHES - 1]);
    await root.refused('segment.delete', { ...place, partition: 9, count: 1 }, 3007);
  },
};
