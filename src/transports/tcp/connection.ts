import type { Socket } from 'node:net';
import type { Dispatcher } from '../../commands/dispatcher.ts';
import type { Exchange, ExchangeOwner, ExchangePool } from '../../commands/exchange.ts';
import type { ReceivedFrame } from '../../commands/send-messages.ts';
import type { Session } from '../../commands/session.ts';
import type { ShardRelease } from '../../shards/shard-call.ts';
import { encodeError } from '../../wire/frame.ts';
import { status } from '../../wire/status.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import type { TcpServices } from './services.ts';

/** Statuses after which the protocol demands that the connection ends (section 1.3). */
const CLOSING_STATUSES: ReadonlySet<number> = new Set([status.StaleClient, status.ClientNotFound]);

/**
 * One TCP connection: cuts requests out of what arrives, starts them, and sends the responses in the
 * order of the requests. It stops reading while its own responses or the shards are behind.
 */
export class TcpConnection implements ExchangeOwner, FrameSink {
  readonly session: Session;
  readonly reader: FrameReader;
  readonly #socket: Socket;
  readonly #services: TcpServices;
  readonly #dispatcher: Dispatcher;
  readonly #pool: ExchangePool;
  readonly #resume = () => this.#goOn();
  readonly #uncork = () => this.#flush();
  #oldest: Exchange | undefined;
  #newest: Exchange | undefined;
  #inFlight = 0;
  #controlInFlight = 0;
  /** Responses whose shard memory the socket still sends from. */
  #repliesOut = new Set<Exchange>();
  #isCorked = false;
  #hasEnded = false;
  #isClosing = false;
  #isClosed = false;
  #frameSinceMs = 0;
  #stuckSinceMs = 0;
  #lastUnsentBytes = 0;

