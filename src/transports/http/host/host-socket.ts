import type { HostRequest } from './host.ts';

/** How a host takes WebSockets. */
export interface SocketOptions {
  /**
   * What a message may have, in one frame or several. A larger one ends the connection: with 1009,
   * or over uWebSockets.js without a word.
   */
  readonly messageBytesMax: number;
  /** Gets every request to become a WebSocket whose head has arrived. */
  readonly onUpgrade: (upgrade: HostUpgrade) => void;
}

/** Who hears of a WebSocket. */
export interface SocketEvents {
  onOpen(socket: HostSocket): void;
  /**
   * A whole message, whose bytes are valid only during the call. Hosts cannot stop receiving:
   * whoever keeps something for a message has to count it, and to close the socket of one that
   * sends too many.
   */
  onMessage(message: Uint8Array, isText: boolean): void;
  /** All that waited was sent. */
  onDrain(): void;
  /** The end, once, whoever it was that closed; 1006 for a client that said nothing. */
  onClose(code: number): void;
}

/** A WebSocket whatever the host is. It answers pings, and sends some to see who is gone. */
export interface HostSocket {
  /** Bytes that wait until the client takes them. */
  readonly bufferedBytes: number;
  /**
   * Sends text or binary, or nothing at all once the socket is closed. Bytes must stay as they are
   * until `onDrain` says so. More than `webSocketBufferedBytesMax` in waiting end the connection.
   */
  send(message: string | Uint8Array): void;
  /** Says why, with a status of RFC 6455, section 7.4. The reason has at most 123 bytes. */
  close(code: number, reason: string): void;
  /** Ends without a word. */
  destroy(): void;
}

/** A request to become a WebSocket. It is accepted or answered, at once or later. */
export interface HostUpgrade
  extends Pick<
    HostRequest,
    'path' | 'query' | 'peer' | 'isAborted' | 'header' | 'onAborted' | 'respond'
  > {
  /**
   * Makes it a WebSocket, unless the client has gone. With a subprotocol, that must be one of those
   * that the header `sec-websocket-protocol` names.
   */
  accept(events: SocketEvents, protocol?: string): void;
}
