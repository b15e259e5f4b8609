import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { xxh3 } from '@node-rs/xxhash';
import fc from 'fast-check';
import {
  arenaPageBytes,
  encryptionBytes,
  indexEntryBytes,
  messageHeaderBytes,
  messagePayloadBytesMax,
  userHeadersBytesMax,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { compileKernel, instantiateKernel, type Kernel, scanStop } from './kernel.ts';

// Room for one message of the largest size; pages that are never touched cost nothing.
const PAGES = Math.ceil((messagePayloadBytesMax + userHeadersBytesMax) / arenaPageBytes) + 16;
const START = arenaPageBytes;
const GUARD = 0xaa;
const TIMESTAMP = 1_700_000_000_500_000n;

const module = await compileKernel();
const memory = newMemory(PAGES);
const kernel = instantiateKernel(module, memory);
const bytes = Buffer.from(memory.buffer);

function newMemory(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** A message as a client sends it, before it is laid out in memory. */
interface Message {
  readonly id?: bigint;
  readonly offset?: bigint;
  readonly payload: Uint8Array;
  readonly headers?: Uint8Array;
}

function frame({ id = 0n, offset = 0n, payload, headers = Buffer.alloc(0) }: Message): Buffer {
  const header = Buffer.alloc(messageHeaderBytes);
  header.writeBigUInt64LE(BigInt.asUintN(64, id), 8);
  header.writeBigUInt64LE(id >> 64n, 16);
  header.writeBigUInt64LE(offset, 24);
  header.writeBigUInt64LE(TIMESTAMP - 7n, 40);
  header.writeUInt32LE(headers.length, 48);
  header.writeUInt32LE(payload.length, 52);
  return Buffer.concat([header, payload, headers]);
}

interface Batch {
  readonly indexes: Buffer;
  readonly messages: Buffer;
}

function batchOf(messages: readonly Message[]): Batch {
  const frames = messages.map(frame);
  const indexes = Buffer.alloc(messages.length * indexEntryBytes);
  let end = 0;
  for (const [i, { length }] of frames.entries()) {
    end += length;
    indexes.writeUInt32LE(end, i * indexEntryBytes + 4);
  }
  return { indexes, messages: Buffer.concat(frames) };
}

function equalMessages(count: number, payloadBytes: number): Message[] {
  return Array.from({ length: count }, (_, i) => ({ payload: Buffer.alloc(payloadBytes, i) }));
}

/** Where a batch lies in the memory. */
interface Place {
  readonly indexes: number;
  readonly count: number;
  readonly messages: number;
  readonly length: number;
}

function place({ indexes, messages }: Batch, start: number, target: Buffer = bytes): Place {
  target.set(indexes, start);
  target.set(messages, start + indexes.length);
  return {
    indexes: start,
    count: indexes.length / indexEntryBytes,
    messages: start + indexes.length,
    length: messages.length,
  };
}

/** The status of a batch whose messages end with the memory: a read behind them would trap. */
function statusOf(batch: Batch): number {
  const size = batch.indexes.length + batch.messages.length;
  return accept(place(batch, bytes.length - size), 0n, 0n, 0);
}

/** What `check` says of the same batch at the same place; it must leave it as it is. */
function checkOf(batch: Batch): number {
  const size = batch.indexes.length + batch.messages.length;
  const { indexes, count, messages, length } = place(batch, bytes.length - size);
  const result = kernel.check(indexes, count, messages, length);
  assert.ok(bytes.subarray(messages).equals(batch.messages));
  assert.ok(bytes.subarray(indexes, messages).equals(batch.indexes));
  return result;
}

function accept(
  at: Place,
  offset: bigint,
  segmentBase: bigint,
  position: number,
  by = kernel,
): number {
  const { indexes, count, messages, length } = at;
  return by.accept(indexes, count, messages, length, offset, segmentBase, position, TIMESTAMP);
}

/** Accepts a batch that is as it should be. */
function stamp(
  at: Place,
  offset: bigint,
  segmentBase: bigint,
  position: number,
  by = kernel,
): void {
  assert.equal(accept(at, offset, segmentBase, position, by), 0);
}

/** Scans an area and returns the number of messages, the reason of the stop, the index entries. */
function scan(area: Buffer, offset: bigint, segmentBase = 0n, position = 0, capacity = 100) {
  const start = bytes.length - area.length;
  bytes.set(area, start);
  bytes.fill(GUARD, START, START + (capacity + 1) * indexEntryBytes);
  const operands = [start, area.length, offset, segmentBase, position, START, capacity] as const;
  const count = kernel.scan(...operands);
  const written = START + count * indexEntryBytes;
  const behind = bytes.subarray(written, START + (capacity + 1) * indexEntryBytes);
  assert.ok(behind.every((byte) => byte === GUARD));
  return { count, stop: kernel.scanStop(), entries: Buffer.from(bytes.subarray(START, written)) };
}

/** A stamped batch of small messages of different lengths, and where each message ends. */
function storedBatch(count: number, offset: bigint): Batch & { readonly ends: number[] } {
  const messages = Array.from({ length: count }, (_, i) => ({
    payload: Buffer.alloc(i * 9, i + 1),
    headers: Buffer.alloc(i % 3, 7),
  }));
  const batch = batchOf(messages);
  const at = place(batch, START);
  stamp(at, offset, 0n, 0);
  return {
    indexes: Buffer.from(bytes.subarray(at.indexes, at.messages)),
    messages: Buffer.from(bytes.subarray(at.messages, at.messages + at.length)),
    ends: messages.map((_, i) => batch.indexes.readUInt32LE(i * indexEntryBytes + 4)),
  };
}

/** Reads the fields of a batch the way the rules of protocol section 4.4 speak of them. */
function ruleStatus({ indexes, messages }: Batch): number {
  const count = indexes.length / indexEntryBytes;
  if (count === 0) return status.InvalidMessagesCount;
  let previousPosition = 0;
  let previousOffset = 0n;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const position = indexes.readUInt32LE(i * indexEntryBytes + 4);
    const end = i === count - 1 ? messages.length : position;
    if (indexes.readUInt32LE(i * indexEntryBytes) !== 0) return status.NonZeroOffset;
    if (indexes.readBigUInt64LE(i * indexEntryBytes + 8) !== 0n) return status.NonZeroTimestamp;
    if (end > messages.length || end - previousPosition < messageHeaderBytes) {
      return status.MissingIndex;
    }
    const headers = messages.readUInt32LE(previousPosition + 48);
    const payload = messages.readUInt32LE(previousPosition + 52);
    const size = messageHeaderBytes + payload + headers;
    if (end - previousPosition < size) return status.MissingIndex;
    if (payload > messagePayloadBytesMax) return status.TooBigMessagePayload;
    if (headers > userHeadersBytesMax) return status.TooBigUserHeaders;
    const offset = messages.readBigUInt64LE(previousPosition + 24);
    if (offset < previousOffset) return status.InvalidOffset;
    if (position < previousPosition) return status.CannotReadIndexPosition;
    previousOffset = offset;
    previousPosition = position;
    total += size;
  }
  return total === messages.length ? 0 : status.InvalidMessagesSize;
}

const messageOf: fc.Arbitrary<Message> = fc.record({
  id: fc.oneof(fc.constantFrom(0n, 1n, 1n << 64n), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })),
  offset: fc.constantFrom(0n, 0n, 0n, 1n, (1n << 63n) + 1n),
  payload: fc.uint8Array({ maxLength: 400 }),
  headers: fc.uint8Array({ maxLength: 40 }),
});
const messagesOf = fc.array(messageOf, { minLength: 1, maxLength: 6 });
/** Messages that no rule refuses: their offsets do not fall. */
const soundMessagesOf = messagesOf.map((messages) => {
  const offsets = messages.map(({ offset }) => offset ?? 0n).sort((a, b) => (a < b ? -1 : 1));
  return messages.map((message, i) => ({ ...message, offset: offsets[i] }));
});

