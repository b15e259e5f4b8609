import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busyPollMs, shardSpinMs, sharedShardSpinMs } from '../wire/limits.ts';
import { Pauses, pollMsOf, spinMsOf } from './pauses.ts';

describe('Pauses', () => {
  it('are expected to be short after two short ones in a row', () => {
    const pauses = new Pauses();
    assert.equal(pauses.areShort, false);
    pauses.note(0.01);
    assert.equal(pauses.areShort, false);
    pauses.note(0.01);
    assert.equal(pauses.areShort, true);
    pauses.note(busyPollMs);
    assert.equal(pauses.areShort, false);
  });

  it('are not when requests come alone, each with a short one until its answer', () => {
    const pauses = new Pauses();
    for (let request = 0; request < 10; request++) {
      pauses.note(1);
      pauses.note(0.01);
      assert.equal(pauses.areShort, false);
    }
  });
});

describe('Waiting awake', () => {
  it('is not done by an acceptor that shares its only core with shards', () => {
    assert.equal(pollMsOf(1), 0);
    assert.equal(pollMsOf(2), busyPollMs);
  });

  it('is done by shards for as long as there are cores for it', () => {
    assert.equal(spinMsOf(2, 2), 0);
    assert.equal(spinMsOf(2, 1), sharedShardSpinMs);
    assert.equal(spinMsOf(8, 7), sharedShardSpinMs);
    assert.equal(spinMsOf(8, 4), shardSpinMs);
  });
});
