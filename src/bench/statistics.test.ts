import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviation, latencyFigures, mean, percentile } from './statistics.ts';

test('a percentile lies between two samples in proportion', () => {
  const sorted = [10, 20, 30, 40, 50];
  assert.equal(percentile(sorted, 0), 10);
  assert.equal(percentile(sorted, 50), 30);
  assert.equal(percentile(sorted, 90), 46);
  assert.equal(percentile(sorted, 100), 50);
  assert.equal(percentile([7], 99.99), 7);
  assert.equal(percentile([], 50), 0);
});

test('mean and deviation are of all values', () => {
  assert.equal(mean([2, 4, 4, 4, 5, 5, 7, 9]), 5);
  assert.equal(deviation([2, 4, 4, 4, 5, 5, 7, 9]), 2);
  assert.equal(deviation([]), 0);
});

test('the median of an even number is between the two in the middle', () => {
  const { median, min, max, p50 } = latencyFigures(new Float64Array([1, 2, 4, 100]));
  assert.deepEqual([median, p50, min, max], [3, 3, 1, 100]);
  assert.equal(latencyFigures([]).max, 0);
});
