import {
  closeCode,
  closeFrame,
  controlBytesMax,
  FrameHead,
  keyBytes,
  opcode,
  smallFrame,
} from '../../wire/websocket-frames.ts';
import type { FrameMemory } from '../frame-memory.ts';
import type { TcpConnection } from '../tcp/connection.ts';
import type { ByteInput } from '../tcp/receive.ts';

/** What frames and messages of clients may be like. */
export interface WebSocketLimits {
  readonly frameBytesMax: number;
  readonly messageBytesMax: number;
  /** Whether clients need not mask what they send. */
  readonly acceptsUnmasked: boolean;
}

/**
 * What the bytes that come next are: a head; payload of a binary message, of one that is ignored,
 * or of a frame that is no message; nothing that counts any more.
 */
type Mode = 'head' | 'binary' | 'ignored' | 'control' | 'ended';

const NO_MESSAGE = -1;
const BITS_PER_BYTE = 8;

/**
 * Takes the frames of a WebSocket (RFC 6455) off the bytes of a connection. The payloads of binary
 * messages, one behind the other, are its requests. What lies in the memory for frames, the scratch
 * buffer included, is unmasked in place.
 */
export class WebSocketInput implements ByteInput {
  readonly #connection: TcpConnection;
  readonly #scratch: Buffer;
  readonly #memory: FrameMemory;
  readonly #limits: WebSocketLimits;
  readonly #head = new FrameHead();
  #mode: Mode = 'head';
  /** Bytes of the present frame's payload that are still to come. */
  #bytesLeft = 0;
  /** Turned so that its lowest byte is for the next byte of the payload. */
  #key = 0;
  /** Kind of the message whose last frame has not begun. */
  #message: number = NO_MESSAGE;
  #messageBytes = 0;
  readonly #control = Buffer.alloc(controlBytesMax);
  #controlBytes = 0;
  /** What the last ping said that was not answered yet. */
  #ping: Buffer | undefined;
  /** Where the target lies that was handed out last. */
  #target = 0;

  constructor(
    connection: TcpConnection,
    scratch: Buffer,
    memory: FrameMemory,
    limits: WebSocketLimits,
  ) {
    this.#connection = connection;
    this.#scratch = scratch;
    this.#memory = memory;
    this.#limits = limits;
  }

  target(bytesMax: number): Buffer | undefined {
    const target = this.#mode === 'binary' ? this.#connection.target(bytesMax) : undefined;
    if (target === undefined) return undefined;
    this.#target = target.byteOffset;
    return target.subarray(0, this.#bytesLeft);
  }

  onFilled(bytes: number): boolean {
    this.#unmask(this.#target, bytes);
    this.#pass(bytes);
    return this.#connection.onFilled(bytes);
  }

  onBytes(chunk: Buffer, end: number): boolean {
    if (chunk === this.#scratch) this.#read(end);
    else this.#readCopies(chunk, end);
    this.#answerPing();
    return this.#connection.afterRead();
  }

  #readCopies(chunk: Buffer, end: number): void {
    const { byteOffset, byteLength } = this.#scratch;
    for (let from = 0; from < end; from += byteLength) {
      const bytes = Math.min(byteLength, end - from);
      this.#memory.copy(chunk, from, bytes, byteOffset);
      this.#read(bytes);
    }
  }

  /** Reads the scratch buffer up to an end. */
  #read(end: number): void {
    let at = 0;
    while (at < end && this.#mode !== 'ended') {
      at += this.#mode === 'head' ? this.#readHead(at, end) : this.#readPayload(at, end);
    }
  }

  #readHead(at: number, end: number): number {
    const taken = this.#head.take(this.#scratch, at, end);
    if (this.#head.isComplete) this.#begin();
    return taken;
  }

