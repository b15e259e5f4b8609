import { createServer, type Server, type Socket } from 'node:net';
import type { Session } from '../../commands/session.ts';
import type { Sessions } from '../../commands/sessions.ts';
import { systemCalls } from '../../files/system-calls.ts';
import type { ShardRelease } from '../../shards/shard-call.ts';
import type { WireGeneration } from '../../wire/generation.ts';
import { scratchBytes } from '../../wire/limits.ts';
import { canReusePort, peerOf, printAddress } from '../addresses.ts';
import { Patrol } from '../patrol.ts';
import { ProxyAcceptor } from '../proxy/proxy-acceptor.ts';
import type { ProxyHeader } from '../proxy/proxy-header.ts';
import type { TrustedNetworks } from '../proxy/trusted-networks.ts';
import type { TlsIdentity, TlsSettings } from '../tls-settings.ts';
import { TcpConnection } from './connection.ts';
import { OutboxPool } from './outbox.ts';
import type { StreamProtocol } from './protocol.ts';
import { type ReceiveMode, receive } from './receive.ts';
import type { TcpServices } from './services.ts';
import { TlsAcceptor } from './tls-acceptor.ts';

/** Where a listener listens and how it treats connections. */
export interface ListenerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly connectionsMax: number;
  readonly noDelay: boolean;
  readonly protocol: StreamProtocol;
  /** Of plain connections: what TLS has decrypted is always copied. */
  readonly receiveMode: ReceiveMode;
  /** The system may send messages from their files, where it can: of plain TCP alone. */
  readonly sendsFiles: boolean;
  /** Absent for plain connections. */
  readonly tls: TlsSettings | undefined;
  /** Who names clients by the PROXY protocol; absent when nobody does. */
  readonly proxies: TrustedNetworks | undefined;
  readonly log: (message: string, fields: Record<string, unknown>) => void;
  /** For what whoever runs the broker should see. */
  readonly warn: (message: string, fields: Record<string, unknown>) => void;
}

