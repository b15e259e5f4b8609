import type { Socket } from 'node:net';
import { lingerMs } from '../../wire/limits.ts';
import type { FileTail } from './file-tail.ts';
import type { FrameReader } from './frame-reader.ts';
import type { ConnectionLimits } from './services.ts';

/** The value of something that is not going on. */
const NOT_RUNNING = -1;
/** More than the bytes of any frame. */
const FRAME_BYTES_BOUND = 2 ** 32;

/** What Node.js keeps behind a socket. */
interface QueueingHandle {
  readonly writeQueueSize?: number;
  readonly _parent?: QueueingHandle;
}

/** Tells for how long a value has been the same, by looking at it now and then. */
class StillClock {
  #value = NOT_RUNNING;
  #sinceMs = 0;

  /** Milliseconds since the value was first seen; 0 when it is new or `NOT_RUNNING`. */
  stillMs(value: number, nowMs: number): number {
    if (value === NOT_RUNNING || value !== this.#value) this.#sinceMs = nowMs;
    this.#value = value;
    return nowMs - this.#sinceMs;
  }
}

/**
 * Finds connections on which nothing moves. It costs nothing while bytes move: it compares what it
 * sees with what it saw the last time, about once a second.
 */
export class ConnectionWatch {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #fileTail: FileTail;
  readonly #limits: ConnectionLimits;
  readonly #frame = new StillClock();
  readonly #filled = new StillClock();
  readonly #waiting = new StillClock();
  readonly #unsent = new StillClock();
  readonly #lingering = new StillClock();
  /** Set when all that is still waited for is that the client ends. */
  isLingering = false;

  constructor(socket: Socket, reader: FrameReader, fileTail: FileTail, limits: ConnectionLimits) {
    this.#socket = socket;
    this.#reader = reader;
    this.#fileTail = fileTail;
    this.#limits = limits;
  }

  /** Why the connection must be given up, or nothing. */
  overdue(nowMs: number): string | undefined {
    const { frameTimeoutMs, writeTimeoutMs } = this.#limits;
    if (this.#frameMs(nowMs) > frameTimeoutMs) return 'a frame did not arrive in time';
    if (this.stuckMs(nowMs) > writeTimeoutMs) return 'the client does not read its responses';
    const isDone = this.isLingering && this.#socket.writableFinished;
    const lingeredMs = this.#lingering.stillMs(isDone ? 1 : NOT_RUNNING, nowMs);
    return lingeredMs > lingerMs ? 'the client sent a frame that cannot be taken' : undefined;
  }

  /** How long no byte of the responses could be sent. */
  stuckMs(nowMs: number): number {
    return this.#unsent.stillMs(this.#unsentBytes() || NOT_RUNNING, nowMs);
  }

  /** How long no byte has come of a frame that memory is held for. */
  starvedMs(nowMs: number): number {
    const { holdsMemory, framesCount, filledBytes } = this.#reader;
    const progress = framesCount + filledBytes / FRAME_BYTES_BOUND;
    return this.#filled.stillMs(holdsMemory ? progress : NOT_RUNNING, nowMs);
  }

  /** How long a frame has been waiting for memory. */
  waitedMs(nowMs: number): number {
    const { needsMemory, framesCount } = this.#reader;
    return this.#waiting.stillMs(needsMemory ? framesCount : NOT_RUNNING, nowMs);
  }

  #frameMs(nowMs: number): number {
    const { isInsideFrame, framesCount } = this.#reader;
    return this.#frame.stillMs(isInsideFrame ? framesCount : NOT_RUNNING, nowMs);
  }

  #unsentBytes(): number {
    if (this.#socket.writableLength === 0) return 0;
    // The queues of handles fall with every byte, `writableLength` only with whole writes. With TLS
    // there are two: what is encrypted, and below it what the system was given.
    const { _handle: handle } = this.#socket as unknown as { _handle: QueueingHandle | null };
    const queued = (handle?.writeQueueSize ?? 0) + (handle?._parent?.writeQueueSize ?? 0);
    return queued + this.#fileTail.bytesLeft || 1;
  }
}
