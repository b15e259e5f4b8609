import type { PartitionWalk } from '../groups/group-member.ts';
import type { PartitionStatistics } from '../shards/partition-statistics.ts';
import type { PollingStrategy } from '../wire/classic/structures/polling-strategy.ts';
import type { ResolvedTarget } from './consumer-target.ts';

/** How far one partition was read, and at which of its beginnings. */
interface Position {
  readonly handle: number;
  readonly restarts: number;
  next: number | undefined;
}

/**
 * How far a live subscription has read. Each of its polls goes on behind the one before, whatever
 * offset is stored; a member of a group begins at the stored offset whenever it gets a partition.
 */
export class LiveReading {
  /** Whose turn it is among the partitions of a member, for this subscription alone. */
  readonly walk: PartitionWalk = { lastPolled: undefined };
  /** Where to go on by what holds a partition for the reader: a lease, or the reader itself. */
  readonly #positions = new WeakMap<object, Position>();

  /** Where a poll begins; `first` says it until a poll of the partition has given something. */
  strategy(
    target: ResolvedTarget,
    first: PollingStrategy,
    statistics: PartitionStatistics,
  ): PollingStrategy {
    const position = this.#positionIn(target, statistics.restarts(target.handle));
    if (position.next === undefined) return first;
    return { kind: 'offset', value: BigInt(position.next) };
  }

  /** The poll that was asked last has given the messages up to this offset; −1 for none. */
  note(target: ResolvedTarget, newestOffset: number): void {
    const position = this.#positions.get(this.#keyOf(target));
    if (position !== undefined && newestOffset >= 0) position.next = newestOffset + 1;
  }

  /** What has begun anew is read from its beginning. */
  #positionIn(target: ResolvedTarget, restarts: number): Position {
    const { handle } = target;
    const key = this.#keyOf(target);
    const known = this.#positions.get(key);
    if (known?.handle === handle && known.restarts === restarts) return known;
    const position = { handle, restarts, next: known?.next === undefined ? undefined : 0 };
    this.#positions.set(key, position);
    return position;
  }

  #keyOf({ held }: ResolvedTarget): object {
    return held?.lease ?? this;
  }
}
