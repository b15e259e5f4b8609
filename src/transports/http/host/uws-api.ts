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
  write(part: string): boolean;
  writeStatus(status: string): void;
  writeHeader(name: string, value: string): void;
  end(body: string | Uint8Array, closes?: boolean): void;
  endWithoutBody(length?: number, closes?: boolean): void;
  tryEnd(rest: Uint8Array, total: number): [isTaken: boolean, isDone: boolean];
}
