import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { status } from '../wire/status.ts';
import type { HostedPartition } from './hosted-partition.ts';
import { IntervalSync } from './interval-sync.ts';

const INTERVAL_MS = 100;

let synced: string[];
let interval: IntervalSync;

beforeEach(() => {
  synced = [];
  interval = new IntervalSync(INTERVAL_MS);
});

/** A partition that only notes its syncs. */
function hosted(name: string, outcome = 0): HostedPartition {
  const sync = () => {
    synced.push(name);
    return outcome;
  };
  return { partition: { sync } } as unknown as HostedPartition;
}

describe('IntervalSync', () => {
  it('syncs each partition once an interval, one at a time, the oldest first', () => {
    const [first, second] = [hosted('first'), hosted('second')];
    interval.add(first, 0);
    interval.add(second, 10);
    interval.add(first, 50);
    interval.run(99);
    assert.deepEqual(synced, []);
    interval.run(200);
    assert.deepEqual(synced, ['first']);
    interval.run(200);
    interval.run(1000);
    assert.deepEqual(synced, ['first', 'second']);
  });

  it('never falls behind more than an interval for those who are written to all the time', () => {
    const [first, second] = [hosted('first'), hosted('second')];
    for (let nowMs = 0; nowMs < 10 * INTERVAL_MS; nowMs++) {
      interval.add(first, nowMs);
      interval.add(second, nowMs);
      interval.run(nowMs);
    }
    assert.ok(synced.length >= 16 && synced.length <= 20, `${synced.length} syncs`);
  });

  it('says how long nothing is due', () => {
    assert.equal(interval.idleMs(0, 1000), 1000);
    interval.add(hosted('first'), 0);
    assert.equal(interval.idleMs(30, 1000), 70);
    assert.equal(interval.idleMs(30, 20), 20);
    assert.equal(interval.idleMs(500, 1000), 0);
  });

  it('tries again later what cannot be synced, and forgets what is gone', () => {
    const bad = hosted('bad', status.CannotSyncFile);
    interval.add(bad, 0);
    interval.run(100);
    interval.run(150);
    assert.deepEqual(synced, ['bad']);
    interval.run(200);
    assert.deepEqual(synced, ['bad', 'bad']);
    interval.delete(bad);
    assert.equal(interval.idleMs(0, 1000), 1000);
  });
});
