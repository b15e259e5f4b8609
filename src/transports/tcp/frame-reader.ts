import type { ReceivedFrame } from '../../commands/send-messages.ts';
import {
  requestCodeBytes,
  requestCodeOffset,
  requestLengthOffset,
} from '../../wire/classic/frame.ts';
import { earlyFrameBytesMin, earlyHeadBytes } from '../../wire/limits/early-stamps.ts';
import {
  controlPayloadBytesMax,
  payloadBeforeLoginBytesMax,
  requestHeaderBytes,
} from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import type { FrameMemory } from '../frame-memory.ts';

/** Who gets what a connection's bytes say. */
export interface FrameSink {
  readonly isLoggedIn: boolean;
  /** False while the request has to wait: the reader stops until `resume`. */
  canStart(code: number): boolean;
  isSendMessages(code: number): boolean;
  /** The status of a request that is too large for a connection that is not logged in. */
  refusalBeforeLogin(code: number): number;
  /**
   * A whole request, whose payload are the bytes from `start` up to `end`; they may be overwritten
   * when this returns.
   */
  onRequest(code: number, bytes: Uint8Array, start: number, end: number): void;
  /** A whole SendMessages payload in memory that the sink takes over. */
  onSend(frame: ReceivedFrame): void;
  /** The routing of a large SendMessages payload is there. */
  onSendBegun(frame: ReceivedFrame): void;
  /** So many bytes of a payload are there that has begun. */
  onSendAdvanced(arrived: number): void;
  /** A request that was read to its end and is answered with a status. */
  onRefused(code: number): void;
  /** A request whose end cannot be waited for: answer with a status, then close. */
  onFatal(code: number): void;
}

/**
 * What the bytes that come next are part of. `begin` is a header that waits for `canStart` before
 * anybody can say what becomes of its payload; `memory` is a SendMessages payload that waits for
 * room; `ready` is a whole request that waits for `canStart`.
 */
type Mode = 'header' | 'begin' | 'payload' | 'memory' | 'send' | 'skip' | 'ready' | 'closed';

