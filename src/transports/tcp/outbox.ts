import type { Socket } from 'node:net';
import type { Exchange } from '../../commands/exchange.ts';
import { copiedResponseBytesMax, outboxBytes, outboxesMax } from '../../wire/limits.ts';
import type { FrameMemory } from '../frame-memory.ts';
import type { ResponseFraming } from './framing.ts';

/**
 * Memory in which the small responses of one connection come together, so that they leave as one
 * piece, and what they hold of a shard's memory is given back at once.
 */
export class Outbox {
  readonly #memory: FrameMemory;
  readonly #start: number;
  readonly #onFree: (outbox: Outbox) => void;
  readonly #onSent = () => this.#settle();
  #usedBytes = 0;
  /** Writes that Node.js has not called back for. */
  #writesOut = 0;
  /** The socket still sends from here. */
  #isOut = false;

  constructor(memory: FrameMemory, start: number, onFree: (outbox: Outbox) => void) {
    this.#memory = memory;
    this.#start = start;
    this.#onFree = onFree;
  }

  get isOut(): boolean {
    return this.#isOut;
  }

  get start(): number {
    return this.#start;
  }

  /** True when there is room for a response. */
  fits(bytes: number, { headBytesMax }: ResponseFraming): boolean {
    return this.#usedBytes + headBytesMax + bytes <= outboxBytes;
  }

  add({ frame, pieces, bytes }: Exchange, framing: ResponseFraming): void {
    const at = this.#start + this.#usedBytes;
    this.#usedBytes += framing.writeHead(this.#memory.bytes, at, bytes);
    this.#append(frame, 0, frame.byteLength);
    for (let i = 0; i < pieces.length; i += 2) {
      this.#append(this.#memory.bytes, pieces[i], pieces[i + 1]);
    }
  }

  /** Hands what has come together to a socket that has nothing else to send. */
  send(socket: Socket): void {
    if (this.#usedBytes === 0) return;
    const end = this.#start + this.#usedBytes;
    this.#usedBytes = 0;
    this.#writesOut++;
    socket.write(this.#memory.bytes.subarray(this.#start, end), this.#onSent);
    this.#isOut = socket.writableLength > 0;
  }

  #append(source: Buffer, from: number, length: number): void {
    this.#memory.copy(source, from, length, this.#start + this.#usedBytes);
    this.#usedBytes += length;
  }

  #settle(): void {
    this.#writesOut--;
    // What the system took at once is called back for as well, when others may have been here.
    if (!this.#isOut || this.#writesOut > 0) return;
    this.#isOut = false;
    this.#onFree(this);
  }
}

/** The outbox that is used next. There are more only while sockets still send from others. */
export class OutboxPool {
  readonly #memory: FrameMemory;
  #idle: Outbox | undefined;
  #count = 0;

  constructor(memory: FrameMemory) {
    this.#memory = memory;
    this.#idle = this.#make();
  }

  /** Undefined while slow readers hold all that there may be. */
  take(): Outbox | undefined {
    const outbox = this.#idle ?? this.#make();
    this.#idle = undefined;
    return outbox;
  }

  /** Takes back one that was taken. One that a socket sends from comes back when that is done. */
  give(outbox: Outbox): void {
    if (!outbox.isOut) this.#keep(outbox);
  }

  #make(): Outbox | undefined {
    if (this.#count === outboxesMax) return undefined;
    const start = this.#memory.allocate(outboxBytes);
    if (start === 0) return undefined;
    this.#count++;
    return new Outbox(this.#memory, start, (outbox) => this.#keep(outbox));
  }

  #keep(outbox: Outbox): void {
    if (this.#idle === undefined) {
      this.#idle = outbox;
      return;
    }
    this.#count--;
    this.#memory.free(outbox.start);
  }
}

/** True for responses that are copied before they leave. */
export function isCopied({ bytes }: Exchange): boolean {
  return bytes <= copiedResponseBytesMax;
}
