import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Samples } from './samples.ts';

test('all values are kept, and sorted as numbers', () => {
  const samples = new Samples(10_000);
  for (let value = 5000; value > 0; value -= 1) samples.add(value);
  const sorted = samples.sorted();
  assert.equal(sorted.length, 5000);
  assert.deepEqual([...sorted.slice(0, 3), sorted[4999]], [1, 2, 3, 5000]);
});

test('beyond the limit a value replaces another one with the chance of all', () => {
  const draws = [0.5, 0.99];
  const samples = new Samples(2, () => draws.shift() ?? 0);
  for (const value of [1, 2, 3, 4]) samples.add(value);
  // Of 0 to below 3 the third draws 1, of 0 to below 4 the fourth draws 3, which is none.
  assert.deepEqual([...samples.sorted()], [1, 3]);
});