  constructor(socket: Socket, session: Session, services: TcpServices) {
    this.session = session;
    this.#socket = socket;
    this.#services = services;
    this.#dispatcher = services.dispatcher;
    this.#pool = services.exchanges;
    this.reader = new FrameReader(this, services.frameMemory, services.limits.frameBytesMax);
    socket.on('drain', this.#resume);
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => services.onDisconnect(session, error));
    socket.on('close', () => this.#onClose());
  }

  // ── What arrives ──────────────────────────────────────────────────────────────────────────────

  /** Bytes that were received outside the frame memory. False when reading must stop. */
  onBytes(chunk: Buffer): boolean {
    this.reader.read(chunk);
    return this.#afterRead();
  }

  /** Bytes that were received into the reader's target. False when reading must stop. */
  onFilled(bytes: number): boolean {
    this.reader.fill(bytes);
    return this.#afterRead();
  }

  get isLoggedIn(): boolean {
    return this.session.userId !== null;
  }

  isSendMessages(code: number): boolean {
    return this.#dispatcher.isSendMessages(code);
  }

  isOpenToAll(code: number): boolean {
    return this.#dispatcher.isOpenToAll(code);
  }

  canStart(code: number): boolean {
    const { limits } = this.#services;
    if (this.#isClosing || this.#controlInFlight > 0) return false;
    if (!this.#dispatcher.mayOverlap(code)) return this.#inFlight === 0;
    return (
      this.#inFlight < limits.requestsInFlight &&
      this.#socket.writableLength < limits.responseBytesInFlight &&
      this.#dispatcher.hasRoom()
    );
  }

  onRequest(code: number, payload: Uint8Array): void {
    const exchange = this.#begin();
    if (!this.#dispatcher.mayOverlap(code)) {
      this.#controlInFlight++;
      exchange.isControl = true;
    }
    this.#dispatcher.dispatch(exchange, code, payload);
  }

  onSend(frame: ReceivedFrame): void {
    this.#dispatcher.dispatchSend(this.#begin(), frame);
  }

  onRefused(code: number): void {
    this.#begin().fail(code);
  }

  onFatal(code: number): void {
    this.#begin().fail(code);
    this.#closeSoon();
  }

  // ── What leaves ───────────────────────────────────────────────────────────────────────────────

  onFinished(exchange: Exchange): void {
    if (exchange.isControl) this.#controlInFlight--;
    while (this.#oldest?.isDone) this.#send(this.#takeOldest(this.#oldest));
    if (this.#inFlight === 0 && this.#hasEnded) this.#closeSoon();
    if (this.reader.isStopped) queueMicrotask(this.#resume);
  }

  /** Stops reading, answers what is under way, says goodbye, closes. */
  shutDown(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.pause();
    if (this.#inFlight === 0) this.#sayGoodbye();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // ── Watching ──────────────────────────────────────────────────────────────────────────────────

  /** Why the connection must be given up, or nothing. Called about once a second. */
  overdue(nowMs: number): string | undefined {
    const { frameTimeoutMs, writeTimeoutMs } = this.#services.limits;
    if (!this.reader.isInsideFrame) this.#frameSinceMs = 0;
    else if (this.#frameSinceMs === 0) this.#frameSinceMs = nowMs;
    else if (nowMs - this.#frameSinceMs > frameTimeoutMs) return 'a frame did not arrive in time';
    if (this.stuckMs(nowMs) > writeTimeoutMs) return 'the client does not read its responses';
    return undefined;
  }

  /** How long no byte of the responses could be sent. */
  stuckMs(nowMs: number): number {
    const unsentBytes = this.#unsentBytes();
    if (unsentBytes === 0 || unsentBytes !== this.#lastUnsentBytes) this.#stuckSinceMs = nowMs;
    this.#lastUnsentBytes = unsentBytes;
    return nowMs - this.#stuckSinceMs;
  }

  /** True when the socket still sends from a shard's memory. */
  holdsReplies(link?: ShardRelease): boolean {
    if (link === undefined) return this.#repliesOut.size > 0;
    for (const exchange of this.#repliesOut) if (exchange.heldLink === link) return true;
    return false;
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
    return exchange;
  }

  #send(exchange: Exchange): void {
    if (this.#isClosed) return this.#pool.give(exchange);
    const closes = CLOSING_STATUSES.has(exchange.status);
    this.#cork();
    this.#socket.write(exchange.frame);
    if (exchange.pieces.length === 0) this.#pool.give(exchange);
    else this.#sendPieces(exchange);
    if (closes) this.#closeSoon();
    else if (this.#isClosing && this.#inFlight === 0) this.#sayGoodbye();
  }

  #sendPieces(exchange: Exchange): void {
    const { bytes } = this.#services.frameMemory;
    const { pieces } = exchange;
    this.#repliesOut.add(exchange);
    const onSent = () => {
      this.#repliesOut.delete(exchange);
      this.#pool.give(exchange);
    };
    const last = pieces.length - 2;
    for (let i = 0; i <= last; i += 2) {
      const piece = bytes.subarray(pieces[i], pieces[i] + pieces[i + 1]);
      this.#socket.write(piece, i === last ? onSent : undefined);
    }
  }

  /** Everything written in one turn leaves in one system call. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    queueMicrotask(this.#uncork);
  }

  #flush(): void {
    this.#isCorked = false;
    this.#socket.uncork();
  }

  #afterRead(): boolean {
    if (!this.reader.isStopped) return !this.#isClosing;
    this.#waitForRoom();
    return false;
  }

  #goOn(): void {
    if (this.#isClosed || this.#isClosing || !this.reader.isStopped) return;
    this.reader.resume();
    if (this.reader.isStopped) this.#waitForRoom();
    else this.#socket.resume();
  }

  /** What the connection itself lacks it notices itself; for the rest it has to be called back. */
  #waitForRoom(): void {
    if (!this.reader.needsMemory && this.#dispatcher.hasRoom()) return;
    this.#services.waitForRoom(this.#resume);
  }

  #unsentBytes(): number {
    // The queue of the system handle falls with every byte, `writableLength` only with whole writes.
    const handle = (this.#socket as unknown as { _handle?: { writeQueueSize?: number } })._handle;
    return this.#socket.writableLength === 0 ? 0 : (handle?.writeQueueSize ?? 0) || 1;
  }

  #sayGoodbye(): void {
    this.#socket.write(encodeError(status.Disconnected));
    this.#socket.destroySoon();
  }

  #closeSoon(): void {
    this.#isClosing = true;
    this.#socket.pause();
    this.#socket.destroySoon();
  }

  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#inFlight === 0) this.#closeSoon();
  }

  #onClose(): void {
    this.#isClosed = true;
    this.reader.close();
    this.#services.onClosed(this);
  }
}
