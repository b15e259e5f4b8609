import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDuration, printDuration } from './duration.ts';

test('durations are read in every spelling of the reference', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['5s', 5000],
    ['5 s', 5000],
    ['100ms', 100],
    ['1 m', 60_000],
    ['1 h', 3_600_000],
    ['7 days', 604_800_000],
    ['2 days 4 hours 15 minutes', 188_100_000],
    ['1H 30MIN', 5_400_000],
    ['1.5 s', 1500],
    ['2000 us', 2],
    ['1 month', 2_630_016_000],
    ['1 year', 31_557_600_000],
    ['0', 0],
    ['none', 0],
    ['Disabled', 0],
    ['unlimited', 0],
  ];
  for (const [raw, ms] of cases) assert.equal(parseDuration(raw), ms, raw);
});

test('what is no duration is refused with a reason', () => {
  const noDuration = /must be a text with units such as/;
  for (const raw of ['', '10', '5 parsecs', 's', '5 s,', '-5 s', 10, true, null, {}]) {
    assert.throws(() => parseDuration(raw), noDuration, String(raw));
  }
  assert.throws(() => parseDuration(`${'9'.repeat(40)} s`), noDuration);
  assert.throws(() => parseDuration('1500 us'), /whole number of milliseconds/);
  assert.throws(() => parseDuration('0.5 us'), /whole number of microseconds/);
  assert.throws(() => parseDuration('400000 years'), /at most 2\^53 - 1 milliseconds/);
});

test('durations are printed in their parts', () => {
  assert.equal(printDuration(0), '0 s');
  assert.equal(printDuration(10_000), '10 s');
  assert.equal(printDuration(90_061_001), '1 d 1 h 1 m 1 s 1 ms');
});

test('a printed duration is read back unchanged', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => parseDuration(printDuration(ms)) === ms));
});
