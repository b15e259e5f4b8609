import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { percentile, spread, spreadText } from './statistics.ts';

test('an odd number of values has a middle one', () => {
  assert.deepEqual(spread([30, 10, 20]), { median: 20, min: 10, max: 30 });
});

test('an even number of values has a median between the two in the middle', () => {
  assert.deepEqual(spread([40, 10, 20, 30]), { median: 25, min: 10, max: 40 });
});

test('a range is written with as many digits as are wanted', () => {
  assert.equal(spreadText({ median: 9.5, min: 1, max: 20_000 }, 1), '9.5 (1.0–20,000.0)');
});

test('numbers are ordered as numbers', () => {
  assert.deepEqual(spread([9, 100, 10]), { median: 10, min: 9, max: 100 });
});

test('percentiles are values that were measured', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  assert.equal(percentile(values, 50), 100);
  assert.equal(percentile(values, 99), 198);
  assert.equal(percentile([7], 1), 7);
});

test('nothing cannot be summarized', () => {
  assert.throws(() => spread([]), /nothing to summarize/);
  assert.throws(() => percentile([], 50), /nothing to summarize/);
});

test('half of the values lie on either side of the median, and the input keeps its order', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, (given) => {
      const before = [...given];
      const { median, min, max } = spread(given);
      assert.deepEqual(given, before);
      assert.equal(min, Math.min(...given));
      assert.equal(max, Math.max(...given));
      assert.ok(given.filter((value) => value < median).length <= given.length / 2);
      assert.ok(given.filter((value) => value > median).length <= given.length / 2);
    }),
  );
});
