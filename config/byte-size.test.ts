import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseByteSize, printByteSize } from './byte-size.ts';
import { FormatError } from './format-error.ts';

test('sizes are read in every spelling of the reference', () => {
  const cases: readonly (readonly [unknown, number])[] = [
    [0, 0],
    [4096, 4096],
    ['4096', 4096],
    ['512B', 512],
    ['512 B', 512],
    ['100 KB', 100_000],
    ['1 MiB', 1_048_576],
    ['2.5 GB', 2_500_000_000],
    ['1.5 KiB', 1536],
    ['1 TiB', 1024 ** 4],
    ['8 Kb', 1000],
    ['16 b', 2],
    ['1 Kib', 128],
    [' 7 kB ', 7000],
  ];
  for (const [raw, bytes] of cases) assert.equal(parseByteSize(raw), bytes, String(raw));
});

test('what is no size is refused with a reason', () => {
  const noSize = /must be a byte size such as/;
  for (const raw of ['', '-1', 'unlimited', '1 XB', '1 iB', '1,5 GB', -1, 1.5, true, null, {}]) {
    assert.throws(() => parseByteSize(raw), noSize, String(raw));
  }
  assert.throws(() => parseByteSize('9'.repeat(40)), noSize);
  assert.throws(() => parseByteSize('0.5 B'), /must be a whole number of bytes/);
  assert.throws(() => parseByteSize('3 b'), /must be a whole number of bytes/);
  assert.throws(() => parseByteSize('9000 TiB'), /must be at most 2\^53 - 1 bytes/);
  assert.throws(() => parseByteSize('x'), FormatError);
});

test('sizes are printed in the largest unit that is exact', () => {
  assert.equal(printByteSize(0), '0 B');
  assert.equal(printByteSize(1_073_741_824), '1 GiB');
  assert.equal(printByteSize(2_000_000), '2 MB');
  assert.equal(printByteSize(1025), '1025 B');
});

test('a printed size is read back unchanged', () => {
  const factor = fc.constantFrom(1, 1000, 1024, 10 ** 6, 2 ** 20, 10 ** 9, 2 ** 30, 10 ** 12);
  const bytes = fc.tuple(fc.nat({ max: 8000 }), factor).map(([count, unit]) => count * unit);
  fc.assert(fc.property(bytes, (size) => parseByteSize(printByteSize(size)) === size));
  fc.assert(fc.property(fc.maxSafeNat(), (size) => parseByteSize(printByteSize(size)) === size));
});