describe('xxh3', () => {
  function check(pointer: number, length: number): void {
    const expected = xxh3.xxh64(Buffer.from(bytes.subarray(pointer, pointer + length)));
    assert.equal(kernel.xxh3(pointer, length), expected, `${length} bytes at ${pointer}`);
  }

  function fillWithNoise(start: number, length: number): void {
    for (let i = 0; i < length; i++) bytes[start + i] = (Math.imul(i, 0x9e3779b1) >>> 23) ^ i;
  }

  it('knows the checksum of no bytes', () => {
    assert.equal(kernel.xxh3(START, 0), 0x2d06800538d394c2n);
  });

  it('agrees with the native hash at every length up to 3000', () => {
    fillWithNoise(START, 4000);
    for (let length = 0; length <= 3000; length++) check(START + (length % 61), length);
  });

  it('agrees with the native hash at any alignment up to 1 MiB', () => {
    fillWithNoise(START, 2 ** 20 + 64);
    const length = fc.integer({ min: 241, max: 2 ** 20 });
    const property = fc.property(length, fc.nat(63), (n, shift) => check(START + shift, n));
    fc.assert(property, { numRuns: 60 });
  });
});

describe('mask', () => {
  it('does to every byte what a loop would do, and to no other', () => {
    const place = START + 64;
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 0, max: 15 }),
        fc.integer(),
        (given, shift, key) => {
          const start = place + shift;
          const end = start + given.byteLength;
          bytes.fill(GUARD, place - 16, end + 16);
          bytes.set(given, start);
          kernel.mask(start, given.byteLength, key);
          const expected = given.map((byte, i) => byte ^ (key >>> (8 * (i % 4))));
          assert.deepEqual(new Uint8Array(bytes.subarray(start, end)), new Uint8Array(expected));
          const guards = [bytes[start - 1], bytes[end]];
          assert.deepEqual(guards, [GUARD, GUARD]);
        },
      ),
    );
  });
});

