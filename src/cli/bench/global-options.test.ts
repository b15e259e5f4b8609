import assert from 'node:assert/strict';
import { test } from 'node:test';
import { range, threadCounts } from './global-options.ts';

test('a range is one number or two', () => {
  assert.deepEqual(range(1, 1000)('500'), { min: 500, max: 500 });
  assert.deepEqual(range(1, 1000)('1..1000'), { min: 1, max: 1000 });
});

test('what is no range, or out of bounds, is refused', () => {
  for (const text of ['', '0', '1001', '5..1', '1..2..3', '1..', '..5', 'a..b', '1.5']) {
    assert.throws(() => range(1, 1000)(text), { name: 'InvalidArgumentError' }, text);
  }
});

test('threads stand between commas', () => {
  assert.deepEqual(threadCounts('1,2, 4'), [1, 2, 4]);
  for (const text of ['', '0', '1,', 'x', '1,25']) assert.throws(() => threadCounts(text), text);
});
