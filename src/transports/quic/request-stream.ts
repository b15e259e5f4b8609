import type { Exchange, ExchangeOwner } from '../../commands/exchange.ts';
import type { Session } from '../../commands/session.ts';
import { STOPPED } from '../../quic/link.ts';
import type { ShardRelease } from '../../shards/shard-call.ts';
import {
  requestCodeBytes,
  requestCodeOffset,
  requestLengthOffset,
} from '../../wire/classic/frame.ts';
import {
  controlPayloadBytesMax,
  payloadBeforeLoginBytesMax,
  requestHeaderBytes,
} from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import type { QuicConnection } from './connection.ts';

/**
 * What is done with the bytes that come next. `memory` is a SendMessages payload that waits for
 * room, `ready` a whole request that waits until it may start; both leave the bytes where they are.
 * `rest` is what lies behind a request, which is nobody's.
 */
type Phase = 'head' | 'payload' | 'memory' | 'send' | 'skip' | 'ready' | 'rest' | 'closed';

const WAITING_PHASES: ReadonlySet<Phase> = new Set(['memory', 'ready', 'closed']);
const NOTHING = Buffer.alloc(0);
/** What a stream is given up with: QUIC leaves the meaning of codes to those who speak over it. */
const GIVEN_UP = 0;

/** One stream of a client: a request, and behind it the response (protocol section 1.5). */
export class RequestStream implements ExchangeOwner {
  readonly takesFiles = false;
  readonly id: number;
  readonly #connection: QuicConnection;
  readonly #head = Buffer.allocUnsafe(requestHeaderBytes);
  #phase: Phase = 'head';
  #code = 0;
  #payloadBytes = 0;
  /** Bytes of the present part, header or payload, that have arrived. */
  #filled = 0;
  /** A payload that came in pieces, or has to wait, as large as what arrived so far needs. */
  #payload = NOTHING;
  #allocation = 0;
  #refusal = 0;
  /** The client has sent all. */
  #hasEnded = false;
  #exchange: Exchange | undefined;
  /** Place in the exchange's pieces of what is sent now; −2 is the frame in front of them. */
  #piece = -2;
  #sentOfPiece = 0;
  #isAnswered = false;
  /** When the present phase began, and when it last went on. */
  #beganMs = performance.now();
  #movedMs = this.#beganMs;

  constructor(id: number, connection: QuicConnection) {
    this.id = id;
    this.#connection = connection;
  }

  get session(): Session {
    return this.#connection.session;
  }

  /** False when nothing more is to be done, in either direction. */
  get isOpen(): boolean {
    return this.#phase !== 'closed' && !(this.#isAnswered && this.#hasEnded);
  }

  /** True when the request is whole and its response under way, or sent. */
  get hasStarted(): boolean {
    return this.#phase === 'rest';
  }

  /** True while a shard's memory is held by a response that could not be sent yet. */
  holdsReply(link?: ShardRelease): boolean {
    const held = this.#exchange?.isDone ? this.#exchange.heldLink : undefined;
    return held !== undefined && (link === undefined || held === link);
  }

  // ── What arrives ──────────────────────────────────────────────────────────────────────────────

