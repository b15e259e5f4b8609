import { randomBytes } from 'node:crypto';
import type { Connection, ConnectionError } from '@matrixai/quic/native/types.js';
import { quicConnectionIdBytes, quicPacketsPerTurn } from '../wire/limits.ts';
import { type HostPort, keyOf, type QuicEndpoint } from './endpoint.ts';
import { Paths } from './paths.ts';
import type { Timed } from './timers.ts';

/** What a link tells its owner. */
export interface LinkEvents {
  /** The handshake is done. */
  onEstablished(): void;
  /** A stream has bytes, its end, or was given up by the other side. */
  onReadable(streamId: number): void;
  /** Packets came: there may be room to send more. Called after all `onReadable` of a turn. */
  onProgress(): void;
  /** The connection has ended, from either side or for want of an answer. Called once. */
  onClosed(reason: string): void;
}

/** What was read of a stream. */
export interface StreamRead {
  readonly bytes: number;
  /** The other side has sent all. */
  readonly isEnd: boolean;
  /** The other side gave the stream up: what was not read is lost. */
  readonly isReset: boolean;
}

const RESET: StreamRead = { bytes: 0, isEnd: true, isReset: true };
/** What `QuicLink.write` answers for a stream that the other side does not read any more. */
export const STOPPED = -1;

const RESET_TOKEN_BYTES = 16;
/** The directions of a stream that the library shuts down one by one. */
const DIRECTIONS = [0, 1] as const;
/** QUIC errors from here on are alerts of TLS (RFC 9001, section 4.8). */
const TLS_ALERTS = 0x100;
const UNTRUSTED = 'the certificate is not to be trusted';
/** What people have to know of some of them (RFC 8446, section 6). */
const tlsAlerts: ReadonlyMap<number, string> = new Map([
  [42, UNTRUSTED],
  [45, UNTRUSTED],
  [46, UNTRUSTED],
  [48, UNTRUSTED],
  [120, 'the other side speaks another protocol'],
]);

/** One QUIC connection, of either side: packets in, packets out, time, streams. */
export class QuicLink implements Timed {
  dueMs = Number.POSITIVE_INFINITY;
  timerIndex = -1;
  readonly #connection: Connection;
  readonly #endpoint: QuicEndpoint;
  readonly #events: LinkEvents;
  readonly #keepAliveMs: number;
  /** When something last happened on the connection, by the monotonic clock. */
  #activeMs = performance.now();
  /** What the other side may call the connection, as the keys of `endpoint.links`. */
  readonly #ids = new Set<string>();
  #isEstablished = false;
  #isClosed = false;
  #hasNews = false;
  readonly #paths: Paths;

  /** `keepAliveMs` is how long the link is silent before it asks for a sign of life; 0 for ever. */
  constructor(
    connection: Connection,
    endpoint: QuicEndpoint,
    events: LinkEvents,
    keepAliveMs: number,
  ) {
    this.#connection = connection;
    this.#endpoint = endpoint;
    this.#events = events;
    this.#keepAliveMs = keepAliveMs;
    this.#paths = new Paths(connection);
    this.#name(connection.sourceId());
    endpoint.touch(this);
  }

  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  /** True when streams can no longer be used. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How many more streams the other side allows. */
  get streamsLeft(): number {
    return this.#connection.peerStreamsLeftBidi();
  }

