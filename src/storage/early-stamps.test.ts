import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Partition } from './partition.ts';
import type { Batch } from './partition-cache.ts';
import {
  type EarlyPlace,
  type ReadMessage,
  readSegmentFiles,
  type TestOptions,
  TestShard,
  testMessage,
} from './storage-test-kit.ts';

const KEY = Buffer.alloc(32, 7);
const NOW = 5_000_000;
const EARLIER = 4_000_000;
const MESSAGE_BYTES = 164;

let shard: TestShard;
let partition: Partition;
let number = 0;

function open(options: TestOptions = {}): void {
  shard?.dispose();
  shard = new TestShard(options);
  partition = shard.partition();
  partition.create();
}

/** A batch of three messages that was stamped for a place while it arrived. */
function stamped(place: EarlyPlace): Batch {
  const sent = Array.from({ length: 3 }, () => testMessage(number++, 100));
  const batch = shard.batch(sent, true);
  shard.stampEarly(batch, place);
  return { ...batch, earlyId: 1 };
}

/** Appends a batch stamped for a place; returns the messages of the partition afterwards. */
function appendAt(place: EarlyPlace): ReadMessage[] {
  const batch = stamped(place);
  assert.equal(partition.append(batch, NOW), 0);
  assert.equal(partition.flush(), 0);
  return readSegmentFiles(shard.partitionDir).flatMap(({ messages }) => messages);
}

const start: EarlyPlace = { offset: 0, segmentBase: 0, position: 0, micros: EARLIER };
const second: EarlyPlace = { ...start, offset: 3, position: 3 * MESSAGE_BYTES };
const timesOf = (messages: readonly ReadMessage[]) => messages.map(({ timestamp }) => timestamp);
const offsetsOf = (messages: readonly ReadMessage[]) => messages.map(({ offset }) => offset);

describe('a batch that was stamped while it arrived', () => {
  beforeEach(() => {
    number = 0;
    open();
  });
  afterEach(() => shard.dispose());

  it('is stored as it is where it was expected', () => {
    assert.deepEqual(timesOf(appendAt(start)), [EARLIER, EARLIER, EARLIER]);
    const all = appendAt({ ...second, micros: EARLIER + 1 });
    assert.deepEqual(timesOf(all).slice(3), [EARLIER + 1, EARLIER + 1, EARLIER + 1]);
    assert.deepEqual(offsetsOf(all), [0, 1, 2, 3, 4, 5]);
  });

  it('is stored as it is behind another that is not written yet', () => {
    assert.equal(partition.append(stamped(start), NOW), 0);
    const all = appendAt(second);
    assert.deepEqual(offsetsOf(all), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(new Set(timesOf(all)), new Set([EARLIER]));
  });

  it('is stamped anew where the partition went on meanwhile', () => {
    appendAt(start);
    const wrong: readonly Partial<EarlyPlace>[] = [
      { offset: 2 },
      { position: 2 * MESSAGE_BYTES },
      { segmentBase: 3 },
      { micros: EARLIER - 1 },
    ];
    let count = 3;
    for (const fault of wrong) {
      const due = { ...second, offset: count, position: count * MESSAGE_BYTES, micros: NOW };
      const all = appendAt({ ...due, ...fault });
      count += 3;
      assert.deepEqual(offsetsOf(all), [...all.keys()]);
      assert.deepEqual(timesOf(all).slice(-3), [NOW, NOW, NOW]);
    }
  });

  it('is stamped anew for a segment that begins with it', () => {
    open({ segmentBytes: 4 * MESSAGE_BYTES });
    appendAt(start);
    const all = appendAt(second);
    assert.equal(partition.segmentsCount, 2);
    assert.deepEqual(offsetsOf(all), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(timesOf(all).slice(3), [NOW, NOW, NOW]);
  });

  it('is stamped anew where it is encrypted, or sifted, before', () => {
    open({ encryptionKey: KEY });
    assert.equal(partition.append(stamped(start), NOW), 0);
    assert.equal(partition.flush(), 0);
    const [segment] = readSegmentFiles(shard.partitionDir, KEY);
    assert.deepEqual(timesOf(segment.messages), [NOW, NOW, NOW]);
    open({ deduplication: { maxEntries: 10, expiryMicros: 1e6 } });
    assert.deepEqual(timesOf(appendAt(start)), [NOW, NOW, NOW]);
  });
});
