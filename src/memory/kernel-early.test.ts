import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arenaPageBytes, indexEntryBytes, messageHeaderBytes } from '../wire/limits.ts';
import { compileKernel, instantiateKernel } from './kernel.ts';

const PAGES = 16;
const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
const kernel = instantiateKernel(await compileKernel(), memory);
const bytes = Buffer.from(memory.buffer);
const START = arenaPageBytes + 3;
const GUARD_BYTES = 16;

/** A message as a client sends it; `gap` bytes more than it has lie inside its boundaries. */
interface Sent {
  readonly id: bigint;
  readonly offset: bigint;
  readonly payloadBytes: number;
  readonly gap: number;
  readonly entryOffset: number;
}

/** Where the batch is stamped for. */
interface Target {
  readonly offset: bigint;
  readonly segmentBase: bigint;
  readonly position: number;
  readonly micros: bigint;
}

class Batch {
  readonly count: number;
  readonly length: number;
  readonly indexes = START;
  readonly messages: number;
  readonly #sent: Buffer;

  constructor(sent: readonly Sent[]) {
    this.count = sent.length;
    const indexes = Buffer.alloc(sent.length * indexEntryBytes);
    const frames: Buffer[] = [];
    let end = 0;
    for (const [i, { id, offset, payloadBytes, gap, entryOffset }] of sent.entries()) {
      const frame = Buffer.alloc(messageHeaderBytes + payloadBytes + gap, i + 1);
      frame.fill(0, 0, messageHeaderBytes);
      frame.writeBigUInt64LE(id, 8);
      frame.writeBigUInt64LE(offset, 24);
      frame.writeUInt32LE(payloadBytes, 52);
      frames.push(frame);
      end += frame.byteLength;
      indexes.writeUInt32LE(entryOffset, i * indexEntryBytes);
      indexes.writeUInt32LE(end, i * indexEntryBytes + 4);
    }
    this.length = end;
    this.messages = this.indexes + indexes.byteLength;
    this.#sent = Buffer.concat([indexes, ...frames, Buffer.alloc(GUARD_BYTES, 0xaa)]);
  }

  /** Puts the batch into the memory as it was sent. */
  place(): void {
    bytes.set(this.#sent, START);
  }

  /** What the memory has of it, with what lies behind it. */
  content(): Buffer {
    return Buffer.from(bytes.subarray(START, START + this.#sent.byteLength));
  }

  accept({ offset, segmentBase, position, micros }: Target): number {
    const { indexes, count, messages, length } = this;
    const place = [offset, segmentBase, position, micros] as const;
    return kernel.accept(indexes, count, messages, length, ...place);
  }

  acceptEarly(arrived: number, first: number, target: Target): number {
    const { indexes, count, messages, length } = this;
    const { offset, segmentBase, position, micros } = target;
    const place = [offset, segmentBase, position, micros] as const;
    return kernel.acceptEarly(indexes, count, messages, length, arrived, first, ...place);
  }

  undo(stamped: number, { position }: Target): void {
    kernel.undoEarly(this.indexes, stamped, this.messages, position);
  }
}

const plain: Sent = { id: 1n, offset: 0n, payloadBytes: 10, gap: 0, entryOffset: 0 };
const usual = {
  id: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  offset: fc.constant(0n),
  payloadBytes: fc.nat({ max: 1500 }),
  gap: fc.constant(0),
  entryOffset: fc.constant(0),
};
const usualMessages = fc.array(fc.record(usual), { minLength: 1, maxLength: 20 });
const anyMessages = fc.array(
  fc.record({
    ...usual,
    offset: fc.constantFrom(0n, 0n, 0n, 0n, 0n, 1n, 9n),
    gap: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
    entryOffset: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
  }),
  { minLength: 1, maxLength: 12 },
);
const target: fc.Arbitrary<Target> = fc.record({
  offset: fc.bigInt({ min: 1000n, max: 2n ** 40n }),
  segmentBase: fc.bigInt({ min: 0n, max: 1000n }),
  position: fc.constantFrom(0, 5000, 2 ** 31 + 7, 2 ** 32 - 2 ** 16),
  micros: fc.bigInt({ min: 0n, max: 2n ** 62n }),
});
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** Has the batch stamped as it arrives in some pieces; returns how many messages were. */
function arrive(batch: Batch, steps: readonly number[], at: Target): number {
  let stamped = 0;
  for (const share of [...steps].sort((a, b) => a - b)) {
    const arrived = Math.floor(share * batch.length);
    const behind = Buffer.from(bytes.subarray(batch.messages + arrived));
    stamped = batch.acceptEarly(arrived, stamped, at);
    const still = bytes.subarray(batch.messages + arrived);
    assert.ok(still.equals(behind), 'what has not arrived is not touched');
  }
  return stamped;
}

describe('acceptEarly', () => {
  it('makes of a batch in pieces what accept makes of it as a whole', () => {
    fc.assert(
      fc.property(usualMessages, shares, target, (sent, steps, at) => {
        const batch = new Batch(sent);
        batch.place();
        assert.equal(batch.accept(at), 0);
        const expected = batch.content();
        batch.place();
        assert.equal(arrive(batch, [...steps, 1], at), batch.count);
        assert.ok(batch.content().equals(expected));
      }),
    );
  });

  it('stamps every message that is whole', () => {
    const batch = new Batch([1, 2, 3].map((n) => ({ ...plain, id: BigInt(n) })));
    const at = { offset: 5n, segmentBase: 0n, position: 0, micros: 1n };
    batch.place();
    assert.equal(batch.acceptEarly(73, 0, at), 0);
    assert.equal(batch.acceptEarly(74, 0, at), 1);
    assert.equal(batch.acceptEarly(221, 1, at), 2);
    assert.equal(batch.acceptEarly(222, 2, at), 3);
    assert.equal(batch.acceptEarly(222, 3, at), 3);
  });

  it('stops where a batch is unusual, and leaves it there', () => {
    const unusual: readonly Partial<Sent>[] = [{ offset: 1n }, { gap: 1 }, { entryOffset: 1 }];
    const at = { offset: 5n, segmentBase: 0n, position: 0, micros: 1n };
    for (const fault of unusual) {
      const batch = new Batch([plain, { ...plain, ...fault }, plain]);
      batch.place();
      assert.equal(batch.acceptEarly(batch.length, 0, at), 1);
      assert.equal(batch.acceptEarly(batch.length, 1, at), 1);
    }
  });
});

describe('undoEarly', () => {
  it('leaves what accept judges and stamps as if nothing had been', () => {
    fc.assert(
      fc.property(anyMessages, shares, target, target, (sent, steps, first, second) => {
        const batch = new Batch(sent);
        batch.place();
        const status = batch.accept(second);
        const expected = batch.content();
        batch.place();
        batch.undo(arrive(batch, steps, first), first);
        assert.equal(batch.accept(second), status);
        if (status === 0) assert.ok(batch.content().equals(expected));
      }),
      { numRuns: 500 },
    );
  });
});
