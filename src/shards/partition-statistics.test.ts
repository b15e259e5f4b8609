import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partitionsMax } from '../wire/limits.ts';
import { PartitionStatistics } from './partition-statistics.ts';

const nothing = {
  messagesCount: 0,
  sizeBytes: 0,
  segmentsCount: 1,
  oldestSince: 0,
  oldestUntil: 0,
  active: { baseOffset: 0, sizeBytes: 0 },
  lastTimestamp: 0,
};

describe('PartitionStatistics', () => {
  it('shows to one end what the other wrote, row by row', () => {
    const writer = new PartitionStatistics();
    const reader = new PartitionStatistics(writer.memory);
    const empty = { currentOffset: 0, messagesCount: 0, sizeBytes: 0, segmentsCount: 0 };
    writer.write(0, { ...nothing, lastOffset: -1 });
    writer.write(partitionsMax - 1, {
      lastOffset: 2 ** 52,
      messagesCount: 2 ** 51,
      sizeBytes: 2 ** 50,
      segmentsCount: 7,
      oldestSince: 2 ** 49,
      oldestUntil: 2 ** 48,
      active: { baseOffset: 2 ** 47, sizeBytes: 2 ** 31 },
      lastTimestamp: 2 ** 50,
    });
    assert.deepEqual(reader.read(0), { ...empty, segmentsCount: 1 });
    assert.deepEqual(reader.read(1), empty);
    assert.deepEqual(reader.read(partitionsMax - 1), {
      currentOffset: 2 ** 52,
      messagesCount: 2 ** 51,
      sizeBytes: 2 ** 50,
      segmentsCount: 7,
    });
    assert.deepEqual(reader.readOldest(0), { since: 0, until: 0, isSealed: false });
    const oldest = { since: 2 ** 49, until: 2 ** 48, isSealed: true };
    assert.deepEqual(reader.readOldest(partitionsMax - 1), oldest);
    assert.deepEqual(reader.readEnd(partitionsMax - 1), {
      offset: 2 ** 52 + 1,
      segmentBase: 2 ** 47,
      position: 2 ** 31,
      timestampMicros: 2 ** 50,
    });
    const start = { offset: 0, segmentBase: 0, position: 0, timestampMicros: 0 };
    assert.deepEqual(reader.readEnd(0), start);
    writer.clear(0);
    assert.deepEqual(reader.read(0), empty);
    assert.equal(reader.read(partitionsMax - 1).segmentsCount, 7);
  });

  it('counts removals, and never counts back for another partition of the same handle', () => {
    const writer = new PartitionStatistics();
    const reader = new PartitionStatistics(writer.memory);
    assert.equal(reader.removals(5), 0);
    writer.noteRemoval(5);
    assert.deepEqual([reader.removals(5), reader.removals(4), reader.removals(6)], [1, 0, 0]);
    writer.clear(5);
    assert.equal(reader.removals(5), 2);
  });

  it('counts how often offsets began anew, also when they are soon as high as before', () => {
    const statistics = new PartitionStatistics();
    for (const lastOffset of [-1, 4, 4, -1, 9]) statistics.write(5, { ...nothing, lastOffset });
    assert.equal(statistics.restarts(5), 1);
    statistics.clear(5);
    assert.deepEqual([statistics.restarts(5), statistics.restarts(6)], [2, 0]);
  });
});
