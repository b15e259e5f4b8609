import { channels, type RemovalReason } from '../diagnostics/channels.ts';
import type { PartitionPlace, SegmentBegun } from './descriptors.ts';

/** Tells the channels about shards and what they do with segments, if somebody listens. */
export class ShardEvents {
  readonly #broker: string;

  /** `broker` is its data directory. */
  constructor(broker: string) {
    this.#broker = broker;
  }

  died(shard: number, reason: string): void {
    const { shardDied } = channels;
    if (shardDied.hasSubscribers) shardDied.publish({ broker: this.#broker, shard, reason });
  }

  replaced(shard: number, partitionsCount: number): void {
    const { shardReplaced } = channels;
    if (!shardReplaced.hasSubscribers) return;
    shardReplaced.publish({ broker: this.#broker, shard, partitionsCount });
  }

  segmentBegun({ streamId, topicId, partitionId, baseOffset }: SegmentBegun): void {
    const { segmentBegun } = channels;
    if (!segmentBegun.hasSubscribers) return;
    segmentBegun.publish({ broker: this.#broker, streamId, topicId, partitionId, baseOffset });
  }

  /** The place is absent when the partition is gone as well. */
  segmentsRemoved(
    place: PartitionPlace | undefined,
    segmentsCount: number,
    reason: RemovalReason,
  ): void {
    const { segmentsRemoved } = channels;
    if (!segmentsRemoved.hasSubscribers || segmentsCount === 0 || place === undefined) return;
    const { streamId, topicId, partitionId } = place;
    const partition = { streamId, topicId, partitionId };
    segmentsRemoved.publish({ broker: this.#broker, ...partition, segmentsCount, reason });
  }
}