describe('accept, checks', () => {
  const three = (): Batch => batchOf(equalMessages(3, 10));

  function mutated(mutate: (batch: Batch) => void, batch = three()): number {
    mutate(batch);
    return statusOf(batch);
  }

  it('accepts batches as clients send them', () => {
    assert.equal(statusOf(three()), 0);
    assert.equal(statusOf(batchOf(equalMessages(1, 0))), 0);
    const withHeaders = { payload: Buffer.from('a'), headers: Buffer.alloc(userHeadersBytesMax) };
    assert.equal(statusOf(batchOf([withHeaders, withHeaders])), 0);
  });

  it('ignores the position of the last entry unless it is smaller than the one before', () => {
    const last = 2 * indexEntryBytes + 4;
    const set = (value: number) => mutated(({ indexes }) => indexes.writeUInt32LE(value, last));
    assert.equal(set(0xffffffff), 0);
    assert.equal(set(148), 0);
    assert.equal(set(147), status.CannotReadIndexPosition);
  });

  it('names each fault by its status', () => {
    assert.equal(statusOf(batchOf([])), status.InvalidMessagesCount);
    const cases: readonly (readonly [number, (batch: Batch) => void])[] = [
      [status.NonZeroOffset, ({ indexes }) => indexes.writeUInt32LE(1, indexEntryBytes)],
      [status.NonZeroTimestamp, ({ indexes }) => indexes.writeUInt8(1, indexEntryBytes + 15)],
      [status.MissingIndex, ({ indexes }) => indexes.writeUInt32LE(73, 4)],
      [status.MissingIndex, ({ indexes }) => indexes.writeUInt32LE(223, 4)],
      [status.MissingIndex, ({ indexes }) => indexes.writeUInt32LE(73, indexEntryBytes + 4)],
      [status.MissingIndex, ({ messages }) => messages.writeUInt32LE(0xffffffff, 52)],
      [status.MissingIndex, ({ messages }) => messages.fill(0xff, 48, 56)],
      [status.InvalidOffset, ({ messages }) => messages.writeUInt8(1, 24)],
      [status.InvalidMessagesSize, ({ messages }) => messages.writeUInt32LE(9, 52)],
    ];
    for (const [expected, mutate] of cases) assert.equal(mutated(mutate), expected);
  });

  it('refuses user headers and payloads one byte over the limit', () => {
    const headers = Buffer.alloc(userHeadersBytesMax + 1);
    assert.equal(statusOf(batchOf([{ payload: headers, headers }])), status.TooBigUserHeaders);
    const large = newMemory(messagePayloadBytesMax / arenaPageBytes + 3);
    const spacious = instantiateKernel(module, large);
    const header = frame({ payload: Buffer.alloc(0) });
    const acceptOne = (payloadBytes: number): number => {
      header.writeUInt32LE(payloadBytes, 52);
      const batch = { indexes: Buffer.alloc(indexEntryBytes), messages: header };
      const at = place(batch, START, Buffer.from(large.buffer));
      return accept({ ...at, length: messageHeaderBytes + payloadBytes }, 0n, 0n, 0, spacious);
    };
    assert.equal(acceptOne(messagePayloadBytesMax), 0);
    assert.equal(acceptOne(messagePayloadBytesMax + 1), status.TooBigMessagePayload);
  });
});

