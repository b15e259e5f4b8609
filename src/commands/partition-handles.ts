import type { StreamRecord, TopicRecord } from '../catalog/state.ts';
import type { OpenPartition, PartitionOrigin } from '../shards/descriptors.ts';
import type { PartitionCounters } from '../shards/partition-statistics.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { partitionsMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';

interface TopicHandles {
  /** Handle of each partition, by its id. */
  readonly handles: number[];
  /** Partition of the next balanced batch. */
  nextBalanced: number;
}

const NO_COUNTERS: PartitionCounters = {
  currentOffset: 0,
  messagesCount: 0,
  sizeBytes: 0,
  segmentsCount: 0,
};

/** Connects the catalog's topics with the partitions that the shards have open. */
export class PartitionHandles {
  readonly #router: ShardRouter;
  readonly #onGone: (handle: number) => void;
  readonly #topics = new WeakMap<TopicRecord, TopicHandles>();

  /** `onGone` hears of the handle of each partition that a topic no longer has. */
  constructor(router: ShardRouter, onGone: (handle: number) => void) {
    this.#router = router;
    this.#onGone = onGone;
  }

  /** Refuses what would make more partitions than a broker can have (status 2015). */
  assertRoom(count: number): void {
    if (this.#router.partitionsCount + count > partitionsMax) {
      throw new WireError(status.TooManyPartitions, `the limit is ${partitionsMax} partitions`);
    }
  }

  /** Handles for the partitions that a topic has and this object does not know yet. */
  register(stream: StreamRecord, topic: TopicRecord, origin: PartitionOrigin): OpenPartition[] {
    const { handles } = this.#of(topic);
    const opened: OpenPartition[] = [];
    while (handles.length < topic.partitions.length) {
      const handle = this.#router.takeHandle();
      const partitionId = handles.length;
      handles.push(handle);
      const { acknowledgement } = topic;
      const id = { streamId: stream.id, topicId: topic.id, partitionId };
      opened.push({ handle, ...id, origin, acknowledgement });
    }
    return opened;
  }

  /** Handles of the partitions that a topic no longer has. */
  unregister(topic: TopicRecord, keep: number): number[] {
    const entry = this.#of(topic);
    entry.nextBalanced = 0;
    const gone = entry.handles.splice(keep);
    for (const handle of gone) this.#onGone(handle);
    return gone;
  }

  all(topic: TopicRecord): readonly number[] {
    return this.#of(topic).handles;
  }

  find(topic: TopicRecord, partitionId: number): number | undefined {
    return this.#of(topic).handles[partitionId];
  }

  /** The handle, or a `WireError` with status 3007. */
  handle(topic: TopicRecord, partitionId: number): number {
    const handle = this.find(topic, partitionId);
    if (handle === undefined) {
      throw new WireError(status.PartitionNotFound, `partition ${partitionId} of ${topic.name}`);
    }
    return handle;
  }

  /** The partition of a balanced batch: one after the other, one step a batch. */
  nextBalanced(topic: TopicRecord): number {
    const entry = this.#of(topic);
    const partitionId = entry.nextBalanced;
    entry.nextBalanced = (partitionId + 1) % topic.partitions.length;
    return partitionId;
  }

  counters(topic: TopicRecord, partitionId: number): PartitionCounters {
    const handle = this.find(topic, partitionId);
    return handle === undefined ? NO_COUNTERS : this.#router.statistics.read(handle);
  }

  #of(topic: TopicRecord): TopicHandles {
    let entry = this.#topics.get(topic);
    if (entry === undefined) {
      entry = { handles: [], nextBalanced: 0 };
      this.#topics.set(topic, entry);
    }
    return entry;
  }
}
