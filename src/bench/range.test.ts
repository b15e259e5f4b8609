import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draw, fixed, isFixed, rangeParameter } from './range.ts';

test('a range gives its ends and nothing outside', () => {
  const range = { min: 200, max: 202 };
  const draws = [0, 0.33, 0.34, 0.67, 0.999].map((value) => draw(range, () => value));
  assert.deepEqual(draws, [200, 200, 201, 202, 202]);
});

test('a single number is a range that is shown as the number', () => {
  assert.equal(
    draw(fixed(7), () => 0.999),
    7,
  );
  assert.equal(isFixed(fixed(7)), true);
  assert.equal(rangeParameter(fixed(7)), 7);
  assert.equal(rangeParameter({ min: 1, max: 7 }), '1..7');
});
