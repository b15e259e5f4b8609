import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { peerOf } from '../addresses.ts';
import { secureContext, type TlsIdentity, type TlsSettings } from '../tls-settings.ts';

/** Who hears how a handshake ended. */
export interface TlsEvents {
  onSecure(socket: TLSSocket, peer: string): void;
  onFailed(peer: string | undefined, reason: string): void;
}

/** Takes accepted sockets through the TLS handshake, TLS 1.2 or 1.3 without ALPN. */
export class TlsAcceptor {
  readonly #settings: TlsSettings;
  readonly #events: TlsEvents;
  /** It listens nowhere: sockets are handed to it. */
  readonly #server: Server;
  readonly #handshakes = new Map<string, Socket>();

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

  /** Begins a handshake; `peer` is what `peerOf` says of the socket. */
  accept(socket: Socket, peer: string): void {
    this.#handshakes.set(peer, socket);
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
    for (const socket of this.#handshakes.values()) socket.destroy();
  }

  #onSecure(socket: TLSSocket): void {
    const peer = peerOf(socket);
    if (peer === undefined) return this.#fail(socket, 'the client has gone');
    this.#handshakes.delete(peer);
    const hasBadCertificate = socket.authorizationError && socket.getPeerX509Certificate();
    if (this.#settings.clientAuth === 'optional' && hasBadCertificate) {
      return this.#fail(socket, `its certificate is refused: ${socket.authorizationError}`);
    }
    socket.allowHalfOpen = true;
    this.#events.onSecure(socket, peer);
  }

  #fail(socket: TLSSocket, reason: string): void {
    this.#events.onFailed(peerOf(socket), reason);
    socket.destroy();
  }

  #forget(peer: string, socket: Socket): void {
    if (this.#handshakes.get(peer) === socket) this.#handshakes.delete(peer);
  }
}