describe('accept, mutated batches', () => {
  const number = fc.oneof(
    fc.nat(80),
    fc.nat(600),
    fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffc0, 0xffffffff),
  );
  const mutation = fc.record({
    field: fc.constantFrom('offset', 'timestamp', 'position', 'headers', 'payload', 'id', 'size'),
    message: fc.nat(5),
    number,
  });

  function mutate(batch: Batch, step: { field: string; message: number; number: number }): Batch {
    const { indexes, messages } = batch;
    const entry = (step.message * indexEntryBytes) % indexes.length;
    const start = entry === 0 ? 0 : indexes.readUInt32LE(entry - 12);
    const field = { headers: 48, payload: 52, id: 24 }[step.field];
    if (step.field === 'offset') indexes.writeUInt32LE(step.number, entry);
    else if (step.field === 'position') indexes.writeUInt32LE(step.number, entry + 4);
    else if (step.field === 'timestamp') indexes.writeUInt32LE(step.number, entry + 12);
    else if (step.field === 'size') return { indexes, messages: messages.subarray(0, step.number) };
    else if (start + 64 <= messages.length) messages.writeUInt32LE(step.number, start + field!);
    return batch;
  }

  /** Whether every frame ends where its entry says, the last one with the area. */
  function framesFill({ indexes, messages }: Batch): boolean {
    let end = 0;
    for (let entry = 0; entry < indexes.length; entry += indexEntryBytes) {
      end += messageHeaderBytes + messages.readUInt32LE(end + 48) + messages.readUInt32LE(end + 52);
      const isLast = entry + indexEntryBytes === indexes.length;
      if (end !== (isLast ? messages.length : indexes.readUInt32LE(entry + 4))) return false;
    }
    return true;
  }

  it('finds what the rules find, reads nothing outside, and lets no gap through', () => {
    const steps = fc.array(mutation, { maxLength: 2 });
    const property = fc.property(messagesOf, steps, (messages, mutations) => {
      const batch = mutations.reduce(mutate, batchOf(messages));
      const checked = checkOf(batch);
      const result = statusOf(batch);
      assert.equal(result, ruleStatus(batch));
      if (result === 0) assert.ok(framesFill(batch));
      if (result === 0) assert.ok(checked >= 0);
      else assert.equal(checked, -result);
    });
    fc.assert(property, { numRuns: 3000 });
  });
});

