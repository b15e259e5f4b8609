import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { peerOf } from '../addresses.ts';
import { secureContext, type TlsIdentity, type TlsSettings } from '../tls-settings.ts';

/** Who hears how a handshake ended. */
export interface TlsEvents {
  onSecure(socket: TLSSocket, client: string): void;
  onFailed(client: string | undefined, reason: string): void;
}

interface Handshake {
  readonly socket: Socket;
  /** Address of the client, which is not that of the socket behind a load balancer. */
  readonly client: string;
}

/** Takes accepted sockets through the TLS handshake, TLS 1.2 or 1.3 without ALPN. */
export class TlsAcceptor {
  readonly #settings: TlsSettings;
  readonly #events: TlsEvents;
  /** It listens nowhere: sockets are handed to it. */
  readonly #server: Server;
  readonly #handshakes = new Map<string, Handshake>();

  constructor(settings: TlsSettings, events: TlsEvents) {
    const { identity, clientAuth, handshakeTimeoutMs } = settings;
    this.#settings = settings;
    this.#events = events;
    this.#server = createServer({
      ...secureContext(identity),
      requestCert: clientAuth !== 'none',
      rejectUnauthorized: clientAuth === 'required',
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.on('secureConnection', (socket) => this.#onSecure(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#fail(socket, error.message));
  }

  /** Connections whose handshake is under way. */
  get handshakesCount(): number {
    return this.#handshakes.size;
  }

  /** Begins a handshake with a client of that address. */
  accept(socket: Socket, client: string): void {
    const peer = peerOf(socket);
    if (peer === undefined) return void socket.destroy();
    this.#handshakes.set(peer, { socket, client });
    // Who ends in the middle of a handshake waits for nothing.
    socket.allowHalfOpen = false;
    socket.once('close', () => this.#forget(peer, socket));
    this.#server.emit('connection', socket);
  }

  /** Handshakes that begin from now on are made with this. */
  use(identity: TlsIdentity): void {
    this.#server.setSecureContext(secureContext(identity));
  }

  /** Ends all handshakes that are under way. */
  destroy(): void {
    for (const { socket } of this.#handshakes.values()) socket.destroy();
  }

  #onSecure(socket: TLSSocket): void {
    const peer = peerOf(socket);
    const handshake = this.#handshakes.get(peer ?? '');
    if (peer === undefined || handshake === undefined) {
      return this.#fail(socket, 'the client has gone');
    }
    this.#handshakes.delete(peer);
    const hasBadCertificate = socket.authorizationError && socket.getPeerX509Certificate();
    if (this.#settings.clientAuth === 'optional' && hasBadCertificate) {
      return this.#fail(socket, `its certificate is refused: ${socket.authorizationError}`);
    }
    socket.allowHalfOpen = true;
    this.#events.onSecure(socket, handshake.client);
  }

  #fail(socket: TLSSocket, reason: string): void {
    const peer = peerOf(socket);
    this.#events.onFailed(this.#handshakes.get(peer ?? '')?.client ?? peer, reason);
    socket.destroy();
  }

  #forget(peer: string, socket: Socket): void {
    if (this.#handshakes.get(peer)?.socket === socket) this.#handshakes.delete(peer);
  }
}
