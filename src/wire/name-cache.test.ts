import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NameCache } from './name-cache.ts';

const decode = (part: Uint8Array) => Buffer.from(part).toString('utf8');

test('a name is what its bytes say, known or not', () => {
  const cache = new NameCache();
  const names = fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 255 }), fc.nat(9)));
  fc.assert(
    fc.property(names, (asked) => {
      for (const [name, padding] of [...asked, ...asked]) {
        const text = Buffer.from(name);
        const bytes = Buffer.concat([Buffer.alloc(padding, 0x2e), text, Buffer.alloc(3)]);
        const read = cache.read(bytes, padding, text.byteLength, decode);
        assert.equal(read, text.toString('utf8'));
      }
    }),
  );
});

test('a known name is decoded once, and does not follow the memory that it was read from', () => {
  const cache = new NameCache();
  const bytes = Buffer.from('orders');
  let decoded = 0;
  const count = (part: Uint8Array) => {
    decoded++;
    return decode(part);
  };
  for (let i = 0; i < 3; i++) assert.equal(cache.read(bytes, 0, 6, count), 'orders');
  assert.equal(decoded, 1);
  bytes.write('orderS');
  assert.equal(cache.read(bytes, 0, 6, count), 'orderS');
  assert.equal(cache.read(Buffer.from('orders'), 0, 6, count), 'orders');
});

test('what cannot be decoded is not remembered', () => {
  const cache = new NameCache();
  const refuse = () => {
    throw new Error('no text');
  };
  for (let i = 0; i < 2; i++) {
    assert.throws(() => cache.read(Buffer.of(0xff), 0, 1, refuse), /no text/);
  }
});
