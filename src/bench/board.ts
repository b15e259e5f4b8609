import type { Budget } from './plan.ts';

const NUMBER_BYTES = 8;
const COUNTERS_PER_ACTOR = 3;

/** What an actor has done so far. */
export interface Progress {
  readonly batches: number;
  readonly messages: number;
  readonly bytes: number;
}

/** What the threads of a benchmark share: what is left to do, and what was done. */
export class Board {
  readonly buffer: SharedArrayBuffer;
  /** The producers that are not finished, then the budgets. */
  readonly #left: BigInt64Array;
  /** Of each actor, which alone writes them. */
  readonly #done: Float64Array;

  /** A board over the memory of another one, in whichever thread. */
  constructor(buffer: SharedArrayBuffer, budgets: number) {
    this.buffer = buffer;
    this.#left = new BigInt64Array(buffer, 0, 1 + budgets);
    this.#done = new Float64Array(buffer, this.#left.byteLength);
  }

  static create(budgets: readonly Budget[], actors: number, writers: number): Board {
    const numbers = 1 + budgets.length + actors * COUNTERS_PER_ACTOR;
    const board = new Board(new SharedArrayBuffer(numbers * NUMBER_BYTES), budgets.length);
    board.#left.set([writers, ...budgets.map(({ amount }) => amount)].map(BigInt));
    return board;
  }

  /** Takes a part of a budget; false when nothing was left. */
  take(budget: number, amount: number): boolean {
    return Atomics.sub(this.#left, 1 + budget, BigInt(amount)) > 0n;
  }

  hasLeft(budget: number): boolean {
    return Atomics.load(this.#left, 1 + budget) > 0n;
  }

  endWriter(): void {
    Atomics.sub(this.#left, 0, 1n);
  }

  /** Whether anybody still sends. */
  hasWriters(): boolean {
    return Atomics.load(this.#left, 0) > 0n;
  }

  note(actor: number, messages: number, bytes: number): void {
    const place = actor * COUNTERS_PER_ACTOR;
    this.#done[place] += 1;
    this.#done[place + 1] += messages;
    this.#done[place + 2] += bytes;
  }

  /** What all actors together have done. */
  total(): Progress {
    const sums = [0, 0, 0];
    for (const [index, value] of this.#done.entries()) sums[index % COUNTERS_PER_ACTOR] += value;
    const [batches, messages, bytes] = sums;
    return { batches, messages, bytes };
  }
}
