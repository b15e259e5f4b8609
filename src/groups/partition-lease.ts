import type { GroupMember } from './group-member.ts';

/**
 * The time during which one member may read one partition. A lease ends when the partition goes to
 * another member or the member leaves; what is told to it afterwards changes nothing any more, so
 * answers that were under way cannot be taken for those of the next owner.
 */
export class PartitionLease {
  readonly partitionId: number;
  readonly owner: GroupMember;
  /** Newest offset that the owner was given, −1 for none. */
  #deliveredOffset = -1;
  /** Offset that the group has stored, as far as it was seen; −1 for none. */
  #committedOffset = -1;
  #pollsUnderWay = 0;

  constructor(partitionId: number, owner: GroupMember) {
    this.partitionId = partitionId;
    this.owner = owner;
  }

  /** True when the owner has committed all it was given and waits for nothing. */
  get isSettled(): boolean {
    return this.#pollsUnderWay === 0 && this.#deliveredOffset <= this.#committedOffset;
  }

  beginPoll(): void {
    this.#pollsUnderWay++;
  }

  /** A poll is over; −1 for offsets that there are not. */
  endPoll(deliveredOffset: number, committedOffset: number): void {
    this.#pollsUnderWay--;
    this.#deliveredOffset = Math.max(this.#deliveredOffset, deliveredOffset);
    this.#committedOffset = committedOffset;
  }

  /** A poll is over without an answer: what it would have given is not known. */
  losePoll(): void {
    this.#pollsUnderWay--;
  }

  /** The group's stored offset changed; −1 when it was deleted. */
  commit(offset: number): void {
    this.#committedOffset = offset;
  }

  /** The partition was emptied, and its offsets begin anew. */
  reset(): void {
    this.#deliveredOffset = -1;
    this.#committedOffset = -1;
  }
}
