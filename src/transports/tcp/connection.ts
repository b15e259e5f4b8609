import type { Socket } from 'node:net';
import type { ArrivingSend } from '../../commands/arriving-send.ts';
import { Bag } from '../../commands/bag.ts';
import type { Dispatcher } from '../../commands/dispatcher.ts';
import type { Exchange, ExchangeOwner, ExchangePool } from '../../commands/exchange.ts';
import type { ReceivedFrame } from '../../commands/send-messages.ts';
import type { Session } from '../../commands/session.ts';
import type { ShardRelease } from '../../shards/shard-call.ts';
import { encodeError } from '../../wire/classic/frame.ts';
import { generationOf } from '../../wire/generation.ts';
import { waitingBytesFactor } from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import type { Patrolled } from '../patrol.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { FileTail } from './file-tail.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import type { EndReason } from './framing.ts';
import { isCopied, type Outbox } from './outbox.ts';
import type { ByteInput } from './receive.ts';
import type { TcpServices } from './services.ts';

/** How a connection ends: at once, with the status of a shutdown, or when the client has ended. */
type Farewell = 'none' | 'goodbye' | 'linger';

/** Statuses after which the protocol demands that the connection ends (section 1.3). */
const CLOSING_STATUSES: ReadonlySet<number> = new Set([status.StaleClient, status.ClientNotFound]);

/**
 * One TCP connection: cuts requests out of what arrives, starts them, and sends the responses in
 * the order of the requests. It stops reading while its own responses or the shards are behind.
 */
export class TcpConnection implements ExchangeOwner, Patrolled, FrameSink, ByteInput {
  readonly session: Session;
  readonly reader: FrameReader;
  readonly #watch: ConnectionWatch;
  readonly #fileTail: FileTail;
  readonly #socket: Socket;
  readonly #services: TcpServices;
  readonly #dispatcher: Dispatcher;
  readonly #pool: ExchangePool;
  readonly #resume = () => this.#goOn();
  readonly #flushAtTurnEnd = () => this.#flush();
  #oldest: Exchange | undefined;
  #newest: Exchange | undefined;
  /** Sent from a file now; others wait behind it. */
  #leavingFile: Exchange | undefined;
  /** Answered, and sent at the end of the turn; linked like those under way. */
  #firstLeaving: Exchange | undefined;
  #lastLeaving: Exchange | undefined;
  #inFlight = 0;
  #controlInFlight = 0;
  /** Of those under way, polls that wait for messages. */
  #waitingCount = 0;
  /** Bytes of the responses of what is under way: as expected until they are known. */
  #bytesInFlight = 0;
  /** Responses whose shard memory the socket still sends from. */
  readonly #repliesOut = new Bag<Exchange>();
  /** The client has shown which generation of the wire it speaks. */
  #isGenerationKnown = false;
  /** The client sends no more. */
  #hasEnded = false;
  /** No more requests are taken; the connection ends when those under way are answered. */
  #isClosing = false;
  #farewell: Farewell = 'none';
  /** What is said behind the last response. */
  #lastWords: Buffer | undefined;
  #isClosed = false;
  /** Absent until there was a large frame. */
  #arriving: ArrivingSend | undefined;

