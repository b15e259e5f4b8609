import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader } from './reader.ts';
import { status } from './status.ts';
import { Writer } from './writer.ts';

test('every field survives the growth of the buffer in front of it', () => {
  const writer = new Writer(1);
  writer.u8(1).u16(2).u32(3).u64(4n).f32(0.5).bool(true).bytes(Buffer.from('bytes'));
  writer.name8('name', 'name').str8('text', 'text').str32('long').zeros(3);
  const reader = new Reader(new Uint8Array(writer.finish()));
  assert.equal(reader.u8('u8'), 1);
  assert.equal(reader.u16('u16'), 2);
  assert.equal(reader.u32('u32'), 3);
  assert.equal(reader.u64('u64'), 4n);
  assert.equal(reader.f32('f32'), 0.5);
  assert.equal(reader.bool('bool'), true);
  assert.equal(reader.utf8(5, 'bytes'), 'bytes');
  assert.equal(reader.name8('name8'), 'name');
  assert.equal(reader.str8('str8'), 'text');
  assert.equal(reader.str32('str32'), 'long');
  assert.deepEqual([...reader.view(3, 'zeros')], [0, 0, 0]);
  assert.equal(reader.remaining, 0);
});

test('each field grows the buffer by itself as well', () => {
  const fields: readonly ((writer: Writer) => Writer)[] = [
    (writer) => writer.u16(0x0101),
    (writer) => writer.u32(0x01010101),
    (writer) => writer.u64(0x0101010101010101n),
    (writer) => writer.bytes(Buffer.from([1, 1, 1])),
  ];
  for (const field of fields) {
    const bytes = field(new Writer(1)).finish();
    assert.ok(bytes.every((byte) => byte === 1));
  }
});

test('reserved room is not part of what was written', () => {
  const writer = new Writer(1).u8(9).reserve(1000);
  assert.deepEqual([...writer.finish()], [9]);
});

test('numbers that do not fit their field are refused', () => {
  assert.throws(() => new Writer().u8(256), RangeError);
  assert.throws(() => new Writer().u16(-1), RangeError);
  assert.throws(() => new Writer().u32(2 ** 32), RangeError);
  assert.throws(() => new Writer().u64(2n ** 64n), RangeError);
});

test('texts outside their length are status 4', () => {
  const long = 'é'.repeat(128);
  assert.throws(() => new Writer().name8('', 'name'), { code: status.InvalidFormat });
  assert.throws(() => new Writer().str8(long, 'text'), { code: status.InvalidFormat });
});
