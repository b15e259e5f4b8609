import { loginFailureKeysMax } from '../wire/limits.ts';

interface Failures {
  /** Failures that are not forgotten yet, as of `atMs`. */
  count: number;
  atMs: number;
  /** When one more was not borne the last time. */
  fullAtMs: number;
}

/** How many failures of one kind are borne, and in which time so many are forgotten. */
export interface FailureRate {
  readonly failuresMax: number;
  readonly periodMs: number;
}

/**
 * Counts failures by key and forgets them evenly: a leaky bucket for each key. Only so many keys
 * are known; a new one takes the place of the one that failed longest ago.
 */
export class FailureTable {
  readonly #rate: FailureRate;
  readonly #keysMax: number;
  /** In the order of the last failure. */
  readonly #failures = new Map<string, Failures>();

  constructor(rate: FailureRate, keysMax = loginFailureKeysMax) {
    this.#rate = rate;
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#failures.size;
  }

  /** Failures of a key that are not forgotten; not a whole number. */
  count(key: string, nowMs: number): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    const { failuresMax, periodMs } = this.#rate;
    const forgotten = ((nowMs - failures.atMs) * failuresMax) / periodMs;
    return Math.max(0, failures.count - forgotten);
  }

  /** True when one more failure is not borne. */
  isFull(key: string, nowMs: number): boolean {
    return this.count(key, nowMs) > this.#rate.failuresMax - 1;
  }

  /** Counts a failure. True when the key has become full, and was not in the last period. */
  add(key: string, nowMs: number): boolean {
    const { failuresMax, periodMs } = this.#rate;
    const lastFullMs = this.#failures.get(key)?.fullAtMs ?? Number.NEGATIVE_INFINITY;
    const failures = {
      count: Math.min(this.count(key, nowMs) + 1, failuresMax),
      atMs: nowMs,
      fullAtMs: lastFullMs,
    };
    this.#failures.delete(key);
    if (this.#failures.size >= this.#keysMax) this.#forgetOldest();
    this.#failures.set(key, failures);
    if (!this.isFull(key, nowMs)) return false;
    failures.fullAtMs = nowMs;
    return nowMs - lastFullMs > periodMs;
  }

  #forgetOldest(): void {
    for (const key of this.#failures.keys()) {
      this.#failures.delete(key);
      return;
    }
  }
}
