/**
 * Upper bounds of the buckets of all latency histograms, in seconds; one more bucket takes the
 * rest.
 */
export const latencyBounds = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5,
] as const;

/**
 * Figures of a shard that only grow, or that are set anew. The acceptor counts what clients get of
 * what was read ahead, the shard all others.
 */
const figures = [
  'acknowledgedMessages',
  'acknowledgedBytes',
  'polledMessages',
  'polledBytes',
  'readAheadMessages',
  'readAheadBytes',
  'refusedBatches',
  'failedFlushes',
  'openFiles',
  'cachedFrameBytes',
  'cachedRegionBytes',
  'heapBytes',
] as const;
export type ShardFigure = (typeof figures)[number];

/** What a shard takes the time of. */
const timers = ['append', 'poll', 'sync'] as const;
export type ShardTimer = (typeof timers)[number];

/** How often something took how long. */
export interface Latencies {
  /** Times in each bucket of `latencyBounds`, and behind them those that took longer. */
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
}

const BUCKETS = latencyBounds.length + 1;
/** Behind the buckets of a timer: the sum of its times. */
const TIMER_DOUBLES = BUCKETS + 1;
const SHARD_DOUBLES = figures.length + timers.length * TIMER_DOUBLES;

const figureAt = Object.fromEntries(figures.map((name, index) => [name, index])) as Record<
  ShardFigure,
  number
>;
const timerAt = Object.fromEntries(
  timers.map((name, index) => [name, figures.length + index * TIMER_DOUBLES]),
) as Record<ShardTimer, number>;

/** Memory for the counters of so many shards. */
export function createCounters(shards: number): SharedArrayBuffer {
  return new SharedArrayBuffer(shards * SHARD_DOUBLES * Float64Array.BYTES_PER_ELEMENT);
}

/**
 * What one shard has done and how long it took, in shared memory: the shard counts, the acceptor
 * reads whenever it likes and costs the shard nothing. They go on when its worker is replaced.
 */
export class ShardCounters {
  readonly #values: Float64Array;

  constructor(memory: SharedArrayBuffer, shard: number) {
    const bytes = SHARD_DOUBLES * Float64Array.BYTES_PER_ELEMENT;
    this.#values = new Float64Array(memory, shard * bytes, SHARD_DOUBLES);
  }

  add(figure: ShardFigure, amount: number): void {
    this.#values[figureAt[figure]] += amount;
  }

  set(figure: ShardFigure, value: number): void {
    this.#values[figureAt[figure]] = value;
  }

  /** Counts something that happened so many times and took so long each time. */
  took(timer: ShardTimer, seconds: number, times = 1): void {
    const start = timerAt[timer];
    let bucket = 0;
    while (bucket < latencyBounds.length && seconds > latencyBounds[bucket]) bucket++;
    this.#values[start + bucket] += times;
    this.#values[start + BUCKETS] += seconds * times;
  }

  get(figure: ShardFigure): number {
    return this.#values[figureAt[figure]];
  }

  latencies(timer: ShardTimer): Latencies {
    const start = timerAt[timer];
    const buckets = [...this.#values.subarray(start, start + BUCKETS)];
    const count = buckets.reduce((sum, times) => sum + times, 0);
    return { buckets, count, sumSeconds: this.#values[start + BUCKETS] };
  }
}
