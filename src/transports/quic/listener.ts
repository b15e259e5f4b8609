import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../commands/session.ts';
import type { Sessions } from '../../commands/sessions.ts';
import { type HostPort, QuicEndpoint } from '../../quic/endpoint.ts';
import type { QuicLibrary } from '../../quic/library.ts';
import { QuicConfigs, type QuicSettings } from '../../quic/settings.ts';
import type { ShardRelease } from '../../shards/shard-call.ts';
import {
  connectionSweepMs,
  quicFarewellMs,
  scratchBytes,
  slowReaderGraceMs,
  slowSenderGraceMs,
} from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import { printAddress } from '../addresses.ts';
import { QuicAcceptor } from './acceptor.ts';
import { QuicConnection } from './connection.ts';
import type { QuicServices } from './services.ts';

/** What a listener shows in handshakes, in PEM form. */
export interface QuicIdentity {
  /** Certificate of the broker, those of intermediate authorities behind it. */
  readonly cert: string;
  readonly key: string;
}

/** Where a listener listens and how it treats connections. */
export interface QuicListenerOptions extends QuicSettings {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly connectionsMax: number;
  readonly keepAliveMs: number;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
  readonly identity: QuicIdentity;
  readonly log: (message: string, fields: Record<string, unknown>) => void;
}

/** For so long after memory got short slow readers are looked for: until one can count as slow. */
const SHORTAGE_MS = slowReaderGraceMs + 2 * connectionSweepMs;

/** Takes QUIC connections, watches them, and ends them when the broker stops. */
export class QuicListener {
  readonly #library: QuicLibrary;
  readonly #options: QuicListenerOptions;
  readonly #sessions: Sessions;
  readonly #services: QuicServices;
  readonly #connections = new Set<QuicConnection>();
  #endpoint: QuicEndpoint | undefined;
  #acceptor: QuicAcceptor | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #onEmpty: (() => void) | undefined;
  #shortUntilMs = 0;

  constructor(
    library: QuicLibrary,
    options: QuicListenerOptions,
    sessions: Sessions,
    services: Omit<QuicServices, 'onClosed' | 'openSession' | 'scratch'>,
  ) {
    this.#library = library;
    this.#options = options;
    this.#sessions = sessions;
    this.#services = {
      ...services,
      scratch: Buffer.allocUnsafeSlow(scratchBytes),
      openSession: (address) => sessions.open(address, 'quic'),
      onClosed: (connection, reason) => this.#onClosed(connection, reason),
    };
  }

  /** Binds; resolves with the address it really has, as `ip:port`. */
  async listen(): Promise<string> {
    const configs = this.#configsOf(this.#options.identity);
    const endpoint = await QuicEndpoint.open(this.#options, {
      onHandshake: (bytes, from) => this.#acceptor?.onPacket(bytes, from),
      onError: (error) => {
        this.#options.log('The QUIC listener failed.', { error: error.message });
      },
    });
    this.#endpoint = endpoint;
    this.#acceptor = new QuicAcceptor(
      this.#library,
      endpoint,
      configs,
      this.#options.keepAliveMs,
      (from) => this.#greet(from),
    );
    this.#sweep = setInterval(() => this.#endOverdue(), connectionSweepMs);
    this.#sweep.unref();
    return printAddress(endpoint.local.host, endpoint.local.port);
  }

  /** Connections from now on are shown this; those that are open stay as they are. */
  useTlsIdentity(identity: QuicIdentity): void {
    if (this.#acceptor !== undefined) this.#acceptor.configs = this.#configsOf(identity);
  }

  get connectionsCount(): number {
    return this.#connections.size;
  }

  /** Stops accepting and lets every connection finish what is under way. */
  async drain(): Promise<void> {
    clearInterval(this.#sweep);
    if (this.#acceptor !== undefined) this.#acceptor.isOpen = false;
    const hadSome = this.#connections.size > 0;
    for (const connection of this.#connections) connection.shutDown();
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
    }
    // What clients still send would be answered by the system, before they hear of the end.
    if (hadSome) await sleep(quicFarewellMs);
    this.#endpoint?.close();
  }

  /** Ends what is left at once. */
  destroy(): void {
    clearInterval(this.#sweep);
    for (const connection of this.#connections) {
      connection.destroy(status.Disconnected, 'the broker has stopped');
    }
    this.#endpoint?.close();
  }

  /** A shard has no memory left for reads: those who hold some without need let it go. */
  onMemoryShort(): void {
    const nowMs = performance.now();
    this.#shortUntilMs = nowMs + SHORTAGE_MS;
    this.#endSlowestReader(nowMs);
  }

  /** Ends every connection that still sends from the memory of a shard that died. */
  endReadersOf(link: ShardRelease): void {
    for (const connection of this.#connections) {
      if (connection.holdsReplies(link)) this.#end(connection, 'the shard of its response died');
    }
  }

  #configsOf(identity: QuicIdentity): QuicConfigs {
    return new QuicConfigs(this.#library, this.#options, { identity });
  }

  #greet(from: HostPort): QuicConnection | undefined {
    const { connectionsMax, log } = this.#options;
    if (this.#connections.size >= connectionsMax) {
      log('Refused a connection: the limit is reached.', { connectionsMax });
      return undefined;
    }
    const connection = new QuicConnection(from, this.#services);
    this.#connections.add(connection);
    return connection;
  }

  #onClosed(connection: QuicConnection, reason: string): void {
    this.#connections.delete(connection);
    // Handshakes that came to nothing have none.
    const session: Session | undefined = connection.session;
    if (session !== undefined) this.#sessions.close(session);
    const { address } = connection;
    this.#options.log('A QUIC connection ended.', { address, reason });
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #endOverdue(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) {
      const reason = connection.overdue(nowMs);
      if (reason !== undefined) this.#end(connection, reason);
    }
    // Whoever was not slow for long enough when memory got short may be by now.
    if (nowMs < this.#shortUntilMs) this.#endSlowestReader(nowMs);
    this.#endSlowestSender(nowMs);
  }

  #endSlowestReader(nowMs: number): void {
    const slowest = this.#longest(slowReaderGraceMs, (connection) => connection.stuckMs(nowMs));
    if (slowest !== undefined) this.#end(slowest, 'its unread responses hold memory others need');
  }

  /** Frames get their memory when they begin: one that stops must not keep others waiting. */
  #endSlowestSender(nowMs: number): void {
    const waiting = this.#longest(slowSenderGraceMs, (connection) => connection.waitedMs(nowMs));
    const slowest = this.#longest(slowSenderGraceMs, (connection) => connection.starvedMs(nowMs));
    if (waiting === undefined || slowest === undefined) return;
    this.#end(slowest, 'its unfinished frame holds memory others need');
  }

  /** The connection with the longest time, if that is at least the given one. */
  #longest(
    leastMs: number,
    timeMs: (connection: QuicConnection) => number,
  ): QuicConnection | undefined {
    let longest: QuicConnection | undefined;
    let longestMs = leastMs;
    for (const connection of this.#connections) {
      const ms = timeMs(connection);
      if (ms < longestMs) continue;
      longest = connection;
      longestMs = ms;
    }
    return longest;
  }

  #end(connection: QuicConnection, reason: string): void {
    connection.destroy(status.Disconnected, reason);
  }
}
