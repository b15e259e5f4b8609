const FIRST_CAPACITY = 1024;

/**
 * Latencies of one actor. All of them up to a limit; from then on a sample in which each has had
 * the same chance, so that percentiles stay true and memory bounded.
 */
export class Samples {
  readonly #max: number;
  readonly #random: () => number;
  #values = new Float64Array(FIRST_CAPACITY);
  #seen = 0;

  /** `random` gives 0 to below 1. */
  constructor(max: number, random: () => number = Math.random) {
    this.#max = max;
    this.#random = random;
  }

  add(value: number): void {
    const index =
      this.#seen < this.#max ? this.#seen : Math.floor(this.#random() * (this.#seen + 1));
    this.#seen += 1;
    if (index >= this.#max) return;
    if (index >= this.#values.length) this.#grow();
    this.#values[index] = value;
  }

  /** Those that are kept, ascending. */
  sorted(): Float64Array<ArrayBuffer> {
    return this.#values.slice(0, Math.min(this.#seen, this.#max)).sort();
  }

  #grow(): void {
    const grown = new Float64Array(Math.min(this.#max, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
