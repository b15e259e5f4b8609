import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xxh32 } from '@node-rs/xxhash';
import fc from 'fast-check';
import { xxhash32 } from './xxhash32.ts';

const vectors: readonly (readonly [Buffer, number])[] = [
  [Buffer.from(''), 0x02cc5d05],
  [Buffer.from('user-42'), 1635883646],
  [Buffer.from('a'), 1426945110],
  [Buffer.from('key-1'), 962816521],
  [Buffer.from('order-1'), 3255428072],
  [Buffer.from('2a000000', 'hex'), 1161967057],
  [Buffer.from('127.0.0.1:54321'), 2650268133],
  [Buffer.from('[::1]:40000'), 1276173712],
];

test('the vectors of the protocol', () => {
  for (const [bytes, hash] of vectors) assert.equal(xxhash32(bytes), hash, bytes.toString());
});

test('every length up to 300 agrees with the native hash', () => {
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 167) & 0xff));
  for (let length = 0; length <= bytes.length; length += 1) {
    const part = bytes.subarray(0, length);
    assert.equal(xxhash32(part), xxh32(part), `length ${length}`);
  }
});

test('any bytes and any seed agree with the native hash', () => {
  const seeds = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), seeds, (bytes, seed) => {
      assert.equal(xxhash32(bytes, seed), xxh32(Buffer.from(bytes), seed));
    }),
  );
});
