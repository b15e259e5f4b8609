/** What the load generator can do. */
export type LoadMode = 'send' | 'poll' | 'ping' | 'echo';

/** One line of the load generator's output. */
export interface LoadResult {
  readonly mode: LoadMode;
  readonly connections: number;
  /** Requests of each connection that are under way. */
  readonly depth: number;
  /** Requests of all connections that were answered in time. */
  readonly requests: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly latencyUsP50: number;
  readonly latencyUsP99: number;
  readonly latencyUsP999: number;
  /** Share of one core that the load generator took. */
  readonly loadCpuShare: number;
  /** Processor time of the thread that serves connections, microseconds a request. */
  readonly acceptorUs: number;
  /** Processor time of all other threads of the server, microseconds a request. */
  readonly othersUs: number;
}

/** The servers of the comparison. */
export type ContestantName = 'veltro' | 'ceiling' | 'echo';

/** One result with its place in the run. */
export interface Measurement extends LoadResult {
  readonly round: number;
  readonly contestant: ContestantName;
}

/** One kind of work. */
export interface Work {
  readonly mode: 'send' | 'poll';
  readonly connections: number;
  readonly depth: number;
}
