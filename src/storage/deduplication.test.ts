import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { status } from '../wire/status.ts';
import type { DeduplicationOptions } from './message-window.ts';
import type { Partition } from './partition.ts';
import {
  noSpace,
  readSegmentFiles,
  type TestMessage,
  type TestOptions,
  TestShard,
  testMessage,
} from './storage-test-kit.ts';

const ALL = 0xffff_ffff;
const NOW = 1_000_000;
const ROOMY = 1000;
const forEver: DeduplicationOptions = { maxEntries: 1000, expiryMicros: 0 };

let shards: TestShard[] = [];

afterEach(() => {
  for (const shard of shards) shard.dispose();
  shards = [];
});

/** A partition with the ids that it holds, oldest first. */
class Subject {
  shard: TestShard;
  partition: Partition;
  readonly #options: TestOptions;

  constructor(deduplication: DeduplicationOptions = forEver, options: TestOptions = {}) {
    this.#options = { deduplication, ...options };
    this.shard = newShard(this.#options);
    this.partition = this.shard.partition();
    this.partition.create();
  }

  send(ids: readonly number[], nowMicros = NOW, isKeepable = false): number {
    return this.shard.write(this.partition, ids.map(withId), isKeepable, nowMicros);
  }

  ids(): number[] {
    return this.shard.read(this.partition, 0, ALL).map(({ id }) => Number(id));
  }

  /** The process ends and another one begins. */
  restart(): void {
    this.shard.files.closeAll();
    this.shard = newShard({ ...this.#options, dir: this.shard.dir });
    this.partition = this.shard.partition();
    this.partition.load();
  }
}

function newShard(options: TestOptions): TestShard {
  const shard = new TestShard(options);
  shards.push(shard);
  return shard;
}

/** A message with this id, whose payload tells it as well and has a size of its own. */
function withId(id: number): TestMessage {
  return { ...testMessage(id, (id * 37) % 300), id: BigInt(id) };
}

describe('A partition that removes duplicates', () => {
  it('stores each id once, within a batch and across batches, without gaps', () => {
    const subject = new Subject();
    for (const isKeepable of [false, true]) {
      assert.equal(subject.send([1, 2, 1, 3, 3, 2], NOW, isKeepable), 0);
      assert.equal(subject.send([2, 4, 1, 5], NOW, isKeepable), 0);
      assert.deepEqual(subject.ids(), [1, 2, 3, 4, 5]);
    }
    // Checks offsets, positions and checksums of what was moved together.
    const [{ messages }] = readSegmentFiles(subject.shard.partitionDir);
    assert.deepEqual(
      messages.map(({ id, payload }) => [Number(id), payload]),
      [1, 2, 3, 4, 5].map((id) => [id, withId(id).payload]),
    );
  });

  it('acknowledges a batch of nothing but duplicates without storing anything', () => {
    const subject = new Subject();
    subject.send([1, 2]);
    assert.equal(subject.send([2, 1, 2]), 0);
    assert.equal(subject.partition.lastOffset, 1);
    assert.equal(subject.partition.hasStaged, false);
    assert.equal(subject.shard.frames.usedBytes, 0);
  });

  it('tells that the first of them may still wait to be written', () => {
    const subject = new Subject();
    const batches = [[1], [1]].map((ids) => subject.shard.batch(ids.map(withId)));
    for (const batch of batches) assert.equal(subject.partition.append(batch, NOW), 0);
    assert.equal(subject.partition.hasStaged, true);
    assert.equal(subject.partition.flush(), 0);
    assert.equal(subject.partition.hasStaged, false);
    for (const { allocation } of batches) subject.shard.frames.free(allocation);
    assert.deepEqual(subject.ids(), [1]);
  });

  it('never takes messages without an id for duplicates', () => {
    const subject = new Subject();
    for (let i = 0; i < 3; i++) assert.equal(subject.send([0, 0, 7, 0]), 0);
    assert.equal(subject.partition.messagesCount, 10);
    assert.equal(subject.ids().filter((id) => id === 7).length, 1);
  });

  it('tells ids apart that differ in either half only', () => {
    const subject = new Subject();
    const ids = [1n, 1n << 64n, (1n << 64n) | 1n, 1n << 127n];
    const messages = [...ids, ...ids].map((id) => ({ ...testMessage(1, 10), id }));
    assert.equal(subject.shard.write(subject.partition, messages, false, NOW), 0);
    const found = subject.shard.read(subject.partition, 0, ALL);
    assert.deepEqual(
      found.map(({ id }) => id),
      ids,
    );
  });

  it('looks at so many of the newest messages, those without an id included', () => {
    const subject = new Subject({ maxEntries: 4, expiryMicros: 0 });
    subject.send([1, 2, 0, 3]);
    subject.send([1]);
    assert.equal(subject.partition.messagesCount, 4);
    subject.send([4]);
    subject.send([2]);
    assert.equal(subject.partition.messagesCount, 5);
    subject.send([1]);
    assert.equal(subject.partition.messagesCount, 6, 'it was the fifth from the end');
    // A batch that is larger than the window meets its own beginning again.
    subject.send([11, 12, 13, 14, 11, 15, 11]);
    assert.deepEqual(subject.ids().slice(6), [11, 12, 13, 14, 15, 11]);
  });

  it('looks at messages for so long only', () => {
    const subject = new Subject({ maxEntries: 1000, expiryMicros: 100 });
    subject.send([1], NOW);
    subject.send([2], NOW + 50);
    subject.send([1, 2], NOW + 99);
    assert.deepEqual(subject.ids(), [1, 2]);
    subject.send([1, 2], NOW + 100);
    assert.deepEqual(subject.ids(), [1, 2, 1]);
  });

  it('forgets nothing by a restart', () => {
    const subject = new Subject({ maxEntries: 300, expiryMicros: 0 }, { segmentBytes: 4096 });
    for (let i = 1; i <= 1000; i += 10) subject.send(Array.from({ length: 10 }, (_, j) => i + j));
    subject.restart();
    // The window ends in front of 701 and moves on with every message that is stored.
    for (const id of [701, 1000, 850, 700, 701, 703]) assert.equal(subject.send([id]), 0);
    assert.deepEqual(subject.ids().slice(1000), [700, 701]);
  });

  it('finds the ids of large messages and of a segment that was cut short', () => {
    const subject = new Subject(forEver, { segmentBytes: 256 * 1024 });
    const large = (id: number) => ({ ...testMessage(id, (id % 5) * 9000), id: BigInt(id) });
    const ids = Array.from({ length: 40 }, (_, i) => i + 1);
    subject.shard.write(subject.partition, ids.slice(0, 20).map(large), false, NOW);
    subject.shard.write(subject.partition, ids.slice(20).map(large), false, NOW);
    subject.partition.removeSegments(1);
    const kept = subject.ids();
    assert.ok(kept.length < ids.length);
    subject.restart();
    for (const id of ids) subject.send([id]);
    const gone = ids.slice(0, ids.length - kept.length);
    assert.deepEqual(subject.ids(), [...kept, ...gone], 'what is no longer stored is new');
  });

  it('refuses a batch while the ids cannot be read, and in the end does without them', () => {
    for (const failures of [2, 3]) {
      const subject = new Subject();
      subject.send([1]);
      subject.restart();
      const { shard } = subject;
      let left = failures;
      shard.files.fault = (file) => {
        if (file.path.endsWith('.index') && left-- > 0) throw new Error('EMFILE: too many files');
      };
      for (let i = 0; i < 2; i++) assert.equal(subject.send([1]), status.IoError);
      assert.equal(subject.send([1]), 0);
      assert.deepEqual(subject.ids(), failures === 2 ? [1] : [1, 1]);
      assert.deepEqual(shard.reports.length, failures - 2);
    }
  });

  it('does not look at what is too old after a restart', () => {
    const subject = new Subject({ maxEntries: 1000, expiryMicros: 100 });
    subject.send([1], NOW);
    subject.send([2], NOW + 60);
    subject.restart();
    subject.send([1, 2], NOW + 120);
    assert.deepEqual(subject.ids(), [1, 2, 1]);
  });

  it('does not take a message for stored that was refused', () => {
    const subject = new Subject();
    const batch = subject.shard.batch([1, 2].map(withId));
    const { bytes } = subject.shard;
    bytes.writeUInt32LE(1, batch.indexes + 16);
    assert.equal(subject.partition.append(batch, NOW), status.NonZeroOffset);
    subject.shard.frames.free(batch.allocation);
    subject.send([1, 2]);
    assert.deepEqual(subject.ids(), [1, 2]);
  });

  it('does not take a message for stored whose write failed', () => {
    const subject = new Subject();
    subject.send([1]);
    subject.shard.files.fault = (file) => {
      if (file.path.endsWith('.log')) throw noSpace();
    };
    assert.equal(subject.send([2, 1, 3]), status.CannotSaveMessagesToSegment);
    subject.shard.files.fault = () => {};
    assert.equal(subject.send([1, 2]), 0);
    assert.equal(subject.send([3]), 0);
    assert.deepEqual(subject.ids(), [1, 2, 3]);
  });

  it('does not take a message for stored whose segment could not be opened', () => {
    const subject = new Subject(forEver, { segmentBytes: 512 });
    subject.send([8, 10]);
    subject.shard.files.fault = (file) => {
      if (!file.path.includes('00000000000000000000.')) throw noSpace();
    };
    assert.equal(subject.send([27, 35]), status.CannotCreateSegmentLogFile);
    subject.shard.files.fault = () => {};
    assert.equal(subject.send([27, 35, 8]), 0);
    assert.deepEqual(subject.ids(), [8, 10, 27, 35]);
  });

  it('does not take messages for stored that waited for a write which failed', () => {
    const subject = new Subject(forEver, { segmentBytes: 512 });
    const first = subject.shard.batch([withId(8)]);
    assert.equal(subject.partition.append(first, NOW), 0);
    subject.shard.files.fault = (file) => {
      if (file.path.endsWith('.log')) throw noSpace();
    };
    // Too large for the segment: what waits must be written first, and cannot.
    assert.equal(subject.send([27, 35]), status.CannotSaveMessagesToSegment);
    subject.shard.files.fault = () => {};
    subject.shard.frames.free(first.allocation);
    assert.equal(subject.send([35, 8, 27]), 0);
    assert.deepEqual(subject.ids(), [35, 8, 27]);
  });

  it('forgets all ids with a purge', () => {
    const subject = new Subject();
    subject.send([1, 2]);
    subject.partition.purge();
    subject.send([2, 3, 2]);
    assert.deepEqual(subject.ids(), [2, 3]);
    assert.equal(subject.partition.lastOffset, 1);
  });

  it('goes on with fewer ids when memory is short, and says so once', () => {
    const options = { maxEntries: 100_000, expiryMicros: 0 };
    const subject = new Subject(options, { windowBytes: 64 * 1024 });
    const ids = Array.from({ length: 5000 }, (_, i) => i + 1);
    assert.equal(subject.send(ids), 0);
    assert.equal(subject.send(ids.slice(-500)), 0);
    assert.equal(subject.partition.messagesCount, 5000, 'the newest are still known');
    assert.equal(subject.send(ids.slice(0, 10)), 0);
    assert.equal(subject.partition.messagesCount, 5010);
    assert.equal(subject.shard.reports.length, 1);
    assert.match(subject.shard.reports[0], /^warn: There is not enough memory for the ids/);
    subject.partition.close();
    assert.equal(subject.shard.storage.windows.usedBytes, 0);
    assert.equal(subject.shard.region.usedBytes, 0);
  });

  it('gives memory to another partition when all it knows is too old', () => {
    const options = { maxEntries: 1000, expiryMicros: 100 };
    const subject = new Subject(options, { windowBytes: 16 * 1024 });
    const other = subject.shard.partition();
    subject.send([1], NOW);
    const sendToOther = (nowMicros: number) =>
      assert.equal(subject.shard.write(other, [withId(9)], false, nowMicros), 0);
    other.load();
    sendToOther(NOW + 2_000_000);
    sendToOther(NOW + 2_000_000);
    assert.equal(other.messagesCount, 2, 'the second one was known');
    assert.deepEqual(subject.shard.reports, []);
    other.close();
  });

  it('costs no memory where duplicates are stored', () => {
    const subject = new Subject(forEver, { deduplication: null });
    subject.send([1, 1, 2]);
    assert.deepEqual(subject.ids(), [1, 1, 2]);
    assert.equal(subject.shard.storage.windows.usedBytes, 0);
  });
});

function failToSend({ shard, partition }: Subject, nowMicros: number): void {
  shard.files.fault = () => {
    throw noSpace();
  };
  assert.notEqual(shard.write(partition, [withId(77)], false, nowMicros), 0);
  shard.files.fault = () => {};
}

describe('A partition that removes duplicates, beside a list', () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        ids: fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 12 }),
        isKeepable: fc.boolean(),
        pause: fc.nat({ max: 30 }),
        fails: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  );

