import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receiveRestBytesMax } from '../../wire/limits/early-stamps.ts';
import { type ByteInput, readRest } from './receive.ts';

/** A frame that is as large as it says. */
class LargeFrame implements ByteInput {
  filled = 0;
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  target(bytesMax: number): Buffer | undefined {
    const left = this.#bytes - this.filled;
    return left === 0 ? undefined : Buffer.alloc(Math.min(bytesMax, left));
  }

  onBytes(): boolean {
    return true;
  }

  onFilled(bytes: number): boolean {
    this.filled += bytes;
    return true;
  }
}

const MIB = 1024 * 1024;
const readAll = (target: Buffer) => target.byteLength;

test('a frame of which more and more arrives leaves others their turn', () => {
  const frame = new LargeFrame(64 * MIB);
  assert.equal(readRest(frame, readAll), true);
  assert.equal(frame.filled, receiveRestBytesMax);
});

test('a piece that does not fill up is the last of its turn', () => {
  const frame = new LargeFrame(64 * MIB);
  let reads = 0;
  assert.equal(
    readRest(frame, (target) => (++reads === 3 ? 5 : target.byteLength)),
    true,
  );
  assert.equal(reads, 3);
});