/** What `stamp` must make of a batch; ids that were zero are taken from the stamped messages. */
function stampedModel(batch: Batch, actual: Buffer, first: bigint, base: bigint, position: number) {
  const indexes = Buffer.from(batch.indexes);
  const messages = Buffer.from(batch.messages);
  let end = 0;
  for (let i = 0; i * indexEntryBytes < indexes.length; i++) {
    const start = end;
    end += messageHeaderBytes + messages.readUInt32LE(end + 48) + messages.readUInt32LE(end + 52);
    const offset = first + BigInt(i);
    const id = messages.subarray(start + 8, start + 24);
    if (id.every((byte) => byte === 0)) actual.copy(id, 0, start + 8, start + 24);
    messages.writeBigUInt64LE(offset, start + 24);
    messages.writeBigUInt64LE(TIMESTAMP, start + 32);
    messages.writeBigUInt64LE(0n, start + 56);
    messages.writeBigUInt64LE(xxh3.xxh64(messages.subarray(start + 8, end)), start);
    indexes.writeUInt32LE(Number(offset - base), i * indexEntryBytes);
    indexes.writeUInt32LE(position + end, i * indexEntryBytes + 4);
    indexes.writeBigUInt64LE(TIMESTAMP, i * indexEntryBytes + 8);
  }
  return { indexes, messages };
}

function assertUuid(id: Buffer): void {
  assert.equal(id[6] >> 4, 4, 'version');
  assert.equal(id[8] >> 6, 2, 'variant');
}

function idsOf(by: Kernel, count: number): Set<string> {
  const at = place(batchOf(equalMessages(count, 0)), START);
  stamp(at, 0n, 0n, 0, by);
  const ids = new Set<string>();
  for (let i = 0; i < count; i++) {
    const start = at.messages + i * messageHeaderBytes + 8;
    assertUuid(bytes.subarray(start, start + 16));
    ids.add(bytes.toString('hex', start, start + 16));
  }
  return ids;
}

