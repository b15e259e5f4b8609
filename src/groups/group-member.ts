/** How far one reader among those of a member has come: the partition that it read last. */
export interface PartitionWalk {
  lastPolled: number | undefined;
}

/** One connection in one group. */
export class GroupMember {
  /** Counts from 0 within the group. */
  readonly id: number;
  readonly clientId: number;
  /** Partitions it may read without naming them, ascending. */
  #readable: readonly number[] = [];
  /** The partition that it polled last without naming it. */
  #lastPolled: number | undefined;

  constructor(id: number, clientId: number) {
    this.id = id;
    this.clientId = clientId;
  }

  get readable(): readonly number[] {
    return this.#readable;
  }

  /**
   * The partition of a poll that names none: one after the other, undefined when there is none. A
   * walk goes on behind the partition that it was at, whatever others have polled since, so that it
   * comes by all of them; a new one begins where it is the member's turn.
   */
  takeNext(walk?: PartitionWalk): number | undefined {
    const last = walk?.lastPolled ?? this.#lastPolled ?? -1;
    const next = this.#readable.find((partitionId) => partitionId > last) ?? this.#readable[0];
    if (next === undefined) return undefined;
    this.#lastPolled = next;
    if (walk !== undefined) walk.lastPolled = next;
    return next;
  }

  /** The partition of an offset that names none: where the last poll read. */
  get current(): number | undefined {
    return this.#lastPolled ?? this.#readable[0];
  }

  /** Goes on behind the partition that it was at. */
  setReadable(partitions: readonly number[]): void {
    this.#readable = partitions;
  }
}
