import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedFrame } from '../../src/commands/send-messages.ts';
import { FrameReader, type FrameSink } from '../../src/transports/tcp/frame-reader.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { receivePieceBytes } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { receiveSettings, receiveWays, startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, place, sendFrame } from '../support/topic-kit.ts';

const FRAME_BYTES_MAX = 1_000_000;
const AT_ONCE = 16;
/** Where the one frame of a recording sink lies. */
const ALLOCATION = 8;

const smallFrame = Buffer.from(sendFrame(['half', 'a', 'frame']));
/** About 100 KB: received in place, not copied. */
const largeFrame = Buffer.from(
  sendFrame(Array.from({ length: 100 }, () => Buffer.alloc(936, 0x2a))),
);

/** Every byte of what precedes the messages, around some messages, of the end, and some others. */
function cutsOf(frame: Buffer, random: SeededRandom): number[] {
  const { byteLength } = frame;
  const near = (at: number, bytes: number) => Array.from({ length: bytes }, (_, i) => at + i);
  const messages = Array.from({ length: 20 }, () => random.integer(0, byteLength - 3));
  const cuts = [
    ...near(0, 200),
    ...messages.flatMap((at) => near(at, 3)),
    ...near(byteLength - 50, 50),
  ];
  return [...new Set(cuts)].filter((cut) => cut >= 0 && cut < byteLength);
}

async function cutAt(broker: TestBroker, frame: Buffer, cut: number): Promise<void> {
  await using client = await RawClient.login(broker);
  const isEndedWell = cut % 2 === 0;
  if (isEndedWell) {
    client.socket.end(frame.subarray(0, cut));
    await client.closed();
  } else {
    await client.write(frame.subarray(0, cut));
    client.destroy();
  }
  assert.deepEqual(client.received(), []);
}

for (const receive of receiveWays) {
  test(`frames of batches that stop anywhere leave nothing behind (${receive})`, async (t) => {
    const random = new SeededRandom(testSeed());
    t.diagnostic(`seed ${random.seed}`);
    await using broker = await startBroker({ settings: receiveSettings[receive] });
    await using client = await RawClient.login(broker);
    await createPlace(client);
    for (const frame of [smallFrame, largeFrame]) {
      const cuts = cutsOf(frame, random);
      for (let first = 0; first < cuts.length; first += AT_ONCE) {
        const some = cuts.slice(first, first + AT_ONCE);
        await Promise.all(some.map((cut) => cutAt(broker, frame, cut)));
      }
    }
    await eventually('the memory of all frames is free', () => {
      const { connectionsCount, frameBytesUsed } = broker.statistics;
      return connectionsCount === 1 && frameBytesUsed === broker.idle.frameBytesUsed;
    });
    assert.equal((await client.call(getTopic, place))?.messagesCount, 0n);
    assert.equal((await client.exchange(largeFrame)).status, 0);
    assert.equal((await client.call(getTopic, place))?.messagesCount, 100n);
  });
}

/** Writes down what a reader finds, and lends it memory while it has some. */
class RecordingSink implements FrameSink {
  readonly bytes = Buffer.alloc(FRAME_BYTES_MAX);
  readonly seen: string[] = [];
  #mayStart = false;
  isLoggedIn = true;
  isReady = true;
  hasMemory = true;
  allocated = 0;

  allocate(bytes: number): number {
    assert.equal(this.allocated, 0, 'one frame at a time');
    assert.ok(bytes <= FRAME_BYTES_MAX - ALLOCATION);
    this.allocated = this.hasMemory ? ALLOCATION : 0;
    return this.allocated;
  }

  free(allocation: number): void {
    assert.equal(allocation, this.allocated);
    this.allocated = 0;
  }

  copy(chunk: Buffer, from: number, length: number, to: number): void {
    chunk.copy(this.bytes, to, from, from + length);
  }

  mask(): void {}

  canStart(): boolean {
    this.#mayStart ||= this.isReady;
    return this.isReady;
  }

  isSendMessages(code: number): boolean {
    return code === sendMessages.code;
  }

  refusalBeforeLogin(): number {
    return status.Unauthenticated;
  }

