import { webSocketBufferedBytesMax, webSocketIdleTimeoutMs } from '../../../wire/limits.ts';
import type { HostSocket, HostUpgrade, SocketEvents, SocketOptions } from './host-socket.ts';
import type {
  UwsContext,
  UwsRequestHead,
  UwsResponse,
  UwsSocket,
  UwsSocketBehavior,
} from './uws-api.ts';
import { UwsRequest } from './uws-request.ts';

const MS_PER_SECOND = 1000;

/** One WebSocket of uWebSockets.js, which throws when it is used after its end. */
class UwsHostSocket implements HostSocket {
  readonly #events: SocketEvents;
  /** Undefined once it is closed. */
  #socket: UwsSocket | undefined;

  constructor(events: SocketEvents) {
    this.#events = events;
  }

  get bufferedBytes(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  send(message: string | Uint8Array): void {
    this.#socket?.send(message, typeof message !== 'string');
  }

  close(code: number, reason: string): void {
    this.#socket?.end(code, reason);
  }

  destroy(): void {
    this.#socket?.close();
  }

  onOpen(socket: UwsSocket): void {
    this.#socket = socket;
    this.#events.onOpen(this);
  }

  onMessage(message: ArrayBuffer, isBinary: boolean): void {
    this.#events.onMessage(new Uint8Array(message), !isBinary);
  }

  onDrain(): void {
    if (this.bufferedBytes === 0) this.#events.onDrain();
  }

  onClose(code: number): void {
    this.#socket = undefined;
    this.#events.onClose(code);
  }
}

/** A request to become a WebSocket: its head is kept, since it may be accepted later. */
class UwsUpgrade extends UwsRequest implements HostUpgrade {
  readonly #response: UwsResponse;
  readonly #context: UwsContext;

  constructor(
    request: UwsRequestHead,
    response: UwsResponse,
    context: UwsContext,
    isLast: () => boolean,
  ) {
    super(request, response, isLast);
    this.#response = response;
    this.#context = context;
  }

  accept(events: SocketEvents, protocol = ''): void {
    if (this.isAborted) return;
    const key = this.header('sec-websocket-key') ?? '';
    const socket = new UwsHostSocket(events);
    const upgrade = () =>
      this.#response.upgrade({ owner: socket }, key, protocol, '', this.#context);
    this.#response.cork(upgrade);
  }
}

/** What the library calls for WebSockets. */
export function uwsSockets(
  { messageBytesMax, onUpgrade }: SocketOptions,
  isLast: () => boolean,
): UwsSocketBehavior {
  return {
    maxPayloadLength: messageBytesMax,
    maxBackpressure: webSocketBufferedBytesMax,
    closeOnBackpressureLimit: true,
    idleTimeout: webSocketIdleTimeoutMs / MS_PER_SECOND,
    sendPingsAutomatically: true,
    upgrade(response, request, context) {
      onUpgrade(new UwsUpgrade(request, response, context, isLast));
    },
    open: (socket) => ownerOf(socket).onOpen(socket),
    message: (socket, message, isBinary) => ownerOf(socket).onMessage(message, isBinary),
    drain: (socket) => ownerOf(socket).onDrain(),
    close: (socket, code) => ownerOf(socket).onClose(code),
  };
}

function ownerOf(socket: UwsSocket): UwsHostSocket {
  return socket.getUserData().owner as UwsHostSocket;
}
