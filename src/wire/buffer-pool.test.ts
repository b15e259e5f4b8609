import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from './buffer-pool.ts';
import { poolBytesMax, pooledBufferBytesMin } from './limits.ts';

test('a released buffer is used again for others of its size', () => {
  const pool = new BufferPool();
  const first = pool.allocate(100_000);
  const second = pool.allocate(100_000);
  assert.notEqual(first.buffer, second.buffer);
  pool.release(first.subarray(0, 90_000));
  assert.equal(pool.allocate(131_072).buffer, first.buffer);
  assert.notEqual(pool.allocate(100_000).buffer, first.buffer);
});

test('small buffers are not kept', () => {
  const pool = new BufferPool();
  const frame = pool.allocate(pooledBufferBytesMin - 1);
  pool.release(frame);
  assert.notEqual(pool.allocate(pooledBufferBytesMin).buffer, frame.buffer);
});

test('no more is kept than the limit', () => {
  const pool = new BufferPool();
  const half = poolBytesMax / 2;
  const frames = [1, 2, 3].map(() => pool.allocate(half));
  for (const frame of frames) pool.release(frame);
  const again = [1, 2, 3].map(() => pool.allocate(half).buffer);
  const known = new Set(frames.map(({ buffer }) => buffer));
  assert.equal(again.filter((buffer) => known.has(buffer)).length, 2);
});
