import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { webSocketBufferedBytesMax, webSocketIdleTimeoutMs } from '../../../wire/limits.ts';
import type { HostResponse } from './host.ts';
import type { HostSocket, HostUpgrade, SocketEvents, SocketOptions } from './host-socket.ts';
import { NodeRequest } from './node-request.ts';

/** Makes a connection a WebSocket. */
type Open = (upgrade: NodeUpgrade, protocol: string | undefined, opened: Opened) => void;
type Opened = (socket: WebSocket) => void;

/** One WebSocket of the package `ws`. */
class NodeHostSocket implements HostSocket {
  readonly #socket: WebSocket;
  readonly #events: SocketEvents;
  readonly #onSent = () => this.#drain();
  #isWaiting = false;
  /** Whether the client was heard of since the last ping. */
  #isAlive = true;

  constructor(socket: WebSocket, events: SocketEvents) {
    this.#socket = socket;
    this.#events = events;
    const pings = setInterval(() => this.#ping(), webSocketIdleTimeoutMs / 2);
    pings.unref();
    socket.on('message', (message: Buffer, isBinary) => {
      this.#isAlive = true;
      events.onMessage(message, !isBinary);
    });
    const onAlive = () => {
      this.#isAlive = true;
    };
    socket.on('pong', onAlive).on('ping', onAlive);
    // Whatever is wrong with what the client sent, the end that follows says it.
    socket.on('error', () => {});
    socket.on('close', (code) => {
      clearInterval(pings);
      events.onClose(code);
    });
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount + Buffer.byteLength(message) > webSocketBufferedBytesMax) {
      return this.destroy();
    }
    socket.send(message, { binary: typeof message !== 'string' }, this.#onSent);
    this.#isWaiting ||= socket.bufferedAmount > 0;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #drain(): void {
    if (!this.#isWaiting || this.#socket.bufferedAmount > 0) return;
    this.#isWaiting = false;
    if (this.#socket.readyState === this.#socket.OPEN) this.#events.onDrain();
  }

  #ping(): void {
    if (!this.#isAlive) return this.destroy();
    this.#isAlive = false;
    this.#socket.ping();
  }
}

/** A request to become a WebSocket, off whose connection `node:http` has let go. */
class NodeUpgrade extends NodeRequest implements HostUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly #response: ServerResponse;
  readonly #open: Open;
  readonly #onGone = () => this.onClose();

  constructor(request: IncomingMessage, socket: Socket, head: Buffer, peer: string, open: Open) {
    const response = new ServerResponse(request);
    super(request, response, peer, () => true);
    this.request = request;
    this.socket = socket;
    this.head = head;
    this.#response = response;
    this.#open = open;
    socket.on('error', ignore);
    socket.on('close', this.#onGone);
  }

  override respond(response: HostResponse, onSent?: () => void): void {
    this.socket.off('close', this.#onGone);
    if (!this.isAborted) this.#response.assignSocket(this.socket);
    this.#response.on('finish', () => this.socket.end());
    super.respond(response, onSent);
  }

  accept(events: SocketEvents, protocol?: string): void {
    this.socket.off('close', this.#onGone);
    if (this.isAborted) return;
    this.#open(this, protocol, (socket) => {
      this.socket.off('error', ignore);
      events.onOpen(new NodeHostSocket(socket, events));
    });
  }
}

/** Takes WebSockets by the package `ws` from a server of `node:http`. */
export class NodeSockets {
  readonly #options: SocketOptions;
  readonly #server: WebSocketServer;
  /** Subprotocol of the one that is being accepted. */
  #protocol: string | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.messageBytesMax,
      handleProtocols: () => this.#protocol ?? false,
    });
  }

  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer, peer: string): void {
    const open: Open = (upgrade, protocol, opened) => {
      this.#protocol = protocol;
      this.#server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, opened);
    };
    this.#options.onUpgrade(new NodeUpgrade(request, socket, head, peer, open));
  }
}

function ignore(): void {}
