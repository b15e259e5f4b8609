import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf } from './plateau.ts';

const series = (value: (round: number) => number, rounds = 30) =>
  Array.from({ length: rounds }, (_, round) => value(round));

test('a series that warms up and then stays does not grow', () => {
  const warming = series((round) => 100 - 50 / (1 + round * round) + (round % 3));
  assert.ok(Math.abs(growthOf(warming)) < 2);
  assert.equal(growthOf(series((round) => (round === 27 ? 1000 : 100))), 0);
});

test('a leak of a little in every round is seen, the more the longer it goes on', () => {
  assert.equal(growthOf(series((round) => 100 + round)), 10);
  assert.equal(growthOf(series((round) => 100 + round, 300)), 100);
});

test('few rounds tell nothing', () => {
  assert.throws(() => growthOf([1, 2, 3]), /tell nothing/);
});
