import { busyPollMs, largeSendPollMs, shardSpinMs, sharedShardSpinMs } from '../wire/limits.ts';

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

/** How long threads without work stay awake where pauses are short, in milliseconds. */
export interface AwakeTimes {
  /** The acceptor. */
  readonly pollMs: number;
  /** The acceptor while a shard is at a large send. */
  readonly largeSendMs: number;
  /** A shard. */
  readonly spinMs: number;
}

/**
 * No thread stays awake on a core that another one needs. A core is free for shards when acceptor
 * and shards leave one to the clients; with one core less, clients lose what shards take.
 */
export function awakeTimes(
  { threads, busyPolling }: { readonly threads: number; readonly busyPolling: boolean },
  cores: number,
): AwakeTimes {
  if (!busyPolling || cores === 1) return { pollMs: 0, largeSendMs: 0, spinMs: 0 };
  const left = cores - 1 - threads;
  // Shards at work would lose what the acceptor takes.
  if (left < 0) return { pollMs: busyPollMs, largeSendMs: 0, spinMs: 0 };
  const spinMs = left > 0 ? shardSpinMs : sharedShardSpinMs;
  return { pollMs: busyPollMs, largeSendMs: largeSendPollMs, spinMs };
}