const WAITING_MODES: ReadonlySet<Mode> = new Set(['begin', 'memory', 'ready']);
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a byte stream into request frames (protocol section 1.1). Small payloads are handed on from
 * where they were received; split ones are put together; SendMessages payloads go into the frame
 * memory, straight from the socket when the transport reads into `target`.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #memory: FrameMemory;
  readonly #frameBytesMax: number;
  readonly #head = Buffer.alloc(requestHeaderBytes);
  #headBytes = 0;
  #mode: Mode = 'header';
  #framesCount = 0;
  #code = 0;
  /** The `length` of the header, which counts the code besides the payload. */
  #length = 0;
  #payloadBytes = 0;
  /** Bytes of the payload that have arrived. */
  #filled = 0;
  /** A split control payload, as large as what arrived so far needs. */
  #payload: Buffer = NOTHING;
  #allocation = 0;
  /** The sink knows of the large frame that arrives. */
  #hasBegun = false;
  #refusal = 0;
  /** Bytes received while the reader was stopped, or not yet read when it stopped. */
  #held: Buffer | undefined;
  /** Where the bytes of the chunk end that is read now. */
  #end = 0;

  constructor(sink: FrameSink, memory: FrameMemory, frameBytesMax: number) {
    this.#sink = sink;
    this.#memory = memory;
    this.#frameBytesMax = frameBytesMax;
  }

  /** True while the reader waits and the socket should not be read. */
  get isStopped(): boolean {
    return WAITING_MODES.has(this.#mode) || this.#held !== undefined;
  }

  get needsMemory(): boolean {
    return this.#mode === 'memory';
  }

  /** True when a frame has begun and not yet arrived. */
  get isInsideFrame(): boolean {
    return (
      this.#headBytes > 0 ||
      this.#mode === 'payload' ||
      this.#mode === 'send' ||
      this.#mode === 'skip'
    );
  }

  /** Headers read so far: tells a frame from the next one. */
  get framesCount(): number {
    return this.#framesCount;
  }

  /** Bytes of the present frame's payload that have arrived. */
  get filledBytes(): number {
    return this.#filled;
  }

  /** True while memory is claimed for a payload that has not arrived. */
  get holdsMemory(): boolean {
    return this.#mode === 'send';
  }

  /** Where the socket should put the next bytes: the rest of a payload, or wherever it likes. */
  target(bytesMax: number): Buffer | undefined {
    if (this.#mode !== 'send') return undefined;
    const start = this.#allocation + this.#filled;
    const end = Math.min(start + bytesMax, this.#allocation + this.#payloadBytes);
    return this.#memory.bytes.subarray(start, end);
  }

  /** So many bytes were put into the target. */
  fill(bytes: number): void {
    this.#filled += bytes;
    if (this.#payloadBytes >= earlyFrameBytesMin) this.#tell();
    if (this.#filled === this.#payloadBytes) this.#finishSend();
  }

  /** Takes bytes up to `end`, received elsewhere. Those that must wait are copied. */
  read(chunk: Buffer, end = chunk.byteLength, start = 0): void {
    if (!this.isStopped) return this.#readFrom(chunk, end, start);
    const bytes = chunk.subarray(start, end);
    this.#held = this.#held === undefined ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
  }

  /** Goes on after a stop, as far as possible. */
  resume(): void {
    if (this.#mode === 'begin' && !this.#judgeLate()) return;
    if (this.#mode === 'memory' && !this.#allocate()) return;
    if (this.#mode === 'ready' && !this.#startReady()) return;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#readFrom(held, held.byteLength);
  }

  /** Gives up: nothing more is read, memory goes back unless somebody else sees to that. */
  close(isMemoryTaken = false): void {
    if (this.#allocation !== 0 && !isMemoryTaken) this.#memory.free(this.#allocation);
    this.#allocation = 0;
    this.#held = undefined;
    this.#mode = 'closed';
  }

  #readFrom(chunk: Buffer, end: number, start = 0): void {
    this.#end = end;
    let offset = start;
    while (offset < end && this.#mode !== 'closed') {
      const before = offset;
      offset = this.#step(chunk, offset);
      if (WAITING_MODES.has(this.#mode) || offset === before) {
        // A copy: the chunk is the transport's and will be overwritten.
        if (offset < end) this.#held = Buffer.from(chunk.subarray(offset, end));
        return;
      }
    }
  }

  /** Uses some bytes from an offset on and returns the offset behind them. */
  #step(chunk: Buffer, offset: number): number {
    switch (this.#mode) {
      case 'header':
        return this.#readHeader(chunk, offset);
      case 'payload':
        return this.#collectPayload(chunk, offset);
      case 'send':
        return this.#collectSend(chunk, offset);
      case 'skip':
        return this.#skip(offset);
      default:
        return offset;
    }
  }

  #readHeader(chunk: Buffer, offset: number): number {
    const available = this.#end - offset;
    if (this.#headBytes === 0 && available >= requestHeaderBytes) {
      return this.#beginFrame(chunk, offset, offset + requestHeaderBytes);
    }
    const taken = Math.min(available, requestHeaderBytes - this.#headBytes);
    chunk.copy(this.#head, this.#headBytes, offset, offset + taken);
    this.#headBytes += taken;
    if (this.#headBytes < requestHeaderBytes) return offset + taken;
    this.#headBytes = 0;
    return this.#beginFrame(this.#head, 0, offset + taken, chunk);
  }

  /** Reads a header at `at` of `head`; the payload follows at `next` of the chunk. */
  #beginFrame(head: Buffer, at: number, next: number, chunk = head): number {
    this.#framesCount++;
    this.#hasBegun = false;
    this.#length = head.readUInt32LE(at + requestLengthOffset);
    this.#code = head.readUInt32LE(at + requestCodeOffset);
    this.#payloadBytes = Math.max(0, this.#length - requestCodeBytes);
    this.#filled = 0;
    if (this.#canJudge()) return this.#judge(chunk, next, head === chunk);
    this.#mode = 'begin';
    return next;
  }

  /**
   * Whether a connection may send a request can depend on a login in front of it, and refusals
   * count as requests: they must not pile up while earlier ones are not answered.
   */
  #canJudge(): boolean {
    const isTaken = this.#sink.isLoggedIn && !this.#isEmpty();
    return isTaken || this.#sink.canStart(this.#code);
  }

  #judge(chunk: Buffer, next: number, isWhole: boolean): number {
    if (this.#isEmpty()) return this.#beginSkip(status.InvalidCommand, next);
    if (this.#sink.isSendMessages(this.#code)) return this.#beginSend(next);
    return this.#beginPayload(chunk, next, isWhole);
  }

  /** Judges a header whose payload is held or yet to come. False when it has to go on waiting. */
  #judgeLate(): boolean {
    if (!this.#canJudge()) return false;
    this.#mode = 'header';
    this.#end = 0;
    this.#judge(NOTHING, 0, false);
    return true;
  }

  /** True for frames without the bytes that every one of their kind has. */
  #isEmpty(): boolean {
    const isEmptySend = this.#payloadBytes === 0 && this.#sink.isSendMessages(this.#code);
    return this.#length < requestCodeBytes || (isEmptySend && this.#sink.isLoggedIn);
  }

  #beginSend(next: number): number {
    if (this.#payloadBytes > this.#frameBytesMax) {
      return this.#beginFatal(status.TooBigMessagePayload, next);
    }
    if (!this.#sink.isLoggedIn) return this.#beginSkip(status.Unauthenticated, next);
    this.#mode = 'memory';
    this.#allocate();
    return next;
  }

  #beginPayload(chunk: Buffer, next: number, isWhole: boolean): number {
    if (this.#payloadBytes > controlPayloadBytesMax) {
      return this.#beginFatal(status.InvalidCommand, next);
    }
    if (!this.#sink.isLoggedIn && this.#payloadBytes > payloadBeforeLoginBytesMax) {
      return this.#beginSkip(this.#sink.refusalBeforeLogin(this.#code), next);
    }
    const end = next + this.#payloadBytes;
    if (end <= this.#end && this.#sink.canStart(this.#code)) {
      this.#sink.onRequest(this.#code, chunk, next, end);
      return end;
    }
    // The frame has to wait. When its header is still in the chunk it is simply read again later.
    if (end <= this.#end && isWhole) return next - requestHeaderBytes;
    this.#mode = 'payload';
    return this.#collectPayload(chunk, next);
  }

  #beginSkip(refusal: number, next: number): number {
    this.#refusal = refusal;
    this.#mode = 'skip';
    if (this.#payloadBytes === 0) this.#finishSkip();
    return next;
  }

  #beginFatal(code: number, next: number): number {
    this.close();
    this.#sink.onFatal(code);
    return next;
  }

  #collectPayload(chunk: Buffer, offset: number): number {
    const taken = Math.min(this.#end - offset, this.#payloadBytes - this.#filled);
    this.#growPayload(this.#filled + taken);
    chunk.copy(this.#payload, this.#filled, offset, offset + taken);
    this.#filled += taken;
    if (this.#filled === this.#payloadBytes) {
      this.#mode = 'ready';
      this.#startReady();
    }
    return offset + taken;
  }

  /** Memory follows what has arrived: a header alone claims nothing. */
  #growPayload(bytes: number): void {
    if (this.#payload.byteLength >= bytes) return;
    const grown = Math.min(this.#payloadBytes, Math.max(bytes, 2 * this.#payload.byteLength));
    const payload = Buffer.allocUnsafe(grown);
    this.#payload.copy(payload, 0, 0, this.#filled);
    this.#payload = payload;
  }

  #collectSend(chunk: Buffer, offset: number): number {
    const taken = Math.min(this.#end - offset, this.#payloadBytes - this.#filled);
    this.#memory.copy(chunk, offset, taken, this.#allocation + this.#filled);
    this.fill(taken);
    return offset + taken;
  }

  #skip(offset: number): number {
    const taken = Math.min(this.#end - offset, this.#payloadBytes - this.#filled);
    this.#filled += taken;
    if (this.#filled === this.#payloadBytes) this.#finishSkip();
    return offset + taken;
  }

  #finishSkip(): void {
    this.#mode = 'header';
    this.#sink.onRefused(this.#refusal);
  }

  /** Tells the sink of a large frame as it arrives, once its routing is there. */
  #tell(): void {
    if (this.#filled < earlyHeadBytes) return;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#sink.onSendBegun({ allocation: this.#allocation, bytes: this.#payloadBytes });
    }
    this.#sink.onSendAdvanced(this.#filled);
  }

  #finishSend(): void {
    this.#mode = 'ready';
    this.#startReady();
  }

  #allocate(): boolean {
    this.#allocation = this.#memory.allocate(this.#payloadBytes);
    if (this.#allocation === 0) return false;
    this.#mode = 'send';
    return true;
  }

  #startReady(): boolean {
    if (!this.#sink.canStart(this.#code)) return false;
    this.#mode = 'header';
    if (this.#allocation !== 0) {
      const allocation = this.#allocation;
      this.#allocation = 0;
      this.#sink.onSend({ allocation, bytes: this.#payloadBytes });
    } else {
      const payload = this.#payload;
      this.#payload = NOTHING;
      this.#sink.onRequest(this.#code, payload, 0, this.#payloadBytes);
    }
    return true;
  }
}
