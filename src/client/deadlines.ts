import type { Call } from './call.ts';

/**
 * The calls without an outcome, oldest first. All have the same time-out, so the oldest is the next
 * to run out and one timer serves them all.
 */
export class Deadlines {
  readonly #calls = new Set<Call>();
  readonly #onExpired: (call: Call) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(onExpired: (call: Call) => void) {
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Watches a call until it has its outcome. */
  add(call: Call): void {
    this.#calls.add(call);
    const remove = () => this.#calls.delete(call);
    call.answer.then(remove, remove);
    this.#arm(call);
  }

  /** A snapshot, oldest first. */
  calls(): Call[] {
    return [...this.#calls];
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(oldest: Call): void {
    if (this.#timer !== null) return;
    const delayMs = Math.max(0, oldest.deadlineMs - performance.now());
    this.#timer = setTimeout(() => this.#expire(), delayMs);
  }

  #expire(): void {
    this.#timer = null;
    const nowMs = performance.now();
    for (const call of this.#calls) {
      if (call.deadlineMs > nowMs) {
        this.#arm(call);
        return;
      }
      this.#calls.delete(call);
      this.#onExpired(call);
    }
  }
}
