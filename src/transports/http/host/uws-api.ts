/**
 * What is used of uWebSockets.js. Its own types are not taken, because a clone must build where the
 * package is missing.
 */
export interface Uws {
  App(): UwsApp;
  us_listen_socket_close(socket: ListenSocket): void;
  us_socket_local_port(socket: ListenSocket): number;
}

/** A socket that listens: known to the library alone. */
export type ListenSocket = object;

/** One listener. */
export interface UwsApp {
  any(pattern: string, handler: (response: UwsResponse, request: UwsRequestHead) => void): UwsApp;
  /** Comes before `any` for requests to become a WebSocket. */
  ws(pattern: string, behavior: UwsSocketBehavior): UwsApp;
  /** `bound` gets false when the address cannot be had. */
  listen(host: string, port: number, bound: (socket: ListenSocket | false) => void): UwsApp;
  close(): void;
}

/** Of no use once the handler has returned. */
export interface UwsRequestHead {
  getCaseSensitiveMethod(): string;
  getUrl(): string;
  getQuery(): string;
  forEach(each: (name: string, value: string) => void): void;
}

/** Throws once the client has gone. */
export interface UwsResponse {
  getRemoteAddressAsText(): ArrayBuffer;
  onAborted(listener: () => void): void;
  /** The chunk is detached when the listener returns. */
  onData(listener: (chunk: ArrayBuffer, isLast: boolean) => void): void;
  /** The listener returns whether all of what it wrote was taken. */
  onWritable(listener: (offset: number) => boolean): void;
  cork(write: () => void): void;
  /** False when the socket has not taken all; the library then keeps the rest. Never empty. */
  write(part: string | Uint8Array): boolean;
  writeStatus(status: string): void;
  writeHeader(name: string, value: string): void;
  end(body: string | Uint8Array, closes?: boolean): void;
  endWithoutBody(length?: number, closes?: boolean): void;
  tryEnd(rest: Uint8Array, total: number): [isTaken: boolean, isDone: boolean];
  /** The properties of `data` come back from `getUserData`. */
  upgrade(
    data: UwsUserData,
    key: string,
    protocol: string,
    extensions: string,
    context: UwsContext,
  ): void;
}

/** What an upgrade is part of: known to the library alone. */
export type UwsContext = object;

/** What is kept with a WebSocket. */
export interface UwsUserData {
  readonly owner: object;
}

/** How WebSockets are treated; without `compression` they have none. */
export interface UwsSocketBehavior {
  readonly maxPayloadLength: number;
  /** Of what is sent beyond this, nothing is kept. */
  readonly maxBackpressure: number;
  readonly closeOnBackpressureLimit: boolean;
  /** Seconds without a byte from the client, and in which pings are sent on their own. */
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  upgrade(response: UwsResponse, request: UwsRequestHead, context: UwsContext): void;
  open(socket: UwsSocket): void;
  /** The message is detached when this returns. */
  message(socket: UwsSocket, message: ArrayBuffer, isBinary: boolean): void;
  drain(socket: UwsSocket): void;
  close(socket: UwsSocket, code: number): void;
}

/** One WebSocket. Throws once it is closed. */
export interface UwsSocket {
  getUserData(): UwsUserData;
  getBufferedAmount(): number;
  /** What the system does not take at once is copied. */
  send(message: string | Uint8Array, isBinary: boolean): number;
  /** `close` of the behaviour is called before this returns, as by `close`. */
  end(code: number, reason: string): void;
  close(): void;
}
