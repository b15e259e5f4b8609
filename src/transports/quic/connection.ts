import type { Exchange } from '../../commands/exchange.ts';
import type { Session } from '../../commands/session.ts';
import type { HostPort } from '../../quic/endpoint.ts';
import type { LinkEvents, QuicLink } from '../../quic/link.ts';
import type { ShardRelease } from '../../shards/shard-call.ts';
import { quicPayloadsBytesMax } from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import { printAddress } from '../addresses.ts';
import type { Patrolled } from '../patrol.ts';
import { RequestStream } from './request-stream.ts';
import type { QuicServices } from './services.ts';

/**
 * One QUIC connection: a session whose requests come on streams of their own and are answered as
 * soon as they can be. Commands that change something run one after the other all the same.
 */
export class QuicConnection implements LinkEvents, Patrolled {
  link!: QuicLink;
  session!: Session;
  readonly services: QuicServices;
  readonly #peer: HostPort;
  readonly #resume = () => this.#goOn();
  readonly #streams = new Map<number, RequestStream>();
  /** Streams whose responses wait for room. */
  #blocked = new Set<RequestStream>();
  /** Streams that wait for memory, for a shard or for another request. */
  #waiting = new Set<RequestStream>();
  /** Streams that were answered last: of these the client may not have all. */
  readonly #answered = new Set<number>();
  #inFlight = 0;
  #controlInFlight = 0;
  /** Bytes of the responses of what is under way: as expected until they are known. */
  #bytesInFlight = 0;
  #payloadBytes = 0;
  #isGoingOn = false;
  /** No more requests are taken; the connection ends when those under way are answered. */
  #isClosing = false;

  constructor(peer: HostPort, services: QuicServices) {
    this.#peer = peer;
    this.services = services;
  }

  attach(link: QuicLink): void {
    this.link = link;
  }

