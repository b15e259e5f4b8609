import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it, mock } from 'node:test';
import { consumerKind } from './consumer-offsets.ts';
import { StoredFile } from './files.ts';
import type { Partition } from './partition.ts';
import { noSpace, readSegmentFiles, TestShard, testMessage } from './storage-test-kit.ts';

const ALL = 0xffff_ffff;
const SEGMENTS = 5;
const PER_SEGMENT = 2;

let shards: TestShard[] = [];

afterEach(() => {
  mock.restoreAll();
  for (const shard of shards) shard.dispose();
  shards = [];
});

function newShard(dir?: string): TestShard {
  const shard = new TestShard({ segmentBytes: 512, dir });
  shards.push(shard);
  return shard;
}

/**
 * Segments of two messages each at offsets 0, 2, 4, 6 and, open, 8; the times of those of the first
 * are 1000 and 1500, of the second 2000 and 2500, and so on.
 */
function segmented(): { shard: TestShard; partition: Partition } {
  const shard = newShard();
  const partition = shard.partition();
  partition.create();
  for (let i = 0; i < SEGMENTS; i++) {
    for (const half of [0, 1]) {
      const message = testMessage(PER_SEGMENT * i + half, 192);
      assert.equal(shard.write(partition, [message], false, 1000 * (i + 1) + 500 * half), 0);
    }
  }
  assert.deepEqual(bases(shard), [0, 2, 4, 6, 8]);
  return { shard, partition };
}

function bases(shard: TestShard): number[] {
  return readSegmentFiles(shard.partitionDir).map(({ baseOffset }) => baseOffset);
}

/** A new shard that opens what another has left. */
function reopened(shard: TestShard): { shard: TestShard; partition: Partition } {
  shard.files.closeAll();
  const next = newShard(shard.dir);
  const partition = next.partition();
  partition.load();
  return { shard: next, partition };
}

function offsets(shard: TestShard, partition: Partition, from = 0): number[] {
  return shard.read(partition, from, ALL).map(({ offset }) => offset);
}

