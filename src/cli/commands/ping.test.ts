import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from './ping.ts';

test('round trips are summed up', () => {
  assert.deepEqual(summarize([2, 4, 4, 4, 5, 5, 7, 9]), {
    minMs: 2,
    averageMs: 5,
    maxMs: 9,
    deviationMs: 2,
  });
  assert.deepEqual(summarize([3]), { minMs: 3, averageMs: 3, maxMs: 3, deviationMs: 0 });
});
