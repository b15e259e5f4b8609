import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { type HostPort, QuicEndpoint } from '../quic/endpoint.ts';
import { loadQuic } from '../quic/library.ts';
import { type LinkEvents, QuicLink, STOPPED } from '../quic/link.ts';
import { QuicConfigs } from '../quic/settings.ts';
import {
  quicConnectionIdBytes,
  quicPayloadBytesMin,
  quicSocketBufferBytesDefault,
  quicWindowBytesDefault,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import type { Call } from './call.ts';
import { CallTurns } from './call-turns.ts';
import { CommonConnection } from './common-connection.ts';
import type { ResolvedOptions } from './connect-options.ts';
import { closedError, type OpenConnection } from './connection.ts';
import { VeltroError } from './errors.ts';
import { StreamAnswer } from './stream-answer.ts';
import { contentOf } from './tls-files.ts';

/** What other clients of the protocol do as well (protocol section 1.5). */
const KEEP_ALIVE_MS = 5000;
const IDLE_TIMEOUT_MS = 10_000;
/** Streams of a client are numbered in steps of this. */
const STREAM_STEP = 4;
/** The name in certificates of those who have none. */
const LOCALHOST = 'localhost';

const settings = {
  idleTimeoutMs: IDLE_TIMEOUT_MS,
  windowBytes: quicWindowBytesDefault,
  // Brokers open none.
  streamsMax: 0,
  payloadBytes: quicPayloadBytesMin,
};

type QuicOptions = Pick<ResolvedOptions, 'host' | 'port' | 'tls'>;

/** A call on its way, on a stream of its own. */
interface Pending {
  readonly call: Call;
  readonly answer: StreamAnswer;
  /** Bytes of the request that were taken. */
  sentBytes: number;
}

/** A connection over QUIC: every call has a stream of its own. Streams overtake each other. */
export class QuicConnection extends CommonConnection implements LinkEvents {
  #endpoint!: QuicEndpoint;
  #link!: QuicLink;
  #nextStreamId = 0;
  readonly #turns = new CallTurns();
  /** Calls without an answer by their stream, oldest first. */
  readonly #pending = new Map<number, Pending>();
  /** Streams whose requests wait for room. */
  #blocked = new Set<number>();
  #onOpened!: () => void;
  #onFailed!: (error: Error) => void;

  /** Connections to the server of the options. */
  static to(options: QuicOptions): OpenConnection {
    return async (events, signal) => {
      const connection = new QuicConnection(events);
      await connection.#open(options, signal);
      return connection;
    };
  }

  protected carry(call: Call): void {
    this.#turns.add(call);
    this.#startWaiting();
  }

  protected drain(): Call[] {
    const calls = [...this.#pending.values()].map(({ call }) => call);
    this.#pending.clear();
    this.#blocked.clear();
    return [...calls, ...this.#turns.drain()];
  }

  protected release(): void {
    this.#link.close(0, '');
    this.#endpoint.close();
  }

  // ── What the link tells ───────────────────────────────────────────────────────────────────────

  onEstablished(): void {
    this.#onOpened();
  }

  onReadable(streamId: number): void {
    const pending = this.#pending.get(streamId);
    if (pending === undefined) return this.#readRest(streamId);
    const { answer } = pending;
    while (!answer.isComplete) {
      const read = this.#link.read(streamId, answer.target);
      if (read === undefined) return;
      answer.fill(read.bytes);
      if (answer.isTooLong || (read.isEnd && !answer.isComplete)) return this.#refuse(pending);
    }
    this.#finish(streamId, pending);
    this.#readRest(streamId);
  }

  onProgress(): void {
    const blocked = this.#blocked;
    this.#blocked = new Set();
    for (const streamId of blocked) this.#write(streamId);
    this.#startWaiting();
  }

  onClosed(reason: string): void {
    this.#onEnded(new Error(reason));
  }

  // ── Calls ─────────────────────────────────────────────────────────────────────────────────────

  #startWaiting(): void {
    while (!this.isLost && this.#link.streamsLeft > 0) {
      const call = this.#turns.next();
      if (call === undefined) return;
      call.sentMs = performance.now();
      this.#pending.set(this.#nextStreamId, { call, answer: new StreamAnswer(), sentBytes: 0 });
      this.#write(this.#nextStreamId);
      this.#nextStreamId += STREAM_STEP;
    }
  }

  #write(streamId: number): void {
    const pending = this.#pending.get(streamId);
    if (pending === undefined) return;
    const rest = pending.call.frame.subarray(pending.sentBytes);
    const written = this.#link.write(streamId, rest, true);
    // An answer came before the whole request was read: that is what counts.
    if (written === STOPPED) return;
    pending.sentBytes += written;
    if (written < rest.byteLength) this.#blocked.add(streamId);
  }

  #finish(streamId: number, { call, answer }: Pending): void {
    this.#pending.delete(streamId);
    this.#turns.end(call);
    this.events.onAnswer(this, call, answer.code, answer.payload);
    this.#startWaiting();
  }

  #refuse({ call, answer }: Pending): void {
    const problem = answer.isTooLong
      ? `announced an answer of ${answer.length} bytes to ${call.command}`
      : `ended the stream of ${call.command} without an answer`;
    this.abandon(new VeltroError(status.InvalidBytesResponse, `The broker ${problem}.`));
  }

  /** A stream counts as open until its end has been read. */
  #readRest(streamId: number): void {
    if (this.isLost) return;
    const nowhere = Buffer.alloc(1);
    for (;;) {
      const read = this.#link.read(streamId, nowhere);
      if (read === undefined || read.isEnd) return;
    }
  }

  // ── Opening and ending ────────────────────────────────────────────────────────────────────────

  async #open(options: QuicOptions, signal: AbortSignal): Promise<void> {
    const [library, trusted, { address }] = await Promise.all([
      loadQuic(),
      trustedBy(options),
      lookup(options.host),
    ]);
    signal.throwIfAborted();
    const peer = { host: address, port: options.port };
    this.#endpoint = await openEndpoint(peer, {
      onHandshake: (bytes, from) => this.#link.receive(bytes, from),
      onError: (error) => this.#onEnded(error),
    });
    const config = new QuicConfigs(library, settings, { trusted }).for(address);
    const id = randomBytes(quicConnectionIdBytes);
    const { local } = this.#endpoint;
    const name = serverNameOf(options);
    const connection = library.Connection.connect(name, id, local, peer, config);
    this.#link = new QuicLink(connection, this.#endpoint, this, KEEP_ALIVE_MS);
    await this.#opened(signal);
  }

  async #opened(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#onFailed(signal.reason as Error);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onOpened = resolve;
        this.#onFailed = reject;
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
      });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #onEnded(error: Error): void {
    if (this.#link.isEstablished) this.abandon(closedError(error));
    else this.#onFailed(error);
  }
}

function openEndpoint(
  peer: HostPort,
  events: Parameters<typeof QuicEndpoint.open>[1],
): Promise<QuicEndpoint> {
  const host = isIP(peer.host) === 6 ? '::' : '0.0.0.0';
  const bufferBytes = quicSocketBufferBytesDefault;
  const buffers = { receiveBufferBytes: bufferBytes, sendBufferBytes: bufferBytes };
  return QuicEndpoint.open({ host, port: 0, peer, ...buffers }, events);
}

/** The certificates that the broker's must be signed by; undefined when nothing is checked. */
async function trustedBy({ tls }: QuicOptions): Promise<string | undefined> {
  if (tls?.verify === false) return undefined;
  const own = await contentOf('tls.caFile', tls?.caFile);
  return own?.toString() ?? rootCertificates.join('\n');
}

/** Certificates are checked for a name: the library does not look for IP addresses in them. */
function serverNameOf({ host, tls }: QuicOptions): string {
  return tls?.serverName ?? (isIP(host) === 0 ? host : LOCALHOST);
}
