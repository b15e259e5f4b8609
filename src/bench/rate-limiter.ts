const MS_PER_SECOND = 1000;
/** A timer may fire so much too late; what was missed meanwhile may be made up for. */
const TIMER_SLACK_MS = 10;

/**
 * A token bucket: tokens are bytes, they come at a steady rate, and work goes ahead on credit: it
 * then waits until the debt is paid. So the first batch goes at once and the mean rate is exact.
 */
export class RateLimiter {
  readonly #bytesPerMs: number;
  readonly #nowMs: () => number;
  readonly #bytesMax: number;
  #bytes = 0;
  #countedMs: number;

  /** `nowMs` is a monotonic clock. */
  constructor(bytesPerSecond: number, nowMs: () => number) {
    this.#bytesPerMs = bytesPerSecond / MS_PER_SECOND;
    this.#bytesMax = this.#bytesPerMs * TIMER_SLACK_MS;
    this.#nowMs = nowMs;
    this.#countedMs = nowMs();
  }

  /** Takes the tokens of work that was done; answers how long the next must wait. */
  spend(bytes: number): number {
    const nowMs = this.#nowMs();
    const earned = (nowMs - this.#countedMs) * this.#bytesPerMs;
    this.#bytes = Math.min(this.#bytesMax, this.#bytes + earned) - bytes;
    this.#countedMs = nowMs;
    return Math.max(0, -this.#bytes / this.#bytesPerMs);
  }
}
