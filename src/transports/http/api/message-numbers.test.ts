import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageNumbers } from './message-numbers.ts';

/** Numbers of 64 bits one behind the other, in the memory of something larger. */
function numbersOf(values: readonly bigint[]): MessageNumbers {
  const bytes = Buffer.alloc(8 * values.length + 3);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(value, 3 + 8 * index);
  return new MessageNumbers(bytes.subarray(3));
}

test('all digits of a number are there, whether or not JavaScript holds it', () => {
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const edges = fc.constantFrom(0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n);
  fc.assert(
    fc.property(fc.array(fc.oneof(u64, edges), { minLength: 2 }), (values) => {
      const numbers = numbersOf(values);
      for (const [index, value] of values.entries()) {
        assert.equal(numbers.u64(8 * index), String(value));
        assert.equal(numbers.timestamp(8 * index), String(value));
        assert.equal(numbers.originTimestamp(8 * index), String(value));
        assert.equal(numbers.u32(8 * index), Number(value & 0xffff_ffffn));
      }
      assert.equal(numbers.u128(0), String((values[1] << 64n) | values[0]));
    }),
  );
});

test('a time that comes again has the same digits, one that differs its own', () => {
  const times = [0n, 7n, 7n, 2n ** 32n + 7n, 7n, 2n ** 60n, 2n ** 60n];
  const numbers = numbersOf(times);
  const digits = times.map((_, index) => numbers.timestamp(8 * index));
  assert.deepEqual(digits, times.map(String));
});