  /** Begins the frame whose head is complete. */
  #begin(): void {
    const { isControl, isFinal, isMasked, key, kind, payloadBytes, usesReservedBits } = this.#head;
    this.#key = key;
    if (usesReservedBits) return this.#refuse('reserved bits are set');
    if (!isMasked && !this.#limits.acceptsUnmasked) return this.#refuse('a frame is not masked');
    this.#bytesLeft = payloadBytes;
    if (isControl) this.#beginControl(kind, isFinal);
    else this.#beginData(kind, isFinal);
    if (this.#bytesLeft === 0) this.#finish();
  }

  #beginData(kind: number, isFinal: boolean): void {
    if (kind > opcode.binary) return this.#refuse(`frames of kind ${kind} are not known`);
    if ((kind === opcode.continuation) !== (this.#message !== NO_MESSAGE)) {
      return this.#refuse('a frame does not continue the message that has begun');
    }
    if (kind !== opcode.continuation) {
      this.#message = kind;
      this.#messageBytes = 0;
    }
    this.#messageBytes += this.#bytesLeft;
    const { frameBytesMax, messageBytesMax } = this.#limits;
    if (this.#bytesLeft > frameBytesMax || this.#messageBytes > messageBytesMax) {
      const reason = `at most ${frameBytesMax} bytes a frame, ${messageBytesMax} a message`;
      return this.#refuse(reason, closeCode.tooLarge);
    }
    // Text is no request, and is not answered either.
    this.#mode = this.#message === opcode.binary ? 'binary' : 'ignored';
    if (isFinal) this.#message = NO_MESSAGE;
  }

  #beginControl(kind: number, isFinal: boolean): void {
    const isKnown = kind === opcode.close || kind === opcode.ping || kind === opcode.pong;
    if (!isKnown) return this.#refuse(`frames of kind ${kind} are not known`);
    if (!isFinal || this.#bytesLeft > controlBytesMax) {
      return this.#refuse('a control frame is too large');
    }
    this.#mode = 'control';
    this.#controlBytes = 0;
  }

  #readPayload(at: number, end: number): number {
    const bytes = Math.min(this.#bytesLeft, end - at);
    const isBinary = this.#mode === 'binary';
    if (this.#mode !== 'ignored') this.#unmask(this.#scratch.byteOffset + at, bytes);
    if (this.#mode === 'control') {
      this.#controlBytes += this.#scratch.copy(this.#control, this.#controlBytes, at, at + bytes);
    }
    this.#pass(bytes);
    if (isBinary) this.#connection.take(this.#scratch, at, at + bytes);
    return bytes;
  }

  /** So many bytes of the payload were looked at. */
  #pass(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft === 0) this.#finish();
  }

  /** Takes the mask off bytes of the memory for frames. */
  #unmask(from: number, bytes: number): void {
    if (this.#key === 0) return;
    this.#memory.mask(from, bytes, this.#key);
    const turn = (bytes % keyBytes) * BITS_PER_BYTE;
    if (turn > 0) this.#key = (this.#key >>> turn) | (this.#key << (32 - turn));
  }

  /** Ends a frame that was read to its end. */
  #finish(): void {
    if (this.#mode === 'ended') return;
    const isControl = this.#mode === 'control';
    this.#mode = 'head';
    if (isControl) this.#obey(this.#head.kind);
  }

  #obey(kind: number): void {
    const payload = this.#control.subarray(0, this.#controlBytes);
    if (kind === opcode.ping) this.#ping = Buffer.from(payload);
    if (kind !== opcode.close) return;
    if (payload.byteLength === 1) return this.#refuse('a close frame has half a code');
    this.#mode = 'ended';
    const code = payload.byteLength === 0 ? closeCode.normal : payload.readUInt16BE(0);
    this.#connection.onGoodbye(closeFrame(code));
  }

  /** Of several pings only the last is answered, as RFC 6455 allows in section 5.5.3. */
  #answerPing(): void {
    if (this.#ping === undefined) return;
    this.#connection.remark(smallFrame(opcode.pong, this.#ping));
    this.#ping = undefined;
  }

  #refuse(reason: string, code: number = closeCode.protocolError): void {
    this.#mode = 'ended';
    this.#connection.giveUp(closeFrame(code, reason));
  }
}
