import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import {
  connectionSweepMs,
  httpHeadTimeoutMs,
  httpIdleTimeoutMs,
  httpRequestTimeoutMs,
} from '../../../wire/limits.ts';
import { canReusePort, peerOf, printAddress } from '../../addresses.ts';
import { ProxyAcceptor } from '../../proxy/proxy-acceptor.ts';
import type { ProxyHeader } from '../../proxy/proxy-header.ts';
import { secureContext, type TlsIdentity, type TlsSettings } from '../../tls-settings.ts';
import type { HostOptions, HttpHost } from './host.ts';
import type { SocketOptions } from './host-socket.ts';
import { NodeRequest } from './node-request.ts';

const NO_TIMEOUT = 0;
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings']);
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Speaks HTTP and HTTPS by what is part of Node.js. */
export class NodeHost implements HttpHost {
  readonly name = 'node:http';
  readonly #options: HostOptions;
  readonly #server: Server | TlsServer;
  /** What listens: the server itself, or what takes the PROXY protocol off in front of it. */
  readonly #front: TcpServer;
  readonly #proxied: ProxyAcceptor;
  /** Clients that load balancers have named, by the address of the connection. */
  readonly #clients = new Map<string, string>();
  readonly #sockets = new Set<Socket>();
  readonly #isLast = () => this.#isDraining;
  #isDraining = false;

  constructor(options: HostOptions) {
    this.#options = options;
    const { tls } = options;
    const shared = {
      connectionsCheckingInterval: connectionSweepMs,
      headersTimeout: httpHeadTimeoutMs,
      requestTimeout: httpRequestTimeoutMs,
      keepAliveTimeout: httpIdleTimeoutMs,
      noDelay: true,
      // Newer versions of Node.js ask; older ones are told by `#ignoreUpgrade`.
      shouldUpgradeCallback: (request: IncomingMessage) =>
        options.sockets !== undefined && isForWebSocket(request),
    };
    this.#server =
      tls === undefined ? createServer(shared) : createTlsServer({ ...shared, ...tlsOptions(tls) });
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      request.socket.setTimeout(NO_TIMEOUT);
      const peer = this.#clientOf(request.socket);
      options.onRequest(new NodeRequest(request, response, peer, this.#isLast));
    });
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end(BAD_REQUEST);
      else socket.destroy();
    });
    if (tls !== undefined) this.#watchHandshakes(tls);
    this.#proxied = new ProxyAcceptor({
      onClient: (socket, source) => this.#onProxied(socket, source),
      onFailed: (socket, reason) => {
        const fields = { address: peerOf(socket), reason };
        options.log('Refused a connection of a load balancer.', fields);
      },
    });
    this.#front = options.proxies === undefined ? this.#server : this.#proxyServer();
  }

  async listen(): Promise<string> {
    const { host, port, sockets } = this.#options;
    if (sockets !== undefined) await this.#takeSockets(sockets);
    await new Promise<void>((resolve, reject) => {
      this.#front.once('error', reject);
      this.#front.listen({ host, port, reusePort: canReusePort() }, () => {
        this.#front.off('error', reject);
        resolve();
      });
    });
    this.#front.on('error', (error) => {
      this.#options.log('The HTTP listener failed.', { error: error.message });
    });
    const bound = this.#front.address() as { address: string; port: number };
    return printAddress(bound.address, bound.port);
  }

  useTlsIdentity(identity: TlsIdentity): void {
    (this.#server as TlsServer).setSecureContext(secureContext(identity));
  }

  drain(): void {
    this.#isDraining = true;
    this.#front.close();
    this.#proxied.destroy();
    this.#server.closeIdleConnections();
  }

  destroy(): void {
    this.#front.close();
    this.#proxied.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #takeSockets(options: SocketOptions): Promise<void> {
    const { NodeSockets } = await import('./node-sockets.ts');
    const sockets = new NodeSockets(options);
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (!isForWebSocket(request)) return this.#ignoreUpgrade(request, socket, head);
      sockets.onUpgrade(request, socket, head, this.#clientOf(socket));
    });
  }

  /** What asks for another protocol is served as if it had not asked, as RFC 9110 allows. */
  #ignoreUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.unshift(Buffer.concat([headWithoutUpgrade(request), head]));
    this.#server.emit(this.#options.tls === undefined ? 'connection' : 'secureConnection', socket);
    socket.resume();
  }

  #clientOf(socket: Socket): string {
    const peer = peerOf(socket) ?? '';
    return this.#clients.get(peer) ?? peer;
  }

  #proxyServer(): TcpServer {
    const server = createTcpServer({ pauseOnConnect: true, noDelay: true });
    return server.on('connection', (socket) => {
      const isTrusted = this.#options.proxies?.has(socket.remoteAddress ?? '');
      if (isTrusted) this.#proxied.accept(socket);
      else this.#hand(socket);
    });
  }

  #onProxied(socket: Socket, source: ProxyHeader['source']): void {
    const peer = peerOf(socket);
    if (source !== undefined && peer !== undefined) {
      this.#clients.set(peer, printAddress(source.host, source.port));
      socket.on('close', () => this.#clients.delete(peer));
    }
    this.#hand(socket);
  }

  #hand(socket: Socket): void {
    this.#server.emit('connection', socket);
    // TLS takes the connection over with what was read of it; HTTP reads on where it was stopped.
    if (this.#options.tls === undefined) socket.resume();
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #watchHandshakes({ clientAuth }: TlsSettings): void {
    const server = this.#server as TlsServer;
    const fail = (socket: Socket, reason: string) => {
      this.#options.log('A TLS handshake failed.', { address: this.#clientOf(socket), reason });
      socket.destroy();
    };
    server.on('tlsClientError', (error, socket) => fail(socket, error.message));
    if (clientAuth !== 'optional') return;
    server.on('secureConnection', (socket) => {
      if (!socket.authorizationError || !socket.getPeerX509Certificate()) return;
      fail(socket, `its certificate is refused: ${socket.authorizationError}`);
    });
  }
}

function isForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** The head of a request as it was sent, without what asks for an upgrade. */
function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (!HOP_HEADERS.has(name.toLowerCase())) head += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, 'latin1');
}

function tlsOptions({ identity, clientAuth, handshakeTimeoutMs }: TlsSettings) {
  return {
    ...secureContext(identity),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
    handshakeTimeout: handshakeTimeoutMs,
  };
}
