import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../commands/session.ts';
import type { Sessions } from '../../commands/sessions.ts';
import { type HostPort, QuicEndpoint } from '../../quic/endpoint.ts';
import type { QuicLibrary } from '../../quic/library.ts';
import { QuicConfigs, type QuicSettings } from '../../quic/settings.ts';
import type { ShardRelease } from '../../shards/shard-call.ts';
import { quicFarewellMs, scratchBytes } from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import { printAddress } from '../addresses.ts';
import { Patrol } from '../patrol.ts';
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

/** Takes QUIC connections, watches them, and ends them when the broker stops. */
export class QuicListener {
  readonly #library: QuicLibrary;
  readonly #options: QuicListenerOptions;
  readonly #sessions: Sessions;
  readonly #services: QuicServices;
  readonly #connections = new Set<QuicConnection>();
  readonly #patrol = new Patrol(this.#connections, (connection, reason) =>
    this.#end(connection, reason),
  );
  #endpoint: QuicEndpoint | undefined;
  #acceptor: QuicAcceptor | undefined;
  #onEmpty: (() => void) | undefined;

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
    this.#patrol.start();
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
    this.#patrol.stop();
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
    this.#patrol.stop();
    for (const connection of this.#connections) {
      connection.destroy(status.Disconnected, 'the broker has stopped');
    }
    this.#endpoint?.close();
  }

  /** A shard has no memory left for reads: those who hold some without need let it go. */
  onMemoryShort(): void {
    this.#patrol.onMemoryShort();
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

  #end(connection: QuicConnection, reason: string): void {
    connection.destroy(status.Disconnected, reason);
  }
}
