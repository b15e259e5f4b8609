import { connectionSweepMs, slowReaderGraceMs, slowSenderGraceMs } from '../wire/limits.ts';

/** A connection as far as its time goes; all times are milliseconds up to now. */
export interface Patrolled {
  /** Why it must be given up, or nothing. */
  overdue(nowMs: number): string | undefined;
  /** How long no byte could be sent of a response that holds a shard's memory. */
  stuckMs(nowMs: number): number;
  /** How long it has been waiting for memory. */
  waitedMs(nowMs: number): number;
  /** How long nothing came of a frame that holds memory. */
  starvedMs(nowMs: number): number;
}

/** For so long after memory got short slow readers are looked for: until one can count as slow. */
const SHORTAGE_MS = slowReaderGraceMs + 2 * connectionSweepMs;

/**
 * Looks at all connections of a listener now and then, and ends those on which nothing moves, and
 * the slowest where others wait for what it holds.
 */
export class Patrol<Connection extends Patrolled> {
  readonly #connections: ReadonlySet<Connection>;
  readonly #end: (connection: Connection, reason: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #shortUntilMs = 0;

  constructor(
    connections: ReadonlySet<Connection>,
    end: (connection: Connection, reason: string) => void,
  ) {
    this.#connections = connections;
    this.#end = end;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), connectionSweepMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A shard has no memory left for reads. */
  onMemoryShort(): void {
    const nowMs = performance.now();
    this.#shortUntilMs = nowMs + SHORTAGE_MS;
    this.#endSlowestReader(nowMs);
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) {
      const reason = connection.overdue(nowMs);
      if (reason !== undefined) this.#end(connection, reason);
    }
    // Whoever was not slow for long enough when memory got short may be by now.
    if (nowMs < this.#shortUntilMs) this.#endSlowestReader(nowMs);
    this.#endSlowestSender(nowMs);
  }

  #endSlowestReader(nowMs: number): void {
    const slowest = this.#longest(slowReaderGraceMs, (connection) => connection.stuckMs(nowMs));
    if (slowest !== undefined) this.#end(slowest, 'its unread responses hold memory others need');
  }

  /** Frames get their memory when they begin: one that stops must not keep others waiting. */
  #endSlowestSender(nowMs: number): void {
    const waiting = this.#longest(slowSenderGraceMs, (connection) => connection.waitedMs(nowMs));
    const slowest = this.#longest(slowSenderGraceMs, (connection) => connection.starvedMs(nowMs));
    if (waiting === undefined || slowest === undefined) return;
    this.#end(slowest, 'its unfinished frame holds memory others need');
  }

  /** The connection with the longest time, if that is at least the given one. */
  #longest(leastMs: number, timeMs: (connection: Connection) => number): Connection | undefined {
    let longest: Connection | undefined;
    let longestMs = leastMs;
    for (const connection of this.#connections) {
      const ms = timeMs(connection);
      if (ms < longestMs) continue;
      longest = connection;
      longestMs = ms;
    }
    return longest;
  }
}
