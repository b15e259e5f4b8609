import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acknowledgements } from '../../src/wire/acknowledgement.ts';
import { testSeed } from '../support/random.ts';
import { StorageFaultRun } from './storage-fault-run.ts';

const SEEDS = 5;
const STEPS = 400;

for (const level of acknowledgements) {
  test(`a partition on a bad disk keeps what it has acknowledged (${level})`, (context) => {
    const first = testSeed();
    for (let seed = first; seed < first + SEEDS; seed++) {
      context.diagnostic(`seed ${seed}`);
      const counts = new StorageFaultRun(seed, level).run(STEPS);
      assert.ok(counts.acknowledged > 0 && counts.faults > 0);
    }
  });
}

test('the same seed gives the same run, another seed another', () => {
  const run = (seed: number) => new StorageFaultRun(seed, 'synced').run(STEPS);
  assert.deepEqual(run(7), run(7));
  assert.notEqual(run(7).digest, run(8).digest);
});
