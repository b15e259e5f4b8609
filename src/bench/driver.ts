/** Messages that go together, in either direction. */
export interface Batch {
  readonly messages: number;
  readonly payloadBytes: number;
  /** With headers. */
  readonly totalBytes: number;
}

/** What a poll brought. */
export interface PolledBatch extends Batch {
  /** When its first message was made, in microseconds since 1970; 0 where that is not known. */
  readonly originMicros: number;
}

/** A poll that found nothing. */
export const nothingPolled: PolledBatch = {
  messages: 0,
  payloadBytes: 0,
  totalBytes: 0,
  originMicros: 0,
};

/** How an actor talks to the broker. */
export interface Driver {
  /** The batch that would be sent now. */
  nextBatch(): Batch;
  /** Sends that batch; resolves when it is acknowledged. */
  send(): Promise<void>;
  /** Asks for so many messages at most, or as many as the options say. */
  poll(count?: number): Promise<PolledBatch>;
  /** Back to where reading began, as if nothing had been read. */
  rewind(): Promise<void>;
  close(): Promise<void>;
}
