/** One connection to a broker, of whatever kind: bytes in order, both ways. */
export interface Transport {
  /** Queues bytes; they must not change afterwards. */
  send(bytes: Uint8Array): void;
  /** Ends the connection at once. `onClose` is not called for it. */
  close(): void;
}

/** What a transport tells its owner. */
export interface TransportEvents {
  /** Where the next bytes may go: a transport that can receives straight into it. */
  receiveBuffer(): Buffer;
  /** Bytes that arrived, in that buffer or elsewhere; valid during the call only. */
  onBytes(bytes: Buffer): void;
  /** The connection ended, with an error or by the broker's will. Called at most once. */
  onClose(error: Error | null): void;
}

/** Opens a connection or throws; the signal ends the attempt. */
export type OpenTransport = (events: TransportEvents, signal: AbortSignal) => Promise<Transport>;
