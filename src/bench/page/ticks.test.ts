import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortNumber, ticks } from './ticks.ts';

test('ticks are round and reach beyond the greatest value', () => {
  assert.deepEqual(ticks(970, 5), [0, 200, 400, 600, 800, 1000]);
  assert.deepEqual(ticks(0.3, 3), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(ticks(1, 4), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(ticks(0, 5), [0, 1]);
});

test('numbers are short', () => {
  assert.deepEqual([1234567, 12.34567, 0.25, 0].map(shortNumber), [
    '1,234,567',
    '12.346',
    '0.25',
    '0',
  ]);
});
