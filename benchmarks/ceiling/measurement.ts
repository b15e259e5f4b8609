/** What the load generator measures: batches in, or the same batches out again. */
export type LoadMode = 'send' | 'poll';

/** What is measured: batches in, and out again from files or from the broker's memory. */
export type Work = 'send' | 'poll from file' | 'poll from cache';

/** What the load generator is asked to do. */
export interface LoadOptions {
  readonly mode: LoadMode;
  readonly port: number;
  readonly connections: number;
  /** Batches of each connection. */
  readonly batches: number;
  /** How often a consumer reads them, from the first to the last; 1 for producers. */
  readonly passes: number;
  /** SendMessages requests of one connection that may wait for their answer. */
  readonly depth: number;
  /** False for a server that stores messages without giving them offsets. */
  readonly offsetsAssigned: boolean;
  /** Every partition is polled once while it is empty: somebody waits for what is sent. */
  readonly isFollowed: boolean;
}

/** One line of the load generator's output. */
export interface LoadResult {
  readonly mode: LoadMode;
  readonly connections: number;
  /** Batches of each connection. */
  readonly batches: number;
  /** How often they were polled; 1 for sends. */
  readonly passes: number;
  /** Payload bytes of all connections. */
  readonly bytes: number;
  /** Requests of all connections. */
  readonly requests: number;
  /** From the common start to the last answer. */
  readonly seconds: number;
  /** Payload, in millions of bytes a second. */
  readonly mbPerSecond: number;
  readonly latencyUsP50: number;
  readonly latencyUsP99: number;
}

/** The two sides of the comparison. */
export type ContestantName = 'veltro' | 'ceiling';

/** One result with its place in the run. */
export interface Measurement extends LoadResult {
  readonly round: number;
  readonly contestant: ContestantName;
  readonly work: Work;
}
