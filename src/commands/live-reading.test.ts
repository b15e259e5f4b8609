import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionStatistics } from '../shards/partition-statistics.ts';
import type { PollingStrategy } from '../wire/classic/structures/polling-strategy.ts';
import { LiveReading } from './live-reading.ts';

const target = { partitionId: 0, handle: 3, kind: 1, id: 1 } as const;
const first: PollingStrategy = { kind: 'next', value: 0n };

/** A partition that has so many messages, as its shard tells it. */
function tell(statistics: PartitionStatistics, messagesCount: number): void {
  statistics.write(target.handle, {
    lastOffset: messagesCount - 1,
    messagesCount,
    sizeBytes: 100 * messagesCount,
    segmentsCount: 1,
    oldestSince: 1,
    oldestUntil: 2,
    active: { baseOffset: 0, sizeBytes: 100 * messagesCount },
    lastTimestamp: 2,
  });
}

test('a subscription goes on behind what it was given, wherever it began', () => {
  const statistics = new PartitionStatistics();
  const reading = new LiveReading();
  assert.deepEqual(reading.strategy(target, first, statistics), first);
  reading.note(target, -1);
  assert.deepEqual(reading.strategy(target, first, statistics), first, 'nothing was given');
  tell(statistics, 5);
  reading.note(target, 4);
  assert.deepEqual(reading.strategy(target, first, statistics), { kind: 'offset', value: 5n });
});

test('what was emptied is read from its beginning, however much it has again', () => {
  const statistics = new PartitionStatistics();
  const reading = new LiveReading();
  tell(statistics, 5);
  reading.strategy(target, first, statistics);
  reading.note(target, 4);
  tell(statistics, 0);
  tell(statistics, 9);
  assert.deepEqual(reading.strategy(target, first, statistics), { kind: 'offset', value: 0n });
  reading.note(target, 8);
  assert.deepEqual(reading.strategy(target, first, statistics), { kind: 'offset', value: 9n });
});

test('another partition in the place of the first is read from its beginning', () => {
  const statistics = new PartitionStatistics();
  const reading = new LiveReading();
  reading.strategy(target, first, statistics);
  reading.note(target, 4);
  const other = { ...target, handle: 4 };
  assert.deepEqual(reading.strategy(other, first, statistics), { kind: 'offset', value: 0n });
});