  /** A ping stands for a login or logout: what comes behind it is judged differently. */
  onRequest(code: number, bytes: Uint8Array, start: number, end: number): void {
    this.#note(`request ${code} ${Buffer.from(bytes).toString('latin1', start, end)}`);
    if (code === ping.code) this.isLoggedIn = !this.isLoggedIn;
  }

  onSend({ allocation, bytes }: ReceivedFrame): void {
    this.#note(`send ${this.bytes.toString('latin1', allocation, allocation + bytes)}`);
    this.free(allocation);
  }

  onSendBegun(): void {}

  onSendAdvanced(): void {}

  onRefused(code: number): void {
    this.#note(`refused ${code}`);
  }

  onFatal(code: number): void {
    assert.fail(`status ${code}`);
  }

  #note(what: string): void {
    assert.ok(this.#mayStart, 'nothing starts before it may');
    this.#mayStart = false;
    this.seen.push(what);
  }
}

function readerOf(sink: RecordingSink): FrameReader {
  return new FrameReader(sink, sink, FRAME_BYTES_MAX);
}

/** Gives a reader bytes as a transport does: into its target as far as it has one. */
function receive(reader: FrameReader, chunk: Buffer): void {
  const target = reader.target(receivePieceBytes);
  if (target === undefined) return reader.read(chunk);
  const taken = Math.min(target.byteLength, chunk.byteLength);
  chunk.copy(target, 0, 0, taken);
  reader.fill(taken);
  if (taken < chunk.byteLength) receive(reader, chunk.subarray(taken));
}

test('a reader gives its memory back wherever a frame of 100 KB stops', () => {
  const sink = new RecordingSink();
  for (let cut = 0; cut < largeFrame.byteLength; cut++) {
    const reader = readerOf(sink);
    const first = Math.min(cut, 50);
    receive(reader, largeFrame.subarray(0, first));
    receive(reader, largeFrame.subarray(first, cut));
    assert.equal(reader.isInsideFrame, cut > 0);
    assert.equal(sink.allocated, cut < 8 ? 0 : ALLOCATION);
    reader.close();
    assert.equal(sink.allocated, 0);
  }
  assert.deepEqual(sink.seen, []);
});

function frame(code: number, payload: string, length = 4 + payload.length): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(code, 4);
  return Buffer.concat([head, Buffer.from(payload, 'latin1')]);
}

/** Frames of every kind, for a connection that is logged in at first and later is not. */
const stream = Buffer.concat([
  frame(100, 'a poll with its payload'),
  smallFrame,
  frame(10, ''),
  frame(999, '', 0),
  frame(sendMessages.code, ''),
  sendFrame([Buffer.alloc(3000, 0x33)]),
  frame(ping.code, 'logout'),
  smallFrame,
  frame(sendMessages.code, ''),
  frame(sendMessages.code, '', 2),
  frame(38, 'a login'),
  frame(38, 'x'.repeat(70_000)),
  frame(ping.code, ''),
  smallFrame,
  frame(201, ''),
]);
const whole = new RecordingSink();
receive(readerOf(whole), stream);

test('frames are the same wherever they are cut on their way', () => {
  assert.equal(whole.seen.length, 15);
  const cuts = Array.from({ length: 4300 }, (_, i) =>
    i < 4000 ? i : stream.byteLength - i + 4000,
  );
  for (const cut of cuts) {
    const sink = new RecordingSink();
    const reader = readerOf(sink);
    receive(reader, stream.subarray(0, cut));
    receive(reader, stream.subarray(cut));
    assert.deepEqual(sink.seen, whole.seen, `cut at ${cut}`);
  }
});

test('frames are the same however often a reader has to wait', (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  for (let run = 0; run < 300; run++) {
    const sink = new RecordingSink();
    const reader = readerOf(sink);
    const pieceMax = random.integer(1, 3000);
    for (let start = 0; start < stream.byteLength; ) {
      const end = start + random.integer(1, pieceMax);
      sink.isReady = random.next() < 0.7;
      sink.hasMemory = random.next() < 0.7;
      receive(reader, stream.subarray(start, end));
      start = end;
      while (random.next() < 0.8 || (start >= stream.byteLength && reader.isStopped)) {
        sink.isReady = random.next() < 0.5;
        sink.hasMemory = random.next() < 0.5;
        reader.resume();
      }
    }
    assert.deepEqual(sink.seen, whole.seen);
    assert.equal(sink.allocated, 0);
  }
});
