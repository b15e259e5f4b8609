import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FailureTable } from './failure-table.ts';

const rate = { failuresMax: 10, periodMs: 1000 };

test('a key is full after its last failure, and has room again bit by bit', () => {
  const table = new FailureTable(rate);
  for (let failure = 1; failure <= 10; failure++) {
    assert.equal(table.isFull('a', 0), false);
    assert.equal(table.add('a', 0), failure === 10);
  }
  assert.equal(table.isFull('a', 99), true);
  assert.equal(table.isFull('b', 99), false);
  assert.equal(table.isFull('a', 100), false);
  table.add('a', 100);
  assert.equal(table.isFull('a', 150), true);
  assert.equal(table.count('a', 1100), 0);
});

test('a key that stays full is news once, and again after a period without', () => {
  const table = new FailureTable({ failuresMax: 1, periodMs: 1000 });
  assert.equal(table.add('a', 0), true);
  assert.equal(table.add('a', 1000), false);
  assert.equal(table.add('a', 2000), false);
  assert.equal(table.add('a', 3001), true);
});

test('in any time no more failures are borne than the rate allows', () => {
  const waits = fc.array(fc.nat(300), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(waits, (waitsMs) => {
      const table = new FailureTable(rate);
      let nowMs = 0;
      const borneMs: number[] = [];
      for (const waitMs of waitsMs) {
        nowMs += waitMs;
        if (table.isFull('a', nowMs)) continue;
        table.add('a', nowMs);
        borneMs.push(nowMs);
      }
      for (const [index, startMs] of borneMs.entries()) {
        const count = borneMs.slice(index).filter((ms) => ms < startMs + rate.periodMs).length;
        assert.ok(count <= 2 * rate.failuresMax);
      }
    }),
  );
});

test('more keys than are remembered push out those that failed longest ago', () => {
  const table = new FailureTable(rate, 3);
  for (const key of ['a', 'b', 'c', 'a', 'd']) table.add(key, 0);
  assert.equal(table.size, 3);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => table.count(key, 0)),
    [2, 0, 1, 1],
  );
});
