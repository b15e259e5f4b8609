import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import {
  connectionSweepMs,
  httpHeadTimeoutMs,
  httpIdleTimeoutMs,
  httpRequestTimeoutMs,
  httpStallTimeoutMs,
} from '../../../wire/limits.ts';
import { canReusePort, peerOf, printAddress } from '../../addresses.ts';
import { ProxyAcceptor } from '../../proxy/proxy-acceptor.ts';
import type { ProxyHeader } from '../../proxy/proxy-header.ts';
import { secureContext, type TlsIdentity, type TlsSettings } from '../../tls-settings.ts';
import type {
  BodySink,
  HostOptions,
  HostRequest,
  HostResponse,
  HostStream,
  HttpHost,
  StreamHead,
} from './host.ts';

const NO_TIMEOUT = 0;
const NO_CONTENT = 204;
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** One request that `node:http` received. */
class NodeRequest implements HostRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: string;
  isAborted = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isLast: () => boolean;
  #onAborted: (() => void) | undefined;
  #onSent: (() => void) | undefined;
  #onTaken: (() => void) | undefined;

  /** `isLast` says whether the connection is to end with the response. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    peer: string,
    isLast: () => boolean,
  ) {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.method = request.method ?? 'GET';
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = mark < 0 ? '' : url.slice(mark + 1);
    this.peer = peer;
    this.#request = request;
    this.#response = response;
    this.#isLast = isLast;
    response.on('close', () => this.#onClose());
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  onAborted(listener: () => void): void {
    this.#onAborted = listener;
  }

  receive(sink: BodySink): void {
    this.#request.on('data', (chunk: Uint8Array) => sink.onChunk(chunk));
    this.#request.on('end', () => sink.onEnd());
    // Who goes in the middle of a body is heard of by `onAborted`.
    this.#request.on('error', () => {});
  }

  respond({ status, headers, body }: HostResponse, onSent?: () => void): void {
    this.#onSent = onSent;
    if (this.isAborted) return this.#sent();
    const response = this.#response;
    for (const [name, value] of headers) response.appendHeader(name, value);
    if (this.#isLast()) response.setHeader('connection', 'close');
    const isEmpty = status === NO_CONTENT;
    if (!isEmpty) response.setHeader('content-length', Buffer.byteLength(body));
    response.writeHead(status);
    // A client that takes nothing for so long is given up; until the next request it is idle.
    this.#request.socket.setTimeout(httpStallTimeoutMs);
    response.end(isEmpty || this.method === 'HEAD' ? undefined : body);
    // What was not read of the body is dropped, so that the connection can be used again.
    this.#request.resume();
  }

  stream(head: StreamHead): HostStream {
    const response = this.#response;
    for (const [name, value] of head.headers) response.appendHeader(name, value);
    if (this.#isLast()) response.setHeader('connection', 'close');
    if (!this.isAborted) response.writeHead(head.status).flushHeaders();
    return {
      write: (part, onTaken) => this.#writePart(part, onTaken),
      end: (part, onSent) => this.#endStream(part, onSent),
    };
  }

  /** A client that takes nothing for so long is given up; one that waits for us is not. */
  #writePart(part: string, onTaken: () => void): void {
    const { socket } = this.#request;
    this.#onTaken = onTaken;
    if (this.isAborted) return this.#taken();
    socket.setTimeout(httpStallTimeoutMs);
    this.#response.write(part, () => {
      socket.setTimeout(NO_TIMEOUT);
      this.#taken();
    });
  }

  #endStream(part: string, onSent: () => void): void {
    this.#onTaken = undefined;
    this.#onSent = onSent;
    if (this.isAborted) return this.#sent();
    this.#request.socket.setTimeout(httpStallTimeoutMs);
    this.#response.end(part);
  }

  #onClose(): void {
    if (!this.#response.writableFinished) {
      this.isAborted = true;
      this.#onAborted?.();
    }
    this.#taken();
    this.#sent();
  }

  #taken(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.();
  }

  #sent(): void {
    this.#onSent?.();
    this.#onSent = undefined;
  }
}

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
    const { host, port } = this.#options;
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

function tlsOptions({ identity, clientAuth, handshakeTimeoutMs }: TlsSettings) {
  return {
    ...secureContext(identity),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
    handshakeTimeout: handshakeTimeoutMs,
  };
}