  /** Takes a packet. What it brings is worked on at the end of the turn. */
  receive(bytes: Buffer, from: HostPort): void {
    try {
      this.#connection.recv(bytes, { from, to: this.#endpoint.local });
    } catch {
      // What cannot be read is dropped; the library closes the connection where it has to.
    }
    if (this.#paths.isNowhere) this.#follow(from);
    this.#forgetRetiredIds();
    this.#hasNews = true;
    this.#endpoint.touch(this);
  }

  /** Reads into memory; undefined when nothing is there now. */
  read(streamId: number, target: Uint8Array): StreamRead | undefined {
    try {
      const read = this.#connection.streamRecv(streamId, target);
      return read === null ? undefined : { bytes: read[0], isEnd: read[1], isReset: false };
    } catch {
      return RESET;
    }
  }

  /** Takes as many bytes as there is room for, and the end behind the last of them. */
  write(streamId: number, bytes: Uint8Array, isEnd: boolean): number {
    try {
      const written = this.#connection.streamSend(streamId, bytes, isEnd) ?? 0;
      if (written > 0 || isEnd) this.#endpoint.touch(this);
      return written;
    } catch {
      return STOPPED;
    }
  }

  /** Gives a stream up in both directions. */
  abandon(streamId: number, code: number): void {
    for (const direction of DIRECTIONS) {
      try {
        this.#connection.streamShutdown(streamId, direction, code);
      } catch {
        // It has ended in this direction.
      }
    }
    this.#endpoint.touch(this);
  }

  /** True when the other side has acknowledged all of a stream that both sides have ended. */
  hasDelivered(streamId: number): boolean {
    try {
      this.#connection.streamCapacity(streamId);
      return false;
    } catch {
      return true;
    }
  }

  /** Ends the connection; `onClosed` is not called for it. */
  close(code: number, reason: string, isApplication = true): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#connection.close(isApplication, code, Buffer.from(reason));
    } catch {
      // It was closing already.
    }
    this.work();
    this.#forget();
  }

  /** Passes on what has come, sends what can be sent, and sets the next time. */
  work(): void {
    if (!this.#isEstablished && this.#connection.isEstablished()) this.#establish();
    if (this.#hasNews) this.#passOn();
    this.#flush();
    this.#look();
  }

  onDue(nowMs: number): void {
    this.#connection.onTimeout();
    if (nowMs >= this.#keepAliveAtMs) this.#connection.sendAckEliciting();
    this.#hasNews = true;
    this.#endpoint.touch(this);
  }

  #establish(): void {
    this.#isEstablished = true;
    this.#events.onEstablished();
  }

  #passOn(): void {
    this.#hasNews = false;
    this.#activeMs = performance.now();
    if (!this.#isEstablished || this.#isClosed) return;
    for (const streamId of this.#connection.readable()) {
      if (!this.#isClosed) this.#events.onReadable(streamId);
    }
    if (!this.#isClosed) this.#events.onProgress();
    this.#renewConnectionIds();
    this.#paths.look();
  }

  /** The other side needs one that it has not used yet when it moves to another address. */
  #renewConnectionIds(): void {
    for (let left = this.#connection.sourceCidsLeft(); left > 0; left--) {
      const id = randomBytes(quicConnectionIdBytes);
      const token = BigInt(`0x${randomBytes(RESET_TOKEN_BYTES).toString('hex')}`);
      this.#connection.newSourceCid(id, token, false);
      this.#name(id);
    }
  }

  /** A late packet to one of these would end the connection, as an error of the other side. */
  #forgetRetiredIds(): void {
    for (let id = this.#connection.retiredScidNext(); id !== null; ) {
      this.#ids.delete(keyOf(id));
      this.#endpoint.links.delete(keyOf(id));
      id = this.#connection.retiredScidNext();
    }
  }

  #name(id: Uint8Array): void {
    this.#ids.add(keyOf(id));
    this.#endpoint.links.set(keyOf(id), this);
  }

  #forget(): void {
    this.#endpoint.timers.delete(this);
    for (const key of this.#ids) this.#endpoint.links.delete(key);
    this.#ids.clear();
  }

  #flush(): void {
    for (let packets = 0; packets < quicPacketsPerTurn; packets++) {
      if (this.#endpoint.isFull) return this.#endpoint.touchLater(this);
      if (!this.#paths.maySend) return;
      const sent = this.#nextPacket();
      if (sent === null) return;
      this.#paths.onSent();
      this.#endpoint.send(sent[0], sent[1].to);
    }
    // The others have their turn, and what the peer says about these packets is heard first.
    this.#endpoint.touch(this);
  }

  /** The next packet that comes would end the connection, as an error of the other side. */
  #follow(to: HostPort): void {
    const sent = this.#nextPacket(to);
    if (sent !== null) this.#endpoint.send(sent[0], to);
    // Too much is on its way there: the library goes on with an older address for the time being.
    if (this.#paths.isNowhere) this.#connection.onTimeout();
  }

  #nextPacket(to?: HostPort) {
    const { packet, local } = this.#endpoint;
    try {
      return this.#connection.sendOnPath(packet, to && local, to);
    } catch {
      return null;
    }
  }

  #look(): void {
    if (this.#isClosed) return;
    if (this.#connection.isDraining() || this.#connection.isClosed()) {
      this.#isClosed = true;
      this.#forget();
      return this.#events.onClosed(this.#reason());
    }
    const nowMs = performance.now();
    const timeoutMs = this.#connection.timeout() ?? Number.POSITIVE_INFINITY;
    this.#endpoint.timers.set(this, Math.min(nowMs + timeoutMs, this.#keepAliveAtMs));
  }

  get #keepAliveAtMs(): number {
    const isKept = this.#isEstablished && this.#keepAliveMs > 0;
    return isKept ? this.#activeMs + this.#keepAliveMs : Number.POSITIVE_INFINITY;
  }

  #reason(): string {
    if (this.#connection.isTimedOut()) return 'nothing was heard of the other side';
    const peer = this.#connection.peerError();
    if (peer !== null) return `the other side closed it: ${printError(peer)}`;
    const local = this.#connection.localError();
    return local === null ? 'it ended' : printError(local);
  }
}

function printError({ isApp, errorCode, reason }: ConnectionError): string {
  const kind = isApp ? 'code' : 'QUIC error';
  const known = isApp ? undefined : tlsAlerts.get(errorCode - TLS_ALERTS);
  const text = known ?? Buffer.from(reason).toString();
  return `${kind} ${errorCode}${text === '' ? '' : ` (${text})`}`;
}
