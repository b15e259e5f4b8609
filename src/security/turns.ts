import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';

/** Runs a few tasks at once; the others wait for their turn, in order, up to a limit. */
export class Turns {
  readonly #atOnceMax: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnceMax: number, waitingMax: number) {
    this.#atOnceMax = atOnceMax;
    this.#waitingMax = waitingMax;
  }

  /** Rejects with what the task throws, or at once with status 8 when too many wait. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    await this.#begin();
    try {
      return await task();
    } finally {
      // Whoever comes next takes the place over, so that nobody gets in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #begin(): Promise<void> | undefined {
    if (this.#running < this.#atOnceMax) {
      this.#running++;
      return undefined;
    }
    if (this.#waiting.length >= this.#waitingMax) {
      throw new WireError(status.Disconnected, `${this.#waitingMax} tasks wait already`);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
