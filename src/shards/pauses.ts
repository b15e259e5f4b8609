import { busyPollMs, shardSpinMs, sharedShardSpinMs } from '../wire/limits.ts';

/** So many short pauses in a row let another one be expected. */
const SHORT_PAUSES = 2;

/**
 * The last pauses between one piece of work and the next. One short pause says little: a request
 * that comes alone has one while its answer is made.
 */
export class Pauses {
  #shortOnes = 0;

  note(ms: number): void {
    this.#shortOnes = ms < busyPollMs ? this.#shortOnes + 1 : 0;
  }

  /** True when the next one is likely to be short: sleeping would cost more than waiting. */
  get areShort(): boolean {
    return this.#shortOnes >= SHORT_PAUSES;
  }
}

/** How long the acceptor stays awake without work: not at all where shards need its core. */
export function pollMsOf(cores: number): number {
  return cores > 1 ? busyPollMs : 0;
}

/**
 * How long a shard stays awake without work. A core is free for it when acceptor and shards leave
 * one to the clients; with one core less, clients lose what it takes.
 */
export function spinMsOf(cores: number, threads: number): number {
  const left = cores - 1 - threads;
  if (left < 0) return 0;
  return left === 0 ? sharedShardSpinMs : shardSpinMs;
}