  it('stores what is not among the newest messages after any history', () => {
    const property = fc.property(
      fc.constantFrom(1, 5, 20, ROOMY),
      fc.constantFrom(0, 40, 200),
      fc.array(step, { maxLength: 40 }),
      (maxEntries, expiryMicros, steps) => {
        const subject = new Subject({ maxEntries, expiryMicros }, { segmentBytes: 2048 });
        const stored: { id: number; time: number }[] = [];
        let now = NOW;
        for (const one of steps) {
          if (one === 'restart') subject.restart();
          if (one === 'restart') continue;
          now += one.pause;
          // In a full window the ids of a failed batch have taken the place of the oldest.
          if (one.fails && maxEntries === ROOMY) failToSend(subject, now);
          assert.equal(subject.send(one.ids, now, one.isKeepable), 0);
          for (const id of one.ids) {
            const known = stored.slice(-maxEntries).filter(({ time }) => isYoung(time, now));
            if (id === 0 || !known.some((other) => other.id === id)) stored.push({ id, time: now });
          }
        }
        const found = subject.ids();
        assert.equal(found.length, stored.length);
        for (const [i, { id }] of stored.entries()) if (id !== 0) assert.equal(found[i], id);
        subject.shard.dispose();

        function isYoung(time: number, at: number): boolean {
          return expiryMicros === 0 || time > at - expiryMicros;
        }
      },
    );
    fc.assert(property, { numRuns: 100 });
  });
});
