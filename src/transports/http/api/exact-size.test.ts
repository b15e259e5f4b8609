import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseByteSize } from '../../../../config/byte-size.ts';
import { printExactSize } from './exact-size.ts';

test('sizes have the largest unit that shows them exactly', () => {
  for (const [bytes, text] of [
    [0n, '0 B'],
    [999n, '999 B'],
    [1000n, '1 KB'],
    [1001n, '1.001 KB'],
    [1024n, '1 KiB'],
    [1536n, '1.5 KiB'],
    [10240n, '10 KiB'],
    [100502n, '100.502 KB'],
    [3211776n, '3136.5 KiB'],
    [1_000_001n, '1000.001 KB'],
    [2n ** 60n, '1 EiB'],
    [10n ** 18n, '1 EB'],
  ] as const) {
    assert.equal(printExactSize(bytes), text);
  }
});

test('a size is read back as it was', () => {
  const bytes = fc.oneof(
    fc.nat(5000),
    fc.nat(2 ** 31 - 1),
    fc.nat(1000).map((n) => n * 1024),
  );
  fc.assert(
    fc.property(bytes, (size) => assert.equal(parseByteSize(printExactSize(BigInt(size))), size)),
  );
});