const BACKLOG = 1024;
/** Accepts connections, plain TCP or TLS, watches them, and ends them when the broker stops. */
export class TcpListener {
  readonly #options: ListenerOptions;
  readonly #services: TcpServices;
  readonly #sessions: Sessions;
  readonly #server: Server;
  readonly #tls: TlsAcceptor | undefined;
  readonly #proxied: ProxyAcceptor;
  readonly #connections = new Set<TcpConnection>();
  readonly #patrol = new Patrol(this.#connections, (connection, reason) =>
    this.#end(connection, reason),
  );
  /** Shared by all connections, in the memory that frames go to: copies to there are fast. */
  readonly #scratch: Buffer;
  #onEmpty: (() => void) | undefined;

  constructor(
    options: ListenerOptions,
    sessions: Sessions,
    services: Omit<
      TcpServices,
      'framing' | 'outboxes' | 'sendsFiles' | 'onClosed' | 'onDisconnect' | 'onForeign'
    >,
  ) {
    this.#options = options;
    this.#sessions = sessions;
    const { bytes, allocate } = services.frameMemory;
    const scratch = allocate(scratchBytes);
    this.#scratch = bytes.subarray(scratch, scratch + scratchBytes);
    this.#services = {
      ...services,
      framing: options.protocol.framing,
      outboxes: new OutboxPool(services.frameMemory),
      sendsFiles: () => options.sendsFiles && systemCalls() !== undefined,
      onClosed: (connection) => this.#forget(connection),
      onForeign: (session, generation) => this.#warnForeign(session, generation),
      onDisconnect: (session, error) => this.#logDisconnect(session, error),
    };
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    this.#server.on('connection', (socket) => this.#accept(socket));
    this.#tls =
      options.tls &&
      new TlsAcceptor(options.tls, {
        onSecure: (socket, client) => this.#begin(socket, client, 'copy'),
        onFailed: (address, reason) => options.log('A TLS handshake failed.', { address, reason }),
      });
    this.#proxied = new ProxyAcceptor({
      onClient: (socket, source) => this.#acceptProxied(socket, source),
      onFailed: (socket, reason) => {
        const fields = { address: peerOf(socket), reason };
        options.warn('Refused a connection of a load balancer.', fields);
      },
    });
  }

  /** Binds; resolves with the address it really has, as `ip:port`. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: BACKLOG, reusePort: canReusePort() }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#server.on('error', (error) => {
      const { log, protocol } = this.#options;
      log('A listener failed.', { transport: protocol.transport, error: error.message });
    });
    this.#patrol.start();
    const address = this.#server.address() as { address: string; port: number };
    return printAddress(address.address, address.port);
  }

  /** Connections from now on are shown this; those that are open stay as they are. */
  useTlsIdentity(identity: TlsIdentity): void {
    this.#tls?.use(identity);
  }

  get connectionsCount(): number {
    return this.#connections.size;
  }

  /** Stops accepting and lets every connection finish what is under way. */
  async drain(): Promise<void> {
    this.#patrol.stop();
    this.#server.close();
    this.#tls?.destroy();
    this.#proxied.destroy();
    this.#options.protocol.destroy();
    for (const connection of this.#connections) connection.shutDown();
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** Ends what is left at once. */
  destroy(): void {
    this.#patrol.stop();
    this.#server.close();
    this.#options.protocol.destroy();
    for (const connection of this.#connections) connection.destroy();
  }

  /** A shard has no memory left for reads: those who hold some without need let it go. */
  onMemoryShort(): void {
    for (const connection of this.#connections) {
      if (!connection.releaseWaiting()) this.#end(connection, 'too much waits to be sent to it');
    }
    this.#patrol.onMemoryShort();
  }

  /** Ends every connection that still sends from the memory of a shard that died. */
  endReadersOf(link: ShardRelease): void {
    for (const connection of this.#connections) {
      if (connection.holdsReplies(link)) this.#end(connection, 'the shard of its response died');
    }
  }

  #accept(accepted: Socket): void {
    const { connectionsMax, noDelay, proxies } = this.#options;
    const peer = peerOf(accepted);
    if (peer === undefined) return void accepted.destroy();
    if (this.#openCount >= connectionsMax) {
      this.#options.log('Refused a connection: the limit is reached.', { connectionsMax });
      return void accepted.destroy();
    }
    if (noDelay) accepted.setNoDelay(true);
    if (proxies?.has(accepted.remoteAddress ?? '')) this.#proxied.accept(accepted);
    else this.#greet(accepted, peer);
  }

  get #openCount(): number {
    const handshakesCount = this.#tls?.handshakesCount ?? 0;
    const { waitingCount } = this.#options.protocol;
    return this.#connections.size + handshakesCount + this.#proxied.waitingCount + waitingCount;
  }

  /** Without a source the balancer speaks for itself, to see whether the broker is well. */
  #acceptProxied(accepted: Socket, source: ProxyHeader['source']): void {
    const client = source === undefined ? peerOf(accepted) : printAddress(source.host, source.port);
    if (client === undefined) accepted.destroy();
    else this.#greet(accepted, client);
  }

  #greet(accepted: Socket, client: string): void {
    if (this.#tls === undefined) this.#begin(accepted, client, this.#options.receiveMode);
    else this.#tls.accept(accepted, client);
  }

  #begin(accepted: Socket, client: string, receiveMode: ReceiveMode): void {
    this.#options.protocol.open(accepted, (opened, greeting) =>
      this.#open(opened, client, receiveMode, greeting),
    );
  }

  #open(
    accepted: Socket,
    client: string,
    receiveMode: ReceiveMode,
    greeting: Buffer | undefined,
  ): void {
    const { protocol } = this.#options;
    const session = this.#sessions.open(client, protocol.transport);
    receive(accepted, receiveMode, this.#scratch, (socket) => {
      const connection = new TcpConnection(socket, session, this.#services);
      this.#connections.add(connection);
      if (greeting !== undefined) socket.write(greeting);
      return protocol.inputOf(connection, this.#scratch, this.#services.frameMemory);
    });
  }

  #forget(connection: TcpConnection): void {
    this.#connections.delete(connection);
    this.#sessions.close(connection.session);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #end(connection: TcpConnection, reason: string): void {
    const { clientId, address } = connection.session;
    this.#options.log('Ended a connection.', { clientId, address, reason });
    connection.destroy();
  }

  #warnForeign({ clientId, address }: Session, generation: WireGeneration): void {
    const message = 'Turned a client away: it speaks a newer protocol than 0.8.';
    this.#options.warn(message, { clientId, address, generation });
  }

  #logDisconnect(session: Session, error: Error): void {
    const { clientId, address } = session;
    this.#options.log('A connection broke.', { clientId, address, reason: error.message });
  }
}
