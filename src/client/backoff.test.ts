import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './backoff.ts';

const options = {
  enabled: true,
  attemptsMax: Number.POSITIVE_INFINITY,
  delayMs: 100,
  delayMsMax: 1000,
};

test('waits double up to their limit', () => {
  const waits = [1, 2, 3, 4, 5, 2000].map((attempt) => backoffMs(attempt, options, () => 1));
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000]);
});

test('the upper half is random', () => {
  assert.equal(
    backoffMs(1, options, () => 0),
    50,
  );
  assert.equal(
    backoffMs(5, options, () => 0.5),
    750,
  );
});
