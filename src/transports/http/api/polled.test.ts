import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Exchange } from '../../../commands/exchange.ts';
import { compileKernel, instantiateKernel } from '../../../memory/kernel.ts';
import { BufferPool } from '../../../wire/buffer-pool.ts';
import { encodeUserHeaders } from '../../../wire/classic/user-headers.ts';
import { arenaPageBytes, messageHeaderBytes, responseHeaderBytes } from '../../../wire/limits.ts';
import type { PrintingMemory } from '../../frame-memory.ts';
import { polledJson, polledLines } from './polled.ts';
import type { Printed } from './quick-print.ts';

const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
const kernel = instantiateKernel(await compileKernel(), memory);
const bytes = Buffer.from(memory.buffer);
const PIECES_START = arenaPageBytes;
const TEXT_START = 4 * arenaPageBytes;

/** Memory for one text; without room, each answer is printed message by message. */
class TestMemory implements PrintingMemory {
  readonly bytes = bytes;
  readonly #hasRoom: boolean;
  taken = 0;

  constructor(hasRoom: boolean) {
    this.#hasRoom = hasRoom;
  }

  allocate(): number {
    throw new Error('Texts have memory of their own.');
  }

  free(): void {}

  allocateText(length: number): number {
    assert.ok(TEXT_START + length <= bytes.byteLength);
    if (!this.#hasRoom) return 0;
    this.taken++;
    return TEXT_START;
  }

  freeText(allocation: number): void {
    assert.equal(allocation, TEXT_START);
    this.taken--;
  }

  copy(_chunk: Buffer, from: number, length: number, to: number): void {
    kernel.copy(to, from, length);
  }

  print(...operands: Parameters<PrintingMemory['print']>): number {
    return kernel.print(...operands);
  }

  mask(): void {}
}

interface Message {
  readonly checksum: bigint;
  readonly id: bigint;
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly originTimestamp: bigint;
  readonly payload: Uint8Array;
  readonly headers?: Uint8Array;
}

function numbers(bits: bigint): fc.Arbitrary<bigint> {
  const powers = [0n, 9n, 10n, 10n ** 9n, 10n ** 18n, 2n ** 32n, 2n ** 53n, 2n ** 64n];
  const max = 2n ** bits - 1n;
  const edges = [...powers, 10n ** 27n, 10n ** 36n, max]
    .flatMap((edge) => [edge - 1n, edge, edge + 1n])
    .filter((edge) => edge >= 0n && edge <= max);
  return fc.oneof(fc.bigInt({ min: 0n, max }), fc.constantFrom(...edges));
}

const plainMessage: fc.Arbitrary<Message> = fc.record({
  checksum: numbers(64n),
  id: numbers(128n),
  offset: numbers(64n),
  timestamp: numbers(64n),
  originTimestamp: numbers(64n),
  payload: fc.uint8Array({ maxLength: 80 }),
});

function stored(message: Message): Buffer {
  const { headers = Buffer.alloc(0), payload } = message;
  const header = Buffer.alloc(messageHeaderBytes);
  header.writeBigUInt64LE(message.checksum, 0);
  header.writeBigUInt64LE(message.id & (2n ** 64n - 1n), 8);
  header.writeBigUInt64LE(message.id >> 64n, 16);
  header.writeBigUInt64LE(message.offset, 24);
  header.writeBigUInt64LE(message.timestamp, 32);
  header.writeBigUInt64LE(message.originTimestamp, 40);
  header.writeUInt32LE(headers.byteLength, 48);
  header.writeUInt32LE(payload.byteLength, 52);
  return Buffer.concat([header, payload, headers]);
}

/** An answer whose messages are cut in pieces wherever `cuts` say. */
function answer(messages: readonly Message[], cuts: readonly number[]): Exchange {
  const frames = Buffer.concat(messages.map(stored));
  const frame = Buffer.alloc(responseHeaderBytes + 16);
  frame.writeUInt32LE(3, responseHeaderBytes);
  frame.writeBigUInt64LE(2n ** 63n, responseHeaderBytes + 4);
  frame.writeUInt32LE(messages.length, responseHeaderBytes + 12);
  const places = [...new Set(cuts.map((cut) => cut % (frames.byteLength + 1)))];
  const ends = [...places.sort((a, b) => a - b), frames.byteLength];
  const pieces: number[] = [];
  let start = 0;
  let at = PIECES_START + 3;
  for (const end of ends) {
    if (end === start) continue;
    frames.copy(bytes, at, start, end);
    pieces.push(at, end - start);
    at += end - start + 5;
    start = end;
  }
  return { frame, pieces, bytes: frame.byteLength + frames.byteLength } as unknown as Exchange;
}

const forms = { polledJson, polledLines } as const;

function textOf({ bytes, release }: Printed): string {
  const text = bytes.toString('latin1');
  release();
  return text;
}

describe('a poll as JSON', () => {
  for (const [name, print] of Object.entries(forms)) {
    it(`${name}: the kernel prints what JavaScript prints`, () => {
      const pool = new BufferPool();
      const answers = fc.array(plainMessage, { minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(answers, fc.array(fc.nat(), { maxLength: 3 }), (messages, cuts) => {
          const exchange = answer(messages, cuts);
          const [roomy, full] = [new TestMemory(true), new TestMemory(false)];
          const printed = print(exchange, { frameMemory: roomy, pool }, 'base64');
          assert.equal(printed.bytes.buffer, bytes.buffer);
          const oneByOne = print(exchange, { frameMemory: full, pool }, 'base64');
          assert.equal(textOf(printed), textOf(oneByOne));
          assert.equal(roomy.taken, 0);
        }),
        { numRuns: 500 },
      );
    });
  }

  it('has all numbers and payloads', () => {
    const message = {
      checksum: 2n ** 64n - 1n,
      id: 2n ** 128n - 1n,
      offset: 0n,
      timestamp: 10n ** 19n,
      originTimestamp: 999_999_999n,
      payload: Buffer.from('a payload'),
    };
    const printing = { frameMemory: new TestMemory(true), pool: new BufferPool() };
    const text = textOf(polledJson(answer([message], []), printing, 'base64'));
    const header =
      '"checksum":18446744073709551615,"id":340282366920938463463374607431768211455,"offset":0,' +
      '"timestamp":10000000000000000000,"origin_timestamp":999999999,"user_headers_length":0,' +
      '"payload_length":9,"reserved":0';
    const messages = `[{"header":{${header}},"payload":"YSBwYXlsb2Fk","user_headers":[]}]`;
    assert.equal(
      text,
      `{"partition_id":3,"current_offset":9223372036854775808,"count":1,"messages":${messages}}`,
    );
  });

  it('with user headers is printed without the kernel, and its memory comes back', () => {
    const [plain] = fc.sample(plainMessage, 1);
    const headers = encodeUserHeaders([['color', 'blue']]);
    const exchange = answer([plain, { ...plain, headers }], []);
    const frameMemory = new TestMemory(true);
    const printed = polledJson(exchange, { frameMemory, pool: new BufferPool() }, 'base64');
    assert.equal(frameMemory.taken, 0);
    const { messages } = JSON.parse(textOf(printed));
    assert.equal(messages[1].user_headers.length, 1);
  });

  it('without messages is an empty list', () => {
    const printing = { frameMemory: new TestMemory(true), pool: new BufferPool() };
    const { messages } = JSON.parse(textOf(polledJson(answer([], []), printing, 'base64')));
    assert.deepEqual(messages, []);
    assert.equal(textOf(polledLines(answer([], []), printing, 'base64')), '');
  });
});
