/** One connection in one group. */
export class GroupMember {
  /** Counts from 0 within the group. */
  readonly id: number;
  readonly clientId: number;
  /** Partitions it may read without naming them, ascending. */
  #readable: readonly number[] = [];
  #next = 0;
  /** The partition that it polled last without naming it. */
  #lastPolled: number | undefined;

  constructor(id: number, clientId: number) {
    this.id = id;
    this.clientId = clientId;
  }

  get readable(): readonly number[] {
    return this.#readable;
  }

  /** The partition of a poll that names none: one after the other; undefined when there is none. */
  takeNext(): number | undefined {
    if (this.#readable.length === 0) return undefined;
    const position = this.#next % this.#readable.length;
    this.#next = position + 1;
    this.#lastPolled = this.#readable[position];
    return this.#lastPolled;
  }

  /** The partition of an offset that names none: where the last poll read. */
  get current(): number | undefined {
    return this.#lastPolled ?? this.#readable[0];
  }

  /** Goes on behind the partition that it was at. */
  setReadable(partitions: readonly number[]): void {
    const last = this.#lastPolled ?? -1;
    const next = partitions.findIndex((partitionId) => partitionId > last);
    this.#readable = partitions;
    this.#next = Math.max(0, next);
  }
}