  constructor(socket: Socket, session: Session, services: TcpServices) {
    this.session = session;
    this.#socket = socket;
    this.#services = services;
    this.#dispatcher = services.dispatcher;
    this.#pool = services.exchanges;
    this.reader = new FrameReader(this, services.frameMemory, services.limits.frameBytesMax);
    this.#fileTail = new FileTail(socket);
    this.#watch = new ConnectionWatch(socket, this.reader, this.#fileTail, services.limits);
    socket.on('drain', this.#resume);
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => services.onDisconnect(session, error));
    socket.on('close', () => this.#onClose());
  }

  // ── What arrives ──────────────────────────────────────────────────────────────────────────────

  target(bytesMax: number): Buffer | undefined {
    return this.reader.target(bytesMax);
  }

  onBytes(chunk: Buffer, end: number): boolean {
    this.take(chunk, 0, end);
    return this.afterRead();
  }

  onFilled(bytes: number): boolean {
    this.reader.fill(bytes);
    return this.afterRead();
  }

  /** Bytes of requests, of which more may follow before `afterRead`. */
  take(chunk: Buffer, start: number, end: number): void {
    if (!this.#isGenerationKnown && !this.#isClassic(chunk.subarray(start, end))) return;
    this.reader.read(chunk, end, start);
  }

  /** False when reading must stop. */
  afterRead(): boolean {
    if (this.#isClosing) return this.#watch.isLingering;
    if (!this.reader.isStopped) return true;
    this.#waitForRoom();
    return false;
  }

  /** Says something between responses, unless the client does not read what was said before. */
  remark(bytes: Buffer): void {
    const isHeard = !this.#isBehind && !this.#isClosed && !this.#watch.isLingering;
    if (isHeard) this.#socket.write(bytes);
  }

  /** The client has said that it sends no more. */
  onGoodbye(lastWords: Buffer): void {
    this.#lastWords = lastWords;
    this.#onEnd();
  }

  /** What comes from the client cannot be understood: answers what is under way, then closes. */
  giveUp(lastWords: Buffer): void {
    if (this.#isClosing) return;
    this.#beginClosing('linger', 'done');
    this.#lastWords = lastWords;
    this.#closeWhenAnswered();
  }

  /** False, and the connection ends, for a client of a generation that is not spoken here. */
  #isClassic(first: Buffer): boolean {
    this.#isGenerationKnown = true;
    const generation = generationOf(first);
    if (generation === 'classic') return true;
    this.#services.onForeign(this.session, generation);
    this.destroy();
    return false;
  }

  get isLoggedIn(): boolean {
    return this.session.user !== null;
  }

  isSendMessages(code: number): boolean {
    return this.#dispatcher.isSendMessages(code);
  }

  refusalBeforeLogin(code: number): number {
    return this.#dispatcher.refusalBeforeLogin(code);
  }

  canStart(code: number): boolean {
    const { limits } = this.#services;
    if (this.#isClosing || this.#controlInFlight > 0) return false;
    if (this.#waitingCount > 0) this.#makeRoomFor(code);
    const bytes = this.#socket.writableLength + this.#bytesInFlight;
    if (bytes >= limits.responseBytesInFlight) return false;
    if (!this.#dispatcher.mayOverlap(code)) return this.#inFlight === 0;
    return this.#inFlight < limits.requestsInFlight && this.#dispatcher.hasRoom();
  }

  onRequest(code: number, bytes: Uint8Array, start: number, end: number): void {
    const exchange = this.#begin();
    if (!this.#dispatcher.mayOverlap(code)) {
      this.#controlInFlight++;
      exchange.isControl = true;
    }
    this.#dispatcher.dispatch(exchange, code, bytes, start, end);
  }

  onSend(frame: ReceivedFrame): void {
    this.#dispatcher.dispatchSend(this.#begin(), frame, this.#arriving);
  }

  onSendBegun(frame: ReceivedFrame): void {
    this.#arriving ??= this.#dispatcher.newArrivingSend();
    this.#dispatcher.beginSend(this.session, frame, this.#arriving);
  }

  onSendAdvanced(arrived: number): void {
    this.#arriving?.stamp.advance(arrived);
  }

  onRefused(code: number): void {
    this.#begin().fail(code);
  }

  onFatal(code: number): void {
    const exchange = this.#begin();
    this.#beginClosing('linger', 'tooLarge');
    exchange.fail(code);
  }

  // ── What leaves ───────────────────────────────────────────────────────────────────────────────

  get takesFiles(): boolean {
    return this.#services.sendsFiles();
  }

  onExpected(bytes: number): void {
    this.#bytesInFlight += bytes;
  }

  onWaiting(): void {
    this.#waitingCount++;
  }

  onFinished(exchange: Exchange): void {
    if (exchange.isControl) this.#controlInFlight--;
    if (exchange.isWaiting) this.#waitingCount--;
    this.#bytesInFlight += exchange.bytes - exchange.expectedBytes;
    // What waits for messages must not keep back an answer that is there.
    if (exchange !== this.#oldest) this.#endWaiting(exchange);
    while (this.#oldest?.isDone) this.#leave(this.#takeOldest(this.#oldest));
    if (this.reader.isStopped) queueMicrotask(this.#resume);
  }

  isAlone(exchange: Exchange): boolean {
    return exchange === this.#oldest && exchange === this.#newest && !this.#isClosed;
  }

  /** Stops reading, answers what is under way, says goodbye, closes. */
  shutDown(): void {
    if (this.#watch.isLingering) return this.destroy();
    if (this.#isClosing) return;
    this.#beginClosing('goodbye', 'shutdown');
    this.#closeWhenAnswered();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /**
   * Makes responses that wait for older ones give their shard memory back, because others need it:
   * the older ones may be among those. False when that would take too much memory of the process.
   */
  releaseWaiting(): boolean {
    let bytesLeft = waitingBytesFactor * this.#services.limits.responseBytesInFlight;
    for (let exchange = this.#oldest; exchange !== undefined; exchange = exchange.next) {
      if (!exchange.isDone) continue;
      bytesLeft -= exchange.bytes - exchange.file.bytes;
      if (bytesLeft < 0) return false;
      exchange.copyPieces(this.#services.frameMemory.bytes);
    }
    return true;
  }

  /** True when the socket still sends from a shard's memory. */
  holdsReplies(link?: ShardRelease): boolean {
    if (link === undefined) return this.#repliesOut.size > 0;
    for (const exchange of this.#repliesOut) if (exchange.heldLink === link) return true;
    return false;
  }

  // ── How it is doing ───────────────────────────────────────────────────────────────────────────

  overdue(nowMs: number): string | undefined {
    return this.#watch.overdue(nowMs);
  }

  stuckMs(nowMs: number): number {
    return this.holdsReplies() ? this.#watch.stuckMs(nowMs) : 0;
  }

  waitedMs(nowMs: number): number {
    return this.#watch.waitedMs(nowMs);
  }

  starvedMs(nowMs: number): number {
    return this.#watch.starvedMs(nowMs);
  }

  /** Polls that wait for messages end where a request could not start because of them. */
  #makeRoomFor(code: number): void {
    const isFull = this.#inFlight >= this.#services.limits.requestsInFlight;
    if (isFull || !this.#dispatcher.mayOverlap(code)) this.#endWaiting();
  }

  /** Ends the waiting for messages of those in front of an exchange, or of all. */
  #endWaiting(before?: Exchange): void {
    let exchange = this.#waitingCount > 0 ? this.#oldest : undefined;
    while (exchange !== undefined && exchange !== before) {
      // Ended, it may be given back and begin anew before this comes to the next one.
      const { next } = exchange;
      exchange.endWaiting();
      exchange = next;
    }
  }

  #begin(): Exchange {
    const exchange = this.#pool.take(this);
    if (this.#newest === undefined) this.#oldest = exchange;
    else this.#newest.next = exchange;
    this.#newest = exchange;
    this.#inFlight++;
    return exchange;
  }

  #takeOldest(exchange: Exchange): Exchange {
    this.#oldest = exchange.next;
    if (this.#oldest === undefined) this.#newest = undefined;
    this.#inFlight--;
    exchange.next = undefined;
    return exchange;
  }

  #leave(exchange: Exchange): void {
    if (CLOSING_STATUSES.has(exchange.status)) this.#beginClosing('none', 'refused');
    if (this.#lastLeaving === undefined) {
      this.#firstLeaving = exchange;
      this.#services.atTurnEnd(this.#flushAtTurnEnd);
    } else this.#lastLeaving.next = exchange;
    this.#lastLeaving = exchange;
  }

  /** Sends the responses of a turn, the small ones as one piece. */
  #flush(): void {
    if (this.#leavingFile !== undefined) return;
    const { outboxes } = this.#services;
    let outbox = this.#isClosed || this.#socket.writableLength > 0 ? undefined : outboxes.take();
    while (this.#firstLeaving !== undefined && this.#leavingFile === undefined) {
      const exchange = this.#takeLeaving(this.#firstLeaving);
      if (exchange.file.bytes === 0) this.#bytesInFlight -= exchange.bytes;
      if (this.#isClosed) this.#pool.give(exchange);
      else outbox = this.#send(exchange, outbox);
    }
    outbox?.send(this.#socket);
    if (outbox !== undefined) outboxes.give(outbox);
    this.#closeWhenAnswered();
    this.#goOn();
  }

  #takeLeaving(exchange: Exchange): Exchange {
    this.#firstLeaving = exchange.next;
    if (this.#firstLeaving === undefined) this.#lastLeaving = undefined;
    return exchange;
  }

  /** Sends a response, or puts it into the outbox. Returns the outbox while it can be used. */
  #send(exchange: Exchange, outbox: Outbox | undefined): Outbox | undefined {
    if (
      outbox === undefined ||
      !isCopied(exchange) ||
      !outbox.fits(exchange.bytes, this.#services.framing)
    ) {
      outbox?.send(this.#socket);
    }
    if (outbox === undefined || outbox.isOut || !isCopied(exchange)) {
      this.#write(exchange);
      return outbox?.isOut ? undefined : outbox;
    }
    outbox.add(exchange, this.#services.framing);
    this.#pool.give(exchange);
    return outbox;
  }

  /** Sends a response from where it lies, which must stay until then. */
  #write(exchange: Exchange): void {
    if (exchange.pieces.length > 0) this.#repliesOut.add(exchange);
    const onSent = () => {
      this.#repliesOut.delete(exchange);
      this.#pool.give(exchange);
    };
    const onWritten = exchange.file.bytes > 0 ? this.#fileSender(exchange, onSent) : onSent;
    this.#writeParts(this.#partsOf(exchange), exchange.bytes, onWritten);
  }

  /** Sends the end of a response when its beginning was; those behind it wait until it is done. */
  #fileSender(exchange: Exchange, onSent: () => void): (error?: Error | null) => void {
    this.#leavingFile = exchange;
    const onEnd = () => {
      this.#leavingFile = undefined;
      this.#bytesInFlight -= exchange.bytes;
      onSent();
      this.#flush();
    };
    return (error) => (error ? onEnd() : this.#fileTail.send(exchange.file, onEnd));
  }

  #partsOf({ frame, pieces }: Exchange): Buffer[] {
    const { bytes } = this.#services.frameMemory;
    const parts = [frame];
    for (let i = 0; i < pieces.length; i += 2) {
      parts.push(bytes.subarray(pieces[i], pieces[i] + pieces[i + 1]));
    }
    return parts;
  }

  #writeParts(
    parts: readonly Buffer[],
    bytes: number,
    onSent?: (error?: Error | null) => void,
  ): void {
    const wrapped = this.#services.framing.wrap(parts, bytes);
    const last = wrapped.length - 1;
    this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(wrapped[i]);
    this.#socket.write(wrapped[last], onSent);
    this.#socket.uncork();
  }

  #goOn(): void {
    if (this.#isClosed || this.#isClosing || !this.reader.isStopped) return;
    this.reader.resume();
    if (this.reader.isStopped) this.#waitForRoom();
    else if (this.#hasEnded) this.#closeAfterEnd();
    else this.#socket.resume();
  }

  /** What the connection itself lacks it notices itself; for the rest it has to be called back. */
  #waitForRoom(): void {
    if (this.reader.needsMemory || !this.#dispatcher.hasRoom()) {
      this.#services.waitForRoom(this.#resume);
    } else if (!this.#isBusy && !this.#isBehind) {
      // A shard has made room since the reader looked, and nothing else will tell.
      setImmediate(this.#resume);
    }
  }

  /** Something is to be answered or sent, and the connection hears of it. */
  get #isBusy(): boolean {
    const isLeaving = this.#firstLeaving !== undefined || this.#leavingFile !== undefined;
    return this.#inFlight > 0 || isLeaving;
  }

  /** The client does not read what was said before. */
  get #isBehind(): boolean {
    return this.#socket.writableLength >= this.#services.limits.responseBytesInFlight;
  }

  #beginClosing(farewell: Farewell, reason: EndReason): void {
    this.#isClosing = true;
    this.#farewell = farewell;
    this.#lastWords ??= this.#services.framing.lastWords(reason);
    this.#socket.pause();
    this.#endWaiting();
  }

  #closeWhenAnswered(): void {
    if (!this.#isClosing || this.#isBusy || this.#isClosed) return;
    if (this.#farewell === 'goodbye') this.#sayDisconnected();
    if (this.#lastWords !== undefined && this.#socket.writable) this.#socket.write(this.#lastWords);
    if (this.#farewell === 'linger') this.#linger();
    else this.#socket.destroySoon();
  }

  #sayDisconnected(): void {
    const frame = encodeError(status.Disconnected);
    this.#writeParts([frame], frame.byteLength);
  }

  /** Closing on a client that still sends would take the last responses from it: let it finish. */
  #linger(): void {
    this.#watch.isLingering = true;
    this.#socket.end();
    this.#socket.resume();
  }

  /** The last requests may still be waiting in the reader. */
  #onEnd(): void {
    this.#hasEnded = true;
    if (!this.reader.isStopped) this.#closeAfterEnd();
  }

  #closeAfterEnd(): void {
    this.#beginClosing('none', 'done');
    this.#closeWhenAnswered();
  }

  #onClose(): void {
    this.#isClosed = true;
    this.reader.close(this.#arriving?.abandon());
    this.#endWaiting();
    this.#services.onClosed(this);
  }
}