  /** Where the client was when it connected. */
  get address(): string {
    return printAddress(this.#peer.host, this.#peer.port);
  }

  // ── What the link tells ───────────────────────────────────────────────────────────────────────

  onEstablished(): void {
    this.session = this.services.openSession(this.address);
  }

  onReadable(streamId: number): void {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known.read();
    const stream = new RequestStream(streamId, this);
    if (this.#isClosing) return stream.giveUp();
    this.#streams.set(streamId, stream);
    stream.read();
  }

  onProgress(): void {
    const blocked = this.#blocked;
    this.#blocked = new Set();
    for (const stream of blocked) stream.write();
    if (this.#isClosing) this.#closeWhenAnswered();
  }

  onClosed(reason: string): void {
    this.#closeStreams();
    this.services.onClosed(this, reason);
  }

  // ── What streams ask ──────────────────────────────────────────────────────────────────────────

  canStart(code: number): boolean {
    const { dispatcher, limits } = this.services;
    if (this.#bytesInFlight >= limits.responseBytesInFlight) return false;
    if (dispatcher.mayOverlap(code)) return dispatcher.hasRoom();
    return this.#controlInFlight === 0;
  }

  begin(stream: RequestStream, isControl: boolean): Exchange {
    const exchange = this.services.exchanges.take(stream);
    exchange.isControl = isControl;
    this.#inFlight++;
    if (!isControl) return exchange;
    this.#controlInFlight++;
    // It may take from a poll what that waits for.
    for (const other of this.#streams.values()) other.endWaiting();
    return exchange;
  }

  /** The stream is called back when it may go on. */
  wait(stream: RequestStream): void {
    this.#waiting.add(stream);
    if (stream.needsMemory || !this.services.dispatcher.hasRoom()) {
      this.services.waitForRoom(this.#resume);
    } else if (this.#inFlight === 0) {
      // A shard has made room since the stream looked, and nothing else will tell.
      this.#goOnSoon();
    }
  }

  /** Claims memory for payloads in pieces, or gives it back. False when that is too much. */
  claimPayload(bytes: number): boolean {
    if (bytes > 0 && this.#payloadBytes + bytes > quicPayloadsBytesMax) return false;
    this.#payloadBytes += bytes;
    return true;
  }

  onExpected(bytes: number): void {
    this.#bytesInFlight += bytes;
  }

  onFinished(exchange: Exchange): void {
    if (exchange.isControl) this.#controlInFlight--;
    this.#bytesInFlight += exchange.bytes - exchange.expectedBytes;
  }

  onBlocked(stream: RequestStream): void {
    this.#blocked.add(stream);
  }

  onAnswered({ id }: RequestStream): void {
    this.#answered.add(id);
    // The client has no more streams than this, and gets a new one for one that it has all of.
    if (this.#answered.size <= this.services.limits.streamsMax) return;
    const [oldest] = this.#answered;
    this.#answered.delete(oldest);
  }

  /** The response was taken, or never will be. */
  end(exchange: Exchange): void {
    this.#inFlight--;
    this.#bytesInFlight -= exchange.bytes;
    this.services.exchanges.give(exchange);
    if (this.#waiting.size > 0) this.#goOnSoon();
    if (this.#isClosing) this.#closeWhenAnswered();
  }

  forget(stream: RequestStream): void {
    this.#streams.delete(stream.id);
    this.#blocked.delete(stream);
    this.#waiting.delete(stream);
  }

  // ── How it ends ───────────────────────────────────────────────────────────────────────────────

  /** Takes no more requests, answers what is under way, closes. */
  shutDown(): void {
    if (this.#isClosing || this.link.isClosed) return;
    this.#isClosing = true;
    for (const stream of this.#streams.values()) {
      if (stream.hasStarted) stream.endWaiting();
      else stream.giveUp();
    }
    this.#closeWhenAnswered();
  }

  /** Ends at once. */
  destroy(code: number, reason: string): void {
    if (this.link.isClosed) return;
    this.link.close(code, reason);
    this.#closeStreams();
    this.services.onClosed(this, reason);
  }

  #closeStreams(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    this.#blocked.clear();
    this.#waiting.clear();
  }

  /** The last responses have to arrive: what is not acknowledged would be lost. */
  #closeWhenAnswered(): void {
    if (this.#inFlight > 0) return;
    for (const id of this.#answered) {
      if (!this.link.hasDelivered(id)) return;
      this.#answered.delete(id);
    }
    this.destroy(status.Disconnected, 'the broker is shutting down');
  }

  #goOnSoon(): void {
    if (this.#isGoingOn) return;
    this.#isGoingOn = true;
    queueMicrotask(this.#resume);
  }

  #goOn(): void {
    this.#isGoingOn = false;
    if (this.link.isClosed) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const stream of waiting) stream.resume();
  }

  // ── Time and memory ───────────────────────────────────────────────────────────────────────────

  /** Gives up streams that do not come to an end. Answers why the connection must, or nothing. */
  overdue(nowMs: number): string | undefined {
    const { frameTimeoutMs, writeTimeoutMs } = this.services.limits;
    for (const stream of this.#streams.values()) {
      if (stream.stuckMs(nowMs) > writeTimeoutMs) return 'the client does not read its responses';
      if (stream.arrivingMs(nowMs) > frameTimeoutMs) stream.giveUp();
    }
    return undefined;
  }

  /** True when responses that could not be sent yet hold a shard's memory. */
  holdsReplies(link?: ShardRelease): boolean {
    for (const stream of this.#blocked) if (stream.holdsReply(link)) return true;
    return false;
  }

  /** How long no byte could be sent of the response that holds a shard's memory longest. */
  stuckMs(nowMs: number): number {
    let longest = 0;
    for (const stream of this.#blocked) {
      if (stream.holdsReply()) longest = Math.max(longest, stream.stuckMs(nowMs));
    }
    return longest;
  }

  starvedMs(nowMs: number): number {
    let longest = 0;
    for (const stream of this.#streams.values()) {
      longest = Math.max(longest, stream.starvedMs(nowMs));
    }
    return longest;
  }

  waitedMs(nowMs: number): number {
    let longest = 0;
    for (const stream of this.#streams.values()) {
      longest = Math.max(longest, stream.waitedMs(nowMs));
    }
    return longest;
  }
}