  /** Reads what is there, as far as there is a place for it. */
  read(): void {
    const { link } = this.#connection;
    while (!WAITING_PHASES.has(this.#phase) && !this.#hasEnded) {
      const target = this.#target();
      const read = link.read(this.id, target);
      if (read === undefined) return;
      if (read.isReset) return this.giveUp();
      this.#hasEnded = read.isEnd;
      if (read.bytes > 0) this.#take(target, read.bytes);
    }
    if (this.#hasEnded && this.#isUnfinished()) this.giveUp();
    if (!this.isOpen) this.#connection.forget(this);
  }

  /** Tries again what had to wait. */
  resume(): void {
    if (this.#phase === 'memory') this.#allocate();
    if (this.#phase === 'ready') this.#start();
    this.read();
  }

  get needsMemory(): boolean {
    return this.#phase === 'memory';
  }

  #target(): Buffer {
    const { frameMemory, scratch } = this.#connection.services;
    switch (this.#phase) {
      case 'head':
        return this.#head.subarray(this.#filled);
      case 'payload':
        return scratch.subarray(0, Math.min(scratch.byteLength, this.#missing));
      case 'send': {
        const start = this.#allocation + this.#filled;
        return frameMemory.bytes.subarray(start, this.#allocation + this.#payloadBytes);
      }
      default:
        return scratch;
    }
  }

  get #missing(): number {
    return this.#payloadBytes - this.#filled;
  }

  #take(bytes: Buffer, count: number): void {
    this.#movedMs = performance.now();
    switch (this.#phase) {
      case 'head':
        this.#filled += count;
        if (this.#filled === requestHeaderBytes) this.#judge();
        return;
      case 'payload':
        return this.#takePayload(bytes.subarray(0, count));
      case 'send':
        this.#filled += count;
        if (this.#missing === 0) this.#complete();
        return;
      case 'skip':
        this.#filled += count;
        if (this.#missing <= 0) this.#refuse(this.#refusal);
    }
  }

  #judge(): void {
    const length = this.#head.readUInt32LE(requestLengthOffset);
    this.#code = this.#head.readUInt32LE(requestCodeOffset);
    this.#payloadBytes = length - requestCodeBytes;
    this.#filled = 0;
    if (this.#payloadBytes < 0) return this.#ignore();
    const refusal = this.#refusalAtOnce();
    if (refusal !== 0) return this.#refuse(refusal);
    this.#refusal = this.#refusalBeforeLogin();
    if (this.#refusal !== 0) return this.#beginSkip();
    if (this.#isSend) this.#beginSend();
    else this.#beginPayload();
  }

  get #isSend(): boolean {
    return this.#connection.services.dispatcher.isSendMessages(this.#code);
  }

  /** The status of a request whose payload is not even looked at; 0 for all others. */
  #refusalAtOnce(): number {
    const { frameBytesMax } = this.#connection.services.limits;
    if (!this.#isSend) {
      return this.#payloadBytes > controlPayloadBytesMax ? status.InvalidCommand : 0;
    }
    if (this.#payloadBytes > frameBytesMax) return status.TooBigMessagePayload;
    return this.#payloadBytes === 0 && this.session.user !== null ? status.InvalidCommand : 0;
  }

  #refusalBeforeLogin(): number {
    if (this.session.user !== null) return 0;
    if (this.#isSend) return status.Unauthenticated;
    const isLarge = this.#payloadBytes > payloadBeforeLoginBytesMax;
    return isLarge ? this.#connection.services.dispatcher.refusalBeforeLogin(this.#code) : 0;
  }

  #beginSkip(): void {
    this.#enter('skip');
    if (this.#payloadBytes === 0) this.#refuse(this.#refusal);
  }

  #beginSend(): void {
    this.#enter('memory');
    this.#allocate();
  }

  #allocate(): void {
    this.#allocation = this.#connection.services.frameMemory.allocate(this.#payloadBytes);
    if (this.#allocation === 0) this.#connection.wait(this);
    else this.#enter('send');
  }

  #beginPayload(): void {
    this.#enter('payload');
    if (this.#payloadBytes === 0) this.#complete();
  }

  #takePayload(bytes: Buffer): void {
    const isWhole = bytes.byteLength === this.#payloadBytes;
    if (isWhole && this.#connection.canStart(this.#code)) return this.#startControlled(bytes);
    if (!this.#growPayload(this.#filled + bytes.byteLength)) return this.giveUp();
    bytes.copy(this.#payload, this.#filled);
    this.#filled += bytes.byteLength;
    if (this.#missing === 0) this.#complete();
  }

  /** Memory follows what has arrived. False when the connection's streams hold too much of it. */
  #growPayload(bytes: number): boolean {
    const before = this.#payload.byteLength;
    if (before >= bytes) return true;
    const grown = Math.min(this.#payloadBytes, Math.max(bytes, 2 * before));
    if (!this.#connection.claimPayload(grown - before)) return false;
    const payload = Buffer.allocUnsafe(grown);
    this.#payload.copy(payload, 0, 0, this.#filled);
    this.#payload = payload;
    return true;
  }

  #releasePayload(): void {
    this.#connection.claimPayload(-this.#payload.byteLength);
    this.#payload = NOTHING;
  }

  #complete(): void {
    this.#enter('ready');
    this.#start();
  }

  #start(): void {
    if (!this.#connection.canStart(this.#code)) return this.#connection.wait(this);
    if (this.#allocation === 0) {
      const payload = this.#payload;
      this.#releasePayload();
      return this.#startControlled(payload.subarray(0, this.#payloadBytes));
    }
    const allocation = this.#allocation;
    this.#allocation = 0;
    this.#enter('rest');
    this.#exchange = this.#connection.begin(this, false);
    const frame = { allocation, bytes: this.#payloadBytes };
    this.#connection.services.dispatcher.dispatchSend(this.#exchange, frame);
  }

  /** Starts any command but SendMessages. */
  #startControlled(payload: Buffer): void {
    const { dispatcher } = this.#connection.services;
    this.#enter('rest');
    this.#exchange = this.#connection.begin(this, !dispatcher.mayOverlap(this.#code));
    dispatcher.dispatch(this.#exchange, this.#code, payload, 0, payload.byteLength);
  }

  #refuse(code: number): void {
    this.#enter('rest');
    this.#exchange = this.#connection.begin(this, false);
    this.#exchange.fail(code);
  }

  /** Frames that are too short for a code have no answer. */
  #ignore(): void {
    this.#enter('rest');
    this.#connection.link.write(this.id, NOTHING, true);
    this.#isAnswered = true;
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#beganMs = performance.now();
    this.#movedMs = this.#beganMs;
  }

  #isUnfinished(): boolean {
    return this.#phase === 'head' || this.#phase === 'payload' || this.#hasHalfASend();
  }

  #hasHalfASend(): boolean {
    return this.#phase === 'send' || this.#phase === 'skip';
  }

  // ── What leaves ───────────────────────────────────────────────────────────────────────────────

  onExpected(bytes: number): void {
    this.#connection.onExpected(bytes);
  }

  onWaiting(): void {}

  /** Requests on other streams may go on at any time. */
  isAlone(): boolean {
    return false;
  }

  onFinished(exchange: Exchange): void {
    this.#connection.onFinished(exchange);
    if (this.#phase === 'closed') return this.#release(exchange);
    this.#movedMs = performance.now();
    this.write();
  }

  /** Sends as much of the response as there is room for. */
  write(): void {
    const exchange = this.#exchange as Exchange;
    for (;;) {
      const bytes = this.#rest(exchange);
      const isLast = this.#piece + 2 >= exchange.pieces.length;
      const written = this.#connection.link.write(this.id, bytes, isLast);
      if (written === STOPPED) break;
      if (written > 0) this.#movedMs = performance.now();
      this.#sentOfPiece += written;
      if (written < bytes.byteLength) return this.#connection.onBlocked(this);
      if (isLast) break;
      this.#piece += 2;
      this.#sentOfPiece = 0;
    }
    this.#isAnswered = true;
    this.#connection.onAnswered(this);
    this.#release(exchange);
    if (!this.isOpen) this.#connection.forget(this);
  }

  /** What is left of the piece that is sent now. */
  #rest({ frame, pieces }: Exchange): Uint8Array {
    if (this.#piece < 0) return frame.subarray(this.#sentOfPiece);
    const start = pieces[this.#piece];
    const { bytes } = this.#connection.services.frameMemory;
    return bytes.subarray(start + this.#sentOfPiece, start + pieces[this.#piece + 1]);
  }

  #release(exchange: Exchange): void {
    this.#exchange = undefined;
    this.#connection.end(exchange);
  }

  // ── How it ends ───────────────────────────────────────────────────────────────────────────────

  /** A poll that waits for messages is answered now. */
  endWaiting(): void {
    this.#exchange?.endWaiting();
  }

  /** Nothing more is read or sent; a request that has started goes on without a reader. */
  giveUp(): void {
    if (this.#phase === 'closed') return;
    this.#connection.link.abandon(this.id, GIVEN_UP);
    this.close();
    this.#connection.forget(this);
  }

  /** The same for a stream whose connection has ended. */
  close(): void {
    this.#phase = 'closed';
    if (this.#allocation !== 0) this.#connection.services.frameMemory.free(this.#allocation);
    this.#allocation = 0;
    this.#releasePayload();
    const exchange = this.#exchange;
    if (exchange?.isDone) this.#release(exchange);
    else exchange?.endWaiting();
  }

  // ── Time ──────────────────────────────────────────────────────────────────────────────────────

  /** How long the present frame has been arriving, 0 when none is. */
  arrivingMs(nowMs: number): number {
    const isArriving = !WAITING_PHASES.has(this.#phase) && !this.#hasEnded;
    const isBehind = this.#phase === 'rest' && !this.#isAnswered;
    return isArriving && !isBehind ? nowMs - this.#beganMs : 0;
  }

  /** How long no byte has come of a frame that memory is held for. */
  starvedMs(nowMs: number): number {
    return this.#phase === 'send' ? nowMs - this.#movedMs : 0;
  }

  /** How long a frame has been waiting for memory. */
  waitedMs(nowMs: number): number {
    return this.#phase === 'memory' ? nowMs - this.#beganMs : 0;
  }

  /** How long no byte of the response could be sent. */
  stuckMs(nowMs: number): number {
    return this.#exchange?.isDone ? nowMs - this.#movedMs : 0;
  }
}
