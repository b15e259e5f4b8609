import type { PartitionWalk } from '../groups/group-member.ts';
import type { PartitionCounters } from '../shards/partition-statistics.ts';
import type { PollingStrategy } from '../wire/classic/structures/polling-strategy.ts';
import type { ResolvedTarget } from './consumer-target.ts';

/**
 * How far a live subscription has read. Each of its polls goes on behind the one before, whatever
 * offset is stored; a member of a group begins at the stored offset whenever it gets a partition.
 */
export class LiveReading {
  /** Whose turn it is among the partitions of a member, for this subscription alone. */
  readonly walk: PartitionWalk = { lastPolled: undefined };
  /** Where to go on by what holds a partition for the reader: a lease, or the reader itself. */
  readonly #positions = new WeakMap<object, number>();

  /** Where a poll begins; `first` says it for the first one of a partition. */
  strategy(
    target: ResolvedTarget,
    first: PollingStrategy,
    { messagesCount, currentOffset }: PartitionCounters,
  ): PollingStrategy {
    const key = this.#keyOf(target);
    const position = this.#positions.get(key);
    if (position === undefined) return first;
    // A partition that was emptied counts anew; behind one that lost all its age there is nothing.
    const isEmptied = messagesCount === 0 || currentOffset + 1 < position;
    if (isEmptied) this.#positions.set(key, 0);
    return { kind: 'offset', value: isEmptied ? 0n : BigInt(position) };
  }

  /** A poll has given the messages up to this offset; −1 for none. */
  note(target: ResolvedTarget, newestOffset: number): void {
    if (newestOffset >= 0) this.#positions.set(this.#keyOf(target), newestOffset + 1);
  }

  #keyOf({ held }: ResolvedTarget): object {
    return held?.lease ?? this;
  }
}
