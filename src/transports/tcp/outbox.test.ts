import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { Exchange } from '../../commands/exchange.ts';
import { copiedResponseBytesMax, outboxBytes, outboxesMax } from '../../wire/limits.ts';
import type { FrameMemory } from '../frame-memory.ts';
import { plainFraming } from './framing.ts';
import { isCopied, OutboxPool } from './outbox.ts';

/** Memory in which blocks lie one behind the other; what is freed is not used again. */
class TestMemory implements FrameMemory {
  readonly bytes = Buffer.alloc(outboxBytes * (outboxesMax + 2));
  readonly freed: number[] = [];
  #end = 8;

  allocate(bytes: number): number {
    const start = this.#end;
    if (start + bytes > this.bytes.byteLength) return 0;
    this.#end += bytes;
    return start;
  }

  free(allocation: number): void {
    this.freed.push(allocation);
  }

  copy(chunk: Buffer, from: number, length: number, to: number): void {
    chunk.copy(this.bytes, to, from, from + length);
  }

  mask(): void {}
}

/** A socket that sends at once while it is open, and later what it got while it was stuck. */
class TestSocket {
  readonly sent: string[] = [];
  readonly #stuck: (() => void)[] = [];
  writableLength = 0;
  isStuck = false;

  write(bytes: Buffer, onSent: () => void): void {
    const take = () => this.sent.push(bytes.toString('latin1'));
    if (!this.isStuck) {
      take();
      return queueMicrotask(onSent);
    }
    this.writableLength += bytes.byteLength;
    this.#stuck.push(take, onSent);
  }

  unstick(): void {
    this.writableLength = 0;
    for (const finish of this.#stuck.splice(0)) finish();
  }
}

function response(text: string, pieces: number[] = []): Exchange {
  const frame = Buffer.from(text);
  return { frame, pieces, bytes: frame.byteLength } as unknown as Exchange;
}

const asSocket = (socket: TestSocket) => socket as unknown as Socket;

test('responses leave as one piece, those from shared memory copied into it', async () => {
  const memory = new TestMemory();
  const pool = new OutboxPool(memory);
  const place = memory.allocate(100);
  memory.bytes.write('onetwo', place);
  const [outbox, socket] = [pool.take()!, new TestSocket()];
  outbox.add(response('<a>'), plainFraming);
  outbox.add(response('<b>', [place + 3, 3, place, 3]), plainFraming);
  outbox.send(asSocket(socket));
  outbox.send(asSocket(socket));
  pool.give(outbox);
  memory.bytes.write('??????', place);
  await Promise.resolve();
  assert.deepEqual(socket.sent, ['<a><b>twoone']);
  assert.equal(pool.take(), outbox);
});

test('memory that a socket sends from is used by nobody else until it is sent', async () => {
  const memory = new TestMemory();
  const pool = new OutboxPool(memory);
  const slow = new TestSocket();
  const first = pool.take()!;
  // What is sent at once is called back for later, when the memory has another user.
  first.add(response('quick'), plainFraming);
  first.send(asSocket(slow));
  slow.isStuck = true;
  first.add(response('slow'), plainFraming);
  first.send(asSocket(slow));
  pool.give(first);
  await Promise.resolve();
  const second = pool.take()!;
  assert.notEqual(second, first);
  second.add(response('other'), plainFraming);
  pool.give(second);
  slow.unstick();
  assert.deepEqual(slow.sent, ['quick', 'slow']);
  assert.deepEqual(memory.freed, [first.start]);
  assert.equal(pool.take(), second);
});

test('slow readers hold no more of them than there may be', () => {
  const pool = new OutboxPool(new TestMemory());
  const sockets: TestSocket[] = [];
  for (let outbox = pool.take(); outbox !== undefined; outbox = pool.take()) {
    const socket = new TestSocket();
    socket.isStuck = true;
    outbox.add(response('slow'), plainFraming);
    outbox.send(asSocket(socket));
    pool.give(outbox);
    sockets.push(socket);
  }
  assert.equal(sockets.length, outboxesMax);
  sockets[3].unstick();
  assert.notEqual(pool.take(), undefined);
});

test('large responses are not copied, and an outbox takes what fits', () => {
  const outbox = new OutboxPool(new TestMemory()).take()!;
  assert.ok(isCopied({ bytes: copiedResponseBytesMax } as Exchange));
  assert.ok(!isCopied({ bytes: copiedResponseBytesMax + 1 } as Exchange));
  outbox.add(response('x'.repeat(10)), plainFraming);
  assert.ok(outbox.fits(outboxBytes - 10, plainFraming));
  assert.ok(!outbox.fits(outboxBytes - 9, plainFraming));
});