describe('accept, what is stored', () => {
  it('makes the golden response of the golden request', async () => {
    const file = new URL('../../../tests/golden/frames.json', import.meta.url);
    const frames: { name: string; hex: string }[] = JSON.parse(await readFile(file, 'utf8'));
    const find = (name: string) => Buffer.from(frames.find((f) => f.name === name)!.hex, 'hex');
    const request = find('send_partition_two.req');
    const response = find('poll_messages_two.res');
    const indexes = 8 + 4 + request.readUInt32LE(8);
    const messages = request.subarray(indexes + 2 * indexEntryBytes);
    // The frame with id 0 got this one in the response.
    messages.write('efcdab8967452301efcdab8967452301', 8, 'hex');
    const at = place({ indexes: request.subarray(indexes, indexes + 32), messages }, START + 3);
    stamp(at, 0n, 0n, 0);
    const stored = bytes.subarray(at.messages, at.messages + at.length);
    assert.equal(stored.toString('hex'), response.toString('hex', 24));
  });

  it('changes the fields of the broker and no other byte, at any alignment', () => {
    const offsets = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n });
    const property = fc.property(
      fc.tuple(soundMessagesOf, offsets, fc.nat(2 ** 31), fc.nat(2 ** 30), fc.nat(63)),
      ([messages, base, relative, position, shift]) => {
        const batch = batchOf(messages);
        const size = batch.indexes.length + batch.messages.length;
        bytes.fill(GUARD, START, START + size + 256);
        const at = place(batch, START + 64 + shift);
        bytes[at.messages + 56] = 0xff;
        stamp(at, base + BigInt(relative), base, position);
        const actual = bytes.subarray(at.messages, at.messages + at.length);
        const expected = Buffer.alloc(size + 256, GUARD);
        const model = stampedModel(batch, actual, base + BigInt(relative), base, position);
        place(model, 64 + shift, expected);
        assert.ok(expected.equals(bytes.subarray(START, START + size + 256)));
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('is what stamp writes as well, without a look at the index', () => {
    const messages = [1, 0, 30].map((length, i) => ({
      id: BigInt(i) + 1n,
      payload: Buffer.alloc(length, i),
      headers: Buffer.alloc(i),
    }));
    const batch = batchOf(messages);
    const accepted = place(batch, START);
    stamp(accepted, 105n, 100n, 700);
    const { indexes, count, messages: start, length } = accepted;
    const expected = Buffer.from(bytes.subarray(indexes, start + length));
    place({ ...batch, indexes: Buffer.alloc(batch.indexes.length, GUARD) }, START);
    kernel.stamp(indexes, count, start, 105n, 100n, 700, TIMESTAMP);
    assert.ok(bytes.subarray(indexes, start + length).equals(expected));
  });

  it('gives messages without an id random ones, different in every instance', () => {
    const ids = idsOf(kernel, 2000);
    const others = idsOf(instantiateKernel(module, memory), 2000);
    assert.equal(ids.size, 2000);
    assert.equal(new Set([...ids, ...others]).size, 4000);
  });

  it('writes nothing behind a batch whose frames do not fill it', () => {
    for (const change of [{ length: 3 * 104 - 1 }, { count: 2 }]) {
      const at = place(batchOf(equalMessages(3, 40)), START);
      const behind = bytes.toString('hex', at.messages + 2 * 104, at.messages + at.length);
      assert.notEqual(accept({ ...at, ...change }, 0n, 0n, 0), 0);
      const after = bytes.toString('hex', at.messages + 2 * 104, at.messages + at.length);
      assert.equal(after, behind);
    }
  });

  it('reaches addresses above 2 GiB', (test) => {
    const pages = 2 ** 31 / arenaPageBytes + 2;
    let large: WebAssembly.Memory;
    try {
      large = newMemory(pages);
    } catch {
      test.skip('this machine has no room for such a memory');
      return;
    }
    const high = instantiateKernel(module, large);
    const area = Buffer.from(large.buffer, 2 ** 31, arenaPageBytes);
    const { indexes, count, messages, length } = place(batchOf(equalMessages(3, 300)), 64, area);
    const start = 2 ** 31 + messages;
    const at = { indexes: 2 ** 31 + indexes, count, messages: start, length };
    stamp(at, 5n, 5n, 0xf0000000, high);
    assert.equal(area.readUInt32LE(indexes + 4), 0xf0000000 + 364);
    assert.equal(high.scan(start, length, 5n, 5n, 0, 2 ** 31 + indexes, count), count);
    assert.equal(high.xxh3(start + 8, 356), area.readBigUInt64LE(messages));
  });
});

describe('scan', () => {
  it('rebuilds the index entries that accept wrote', () => {
    const property = fc.property(soundMessagesOf, fc.nat(2 ** 30), (messages, position) => {
      const at = place(batchOf(messages), START);
      stamp(at, 1000n, 400n, position);
      const indexes = Buffer.from(bytes.subarray(at.indexes, at.messages));
      const stored = Buffer.from(bytes.subarray(at.messages, at.messages + at.length));
      const found = scan(stored, 1000n, 400n, position);
      assert.deepEqual(found, { count: messages.length, stop: scanStop.end, entries: indexes });
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('stops at a message that is cut anywhere', () => {
    const { messages, ends } = storedBatch(5, 8n);
    for (let length = 0; length <= messages.length; length++) {
      const { count, stop } = scan(messages.subarray(0, length), 8n);
      assert.equal(count, ends.filter((end) => end <= length).length);
      const whole = length === 0 || ends.includes(length);
      assert.equal(stop, whole ? scanStop.end : scanStop.incomplete);
    }
  });

  it('stops at the message in which any bit flipped', () => {
    const { messages, ends } = storedBatch(4, 8n);
    for (let bit = 0; bit < messages.length * 8; bit++) {
      const flipped = Buffer.from(messages);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const { count, stop } = scan(flipped, 8n);
      assert.equal(count, ends.filter((end) => end <= bit >> 3).length);
      assert.notEqual(stop, scanStop.end);
    }
  });

  it('says why it stopped', () => {
    const { messages } = storedBatch(3, 8n);
    assert.equal(scan(messages, 9n).stop, scanStop.badOffset);
    assert.equal(scan(Buffer.alloc(200), 0n).stop, scanStop.badChecksum);
    const tail = scan(Buffer.concat([messages, Buffer.alloc(64)]), 8n);
    assert.deepEqual([tail.count, tail.stop], [3, scanStop.badChecksum]);
    const full = scan(messages, 8n, 0n, 0, 2);
    assert.deepEqual([full.count, full.stop], [2, scanStop.indexFull]);
    assert.equal(scan(messages, 8n, 0n, 0, 3).stop, scanStop.end);
  });

  it('knows lengths that no message has, encrypted or not', () => {
    const stopOf = (field: number, length: number): number => {
      const header = frame({ payload: Buffer.alloc(0) });
      header.writeUInt32LE(length, field);
      return scan(header, 0n).stop;
    };
    const headers = userHeadersBytesMax + encryptionBytes;
    const payload = messagePayloadBytesMax + encryptionBytes;
    assert.equal(stopOf(48, headers), scanStop.incomplete);
    assert.equal(stopOf(48, headers + 1), scanStop.badLength);
    assert.equal(stopOf(52, payload), scanStop.incomplete);
    assert.equal(stopOf(52, payload + 1), scanStop.badLength);
    assert.equal(stopOf(52, 0xffffffff), scanStop.badLength);
  });
});

describe('searching the index', () => {
  it('finds positions and times as a walk through the entries does', () => {
    const u32 = fc.integer({ min: 0, max: 0xffffffff });
    const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const columns = fc.array(fc.tuple(u32, u64), { maxLength: 40 }).map((rows) => ({
      positions: rows.map(([position]) => position).sort((a, b) => a - b),
      times: rows.map(([, time]) => time).sort((a, b) => (a < b ? -1 : 1)),
    }));
    const property = fc.property(columns, u32, u64, ({ positions, times }, position, time) => {
      const count = positions.length;
      for (let i = 0; i < count; i++) {
        bytes.writeUInt32LE(positions[i], START + i * indexEntryBytes + 4);
        bytes.writeBigUInt64LE(times[i], START + i * indexEntryBytes + 8);
      }
      for (const limit of [position, ...positions]) {
        const leading = positions.filter((value) => value <= limit).length;
        assert.equal(kernel.findPosition(START, count, limit), leading);
      }
      for (const wanted of [time, ...times]) {
        const older = times.filter((value) => value < wanted).length;
        assert.equal(kernel.findTimestamp(START, count, wanted), older);
      }
    });
    fc.assert(property);
  });
});

describe('two threads', () => {
  it('stamp different areas of one memory at the same time', async () => {
    const barrier = new SharedArrayBuffer(4);
    const places = [0, 1].map((i) => place(batchOf(equalMessages(200, 700)), START + i * 2 ** 20));
    const broken = places.map(async (batch) => {
      const worker = new Worker(new URL('./kernel-test-worker.js', import.meta.url), {
        workerData: { module, memory, barrier, workers: places.length, rounds: 100, batch },
      });
      const [count] = await once(worker, 'message');
      return count;
    });
    assert.deepEqual(await Promise.all(broken), [0, 0]);
    for (const { messages, length, count } of places) {
      const area = Buffer.from(bytes.subarray(messages, messages + length));
      assert.equal(scan(area, 99n * 200n, 0n, 0, count).count, count);
    }
  });
});
