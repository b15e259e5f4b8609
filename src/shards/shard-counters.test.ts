import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounters, latencyBounds, ShardCounters } from './shard-counters.ts';

test('shards count apart, and whoever has the memory reads', () => {
  const memory = createCounters(2);
  const [first, second] = [0, 1].map((shard) => new ShardCounters(memory, shard));
  first.add('acknowledgedBytes', 100);
  first.add('acknowledgedBytes', 20);
  second.set('openFiles', 7);
  second.set('openFiles', 3);
  const seen = new ShardCounters(memory, 0);
  assert.deepEqual([seen.get('acknowledgedBytes'), seen.get('openFiles')], [120, 0]);
  assert.equal(new ShardCounters(memory, 1).get('openFiles'), 3);
});

test('a time falls into the first bucket that is not below it', () => {
  const counters = new ShardCounters(createCounters(1), 0);
  counters.took('poll', 0);
  counters.took('poll', latencyBounds[0]);
  counters.took('poll', latencyBounds[0] * 1.01);
  counters.took('poll', 60, 3);
  const { buckets, count, sumSeconds } = counters.latencies('poll');
  assert.equal(buckets.length, latencyBounds.length + 1);
  assert.deepEqual([buckets[0], buckets[1], buckets.at(-1)], [2, 1, 3]);
  assert.equal(count, 6);
  assert.ok(Math.abs(sumSeconds - 180.0001) < 0.001);
  assert.equal(counters.latencies('append').count, 0);
});