describe('Removing segments', () => {
  it('takes the oldest first and never the one that is written to', () => {
    const { shard, partition } = segmented();
    const { sizeBytes } = partition;
    assert.equal(partition.removeSegments(0), 0);
    assert.equal(shard.removalsCount, 0);
    assert.equal(partition.removeSegments(1), 1);
    assert.equal(shard.removalsCount, 1);
    assert.deepEqual(bases(shard), [2, 4, 6, 8]);
    assert.deepEqual([partition.messagesCount, partition.sizeBytes], [8, (sizeBytes / 5) * 4]);
    assert.equal(partition.removeSegments(ALL), 3);
    assert.deepEqual(bases(shard), [8]);
    assert.deepEqual([partition.firstOffset, partition.lastOffset], [8, 9]);
    assert.deepEqual([partition.messagesCount, partition.sizeBytes], [2, sizeBytes / 5]);
    assert.equal(partition.removeSegments(ALL), 0);
  });

  it('keeps a segment with a message behind the lowest stored offset', () => {
    const { shard, partition } = segmented();
    partition.offsets.store(consumerKind.consumer, 1, 9);
    partition.offsets.store(consumerKind.group, 1, 4);
    assert.equal(partition.removeSegments(ALL), 2);
    assert.deepEqual(bases(shard), [4, 6, 8]);
    partition.offsets.store(consumerKind.group, 1, 5);
    assert.equal(partition.removeSegments(ALL), 1);
    partition.offsets.delete(consumerKind.group, 1);
    assert.equal(partition.removeSegments(ALL), 1);
    assert.deepEqual(bases(shard), [8]);
    assert.equal(partition.offsets.get(consumerKind.consumer, 1), 9);
  });

  it('lets readers begin at the oldest message that is left, cached or not', () => {
    const { shard, partition } = segmented();
    partition.removeSegments(2);
    for (const isCached of [true, false]) {
      if (!isCached) shard.storage.cache.makeRoom(1, 16 * 1024 * 1024);
      assert.deepEqual(offsets(shard, partition), [4, 5, 6, 7, 8, 9]);
      assert.deepEqual(offsets(shard, partition, 3), [4, 5, 6, 7, 8, 9]);
      assert.equal(partition.offsetAt(0), 4);
    }
  });

  it('takes what is old enough, and seals the open segment when that is old as well', () => {
    const { shard, partition } = segmented();
    assert.deepEqual([partition.oldestSince, partition.oldestUntil], [1000, 1500]);
    assert.equal(partition.removeSegments(ALL, 1499), 0);
    assert.equal(partition.removeSegments(ALL, 1500), 1);
    assert.deepEqual([partition.oldestSince, partition.oldestUntil], [2000, 2500]);
    assert.equal(partition.removeSegments(ALL, 5499), 3);
    assert.equal(shard.write(partition, [testMessage(10, 10)], false, 6000), 0);
    assert.equal(partition.removeSegments(ALL, 5999), 1);
    assert.deepEqual(offsets(shard, partition), [10], 'one message is too young');
    assert.equal(partition.removeSegments(ALL, 6000), 1);
    assert.deepEqual(bases(shard), [11]);
    assert.deepEqual([partition.firstOffset, partition.lastOffset], [11, 10]);
    assert.deepEqual([partition.messagesCount, partition.sizeBytes], [0, 0]);
    assert.deepEqual([partition.oldestSince, partition.oldestUntil], [0, 0]);
    assert.equal(partition.removeSegments(ALL, 9000), 0, 'an empty segment is not sealed');
    assert.deepEqual(offsets(shard, partition), []);
    assert.equal(partition.offsetAt(0), -1);
    const next = reopened(shard);
    assert.deepEqual(offsets(next.shard, next.partition), []);
    assert.equal(next.shard.write(next.partition, [testMessage(11, 10)]), 0);
    assert.deepEqual(offsets(next.shard, next.partition), [11]);
  });

  it('does not seal a segment that a stored offset or a waiting batch keeps', () => {
    const { shard, partition } = segmented();
    partition.offsets.store(consumerKind.consumer, 1, 8);
    assert.equal(partition.removeSegments(ALL, 9000), 4);
    assert.deepEqual(bases(shard), [8]);
    assert.equal(shard.write(partition, [testMessage(10, 10)], false, 6000), 0);
    partition.offsets.store(consumerKind.consumer, 1, 10);
    const batch = shard.batch([testMessage(11, 10)]);
    assert.equal(partition.append(batch, 7000), 0);
    assert.equal(partition.removeSegments(ALL, 6500), 1, 'all but the one that is written to');
    assert.equal(partition.flush(), 0);
    shard.frames.free(batch.allocation);
    assert.deepEqual(offsets(shard, partition), [10, 11]);
    assert.equal(partition.removeSegments(ALL, 9000), 0);
    partition.offsets.store(consumerKind.consumer, 1, 11);
    assert.equal(partition.removeSegments(ALL, 9000), 1);
    assert.deepEqual(bases(shard), [12]);
    const next = reopened(shard);
    assert.equal(next.partition.offsets.get(consumerKind.consumer, 1), 11);
  });

  it('goes on with the old segment when no new one can be opened', () => {
    const { shard, partition } = segmented();
    shard.files.fault = (file) => {
      if (file.path.includes('10.')) throw noSpace();
    };
    assert.equal(partition.removeSegments(ALL, 9000), 4);
    assert.deepEqual(offsets(shard, partition), [8, 9]);
    shard.files.fault = () => {};
    assert.equal(partition.removeSegments(ALL, 9000), 1);
    assert.deepEqual(bases(shard), [10]);
  });

  it('is not undone by a restart, and the next offset stays', () => {
    const { shard, partition } = segmented();
    partition.offsets.store(consumerKind.consumer, 1, 9);
    partition.removeSegments(ALL);
    partition.close();
    const next = reopened(shard);
    assert.deepEqual(next.shard.reports, []);
    assert.deepEqual(offsets(next.shard, next.partition), [8, 9]);
    assert.equal(next.partition.offsets.get(consumerKind.consumer, 1), 9);
    assert.equal(next.shard.write(next.partition, [testMessage(10, 10)]), 0);
    assert.equal(next.partition.lastOffset, 10);
  });

  it('can be cut short by a kill before or after any file', () => {
    const files = 2 * (SEGMENTS - 1);
    for (let survived = 0; survived <= files; survived++) {
      const { shard, partition } = segmented();
      let removed = 0;
      const remove = StoredFile.prototype.remove;
      mock.method(StoredFile.prototype, 'remove', function dying(this: StoredFile) {
        if (removed++ === survived) throw new Error('killed');
        remove.call(this);
      });
      if (survived < files) assert.throws(() => partition.removeSegments(ALL), /killed/);
      else assert.equal(partition.removeSegments(ALL), SEGMENTS - 1);
      mock.restoreAll();
      const next = reopened(shard);
      const first = PER_SEGMENT * Math.floor(survived / 2);
      const left = Array.from({ length: 10 - first }, (_, i) => first + i);
      assert.deepEqual(offsets(next.shard, next.partition), left, `${survived} files`);
      assert.deepEqual(next.shard.reports, []);
      assert.deepEqual(
        bases(next.shard),
        left.filter((offset) => offset % 2 === 0),
      );
      const names = readdirSync(shard.partitionDir).filter((name) => name.endsWith('.index'));
      assert.equal(names.length, left.length / PER_SEGMENT, 'no index is left without its log');
    }
  });

  it('can be cut short by a kill after the open segment was sealed', () => {
    const { shard, partition } = segmented();
    mock.method(StoredFile.prototype, 'remove', () => {
      throw new Error('killed');
    });
    assert.throws(() => partition.removeSegments(ALL, 9000), /killed/);
    mock.restoreAll();
    const next = reopened(shard);
    assert.deepEqual(bases(next.shard), [0, 2, 4, 6, 8, 10]);
    assert.equal(next.partition.lastOffset, 9);
    assert.equal(next.partition.removeSegments(ALL, 9000), 5);
    const last = reopened(next.shard);
    assert.equal(last.shard.write(last.partition, [testMessage(10, 10)]), 0);
    assert.deepEqual(offsets(last.shard, last.partition), [10]);
    assert.deepEqual([...next.shard.reports, ...last.shard.reports], []);
  });

  it('goes on where a file could not be removed', () => {
    const { shard, partition } = segmented();
    mock.method(StoredFile.prototype, 'remove', () => {
      throw new Error('EPERM: operation not permitted');
    });
    assert.throws(() => partition.removeSegments(ALL), /EPERM/);
    mock.restoreAll();
    assert.deepEqual(offsets(shard, partition), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(partition.segmentsCount, SEGMENTS);
    assert.equal(partition.removeSegments(ALL), SEGMENTS - 1);
    assert.ok(!existsSync(join(shard.partitionDir, '00000000000000000000.log')));
    assert.deepEqual(bases(shard), [8]);
  });
});
