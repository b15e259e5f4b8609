/**
 * Ids from 0 on: the one freed last is used again first, otherwise the next higher number
 * (protocol section 3.10).
 */
export class IdPool {
  readonly #freed: number[];
  #next: number;

  constructor(next = 0, freed: readonly number[] = []) {
    this.#next = next;
    this.#freed = [...freed];
  }

  /** The id that the next creation gets; it stays free until it is taken. */
  peek(): number {
    return this.#freed[this.#freed.length - 1] ?? this.#next;
  }

  /** Takes the id that `peek` told. Throws for any other. */
  take(id: number): void {
    if (id !== this.peek()) throw new Error(`Id ${id} is not the next one, ${this.peek()}.`);
    if (this.#freed.length > 0) this.#freed.pop();
    else this.#next++;
  }

  give(id: number): void {
    this.#freed.push(id);
  }

  toJSON(): { next: number; freed: number[] } {
    return { next: this.#next, freed: [...this.#freed] };
  }
}
