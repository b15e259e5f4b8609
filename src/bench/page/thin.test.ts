import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thinned } from './thin.ts';

const line = (length: number, heightOf: (index: number) => number) =>
  Array.from({ length }, (_, index) => ({ x: index, y: heightOf(index) }));

test('a short line stays as it is', () => {
  const points = line(10, (index) => index);
  assert.equal(thinned(points, 10), points);
});

test('ends and peaks of a long line stay', () => {
  const points = line(10_000, (index) => (index === 4321 ? 1000 : index % 3));
  const few = thinned(points, 100);
  assert.equal(few.length, 100);
  assert.deepEqual([few[0], few[99]], [points[0], points[9999]]);
  assert.ok(few.includes(points[4321]));
  const times = few.map(({ x }) => x);
  assert.deepEqual(
    times,
    [...times].sort((left, right) => left - right),
  );
});
