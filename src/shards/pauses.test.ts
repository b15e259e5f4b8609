import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busyPollMs, largeSendPollMs, shardSpinMs, sharedShardSpinMs } from '../wire/limits.ts';
import { awakeTimes, Pauses } from './pauses.ts';

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

describe('Threads stay awake', () => {
  const busyPolling = true;

  it('on cores that they share with nobody of the broker', () => {
    const awake = {
      pollMs: busyPollMs,
      largeSendMs: largeSendPollMs,
      spinMs: sharedShardSpinMs,
    };
    assert.deepEqual(awakeTimes({ threads: 1, busyPolling }, 2), awake);
    assert.deepEqual(awakeTimes({ threads: 7, busyPolling }, 8), awake);
    assert.deepEqual(awakeTimes({ threads: 4, busyPolling }, 8), { ...awake, spinMs: shardSpinMs });
  });

  it('without shards where there are more threads than cores', () => {
    const awake = { pollMs: busyPollMs, largeSendMs: 0, spinMs: 0 };
    assert.deepEqual(awakeTimes({ threads: 2, busyPolling }, 2), awake);
  });

  it('not at all on one core, nor where that is switched off', () => {
    const asleep = { pollMs: 0, largeSendMs: 0, spinMs: 0 };
    assert.deepEqual(awakeTimes({ threads: 1, busyPolling }, 1), asleep);
    assert.deepEqual(awakeTimes({ threads: 1, busyPolling: false }, 8), asleep);
  });
});
