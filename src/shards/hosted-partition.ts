import { Partition } from '../storage/partition.ts';
import type { Batch } from '../storage/partition-cache.ts';
import type { ShardStorage } from '../storage/shard-storage.ts';
import type { CompletionWriter } from './completion-writer.ts';
import type { OpenPartition, SegmentBegun } from './descriptors.ts';
import type { GroupOffsetsWriter } from './group-offsets.ts';
import type { PartitionStatistics } from './partition-statistics.ts';
import type { ShardCounters } from './shard-counters.ts';

/** Where a partition tells what happens in it. */
export interface PartitionObservers {
  readonly statistics: PartitionStatistics;
  readonly counters: ShardCounters;
  readonly groupOffsets: GroupOffsetsWriter;
  /** Costs a message to another thread: next to the files of a segment that is little. */
  tellSegment(segment: SegmentBegun): void;
}

/** A partition in its shard, with the sends that wait for its next flush. */
export class HostedPartition {
  readonly handle: number;
  readonly partition: Partition;
  readonly #completions: CompletionWriter;
  readonly #observers: PartitionObservers;
  /** Correlation of each waiting send and whether its frame was kept, one after the other. */
  readonly #waiting: number[] = [];
  #waitingMessages = 0;
  #waitingBytes = 0;

  constructor(
    storage: ShardStorage,
    open: OpenPartition,
    observers: PartitionObservers,
    completions: CompletionWriter,
  ) {
    this.handle = open.handle;
    this.#completions = completions;
    this.#observers = observers;
    this.partition = new Partition(storage, open, {
      onFlushed: (status) => {
        this.writeStatistics();
        this.#settle(status);
      },
      onRemoving: () => observers.statistics.noteRemoval(this.handle),
      onRolled: (baseOffset) => {
        const { streamId, topicId, partitionId } = open;
        observers.tellSegment({ streamId, topicId, partitionId, baseOffset });
      },
    });
    this.partition.offsets.tellGroupOffsets((groupId, offset) => {
      if (offset === undefined) observers.groupOffsets.delete(open.handle, groupId);
      else observers.groupOffsets.set(open.handle, groupId, offset);
    });
    if (open.acknowledgement !== null) this.partition.setAcknowledgement(open.acknowledgement);
  }

  /** The send is answered after the next flush. */
  await(correlation: number, batch: Batch): void {
    this.#waiting.push(correlation, this.partition.hasKept(batch) ? 1 : 0);
    this.#waitingMessages += batch.count;
    this.#waitingBytes += batch.messagesBytes;
  }

  writeStatistics(): void {
    this.#observers.statistics.write(this.handle, this.partition);
  }

  /** A batch was acknowledged. */
  countAcknowledged(messages: number, bytes: number): void {
    this.#observers.counters.add('acknowledgedMessages', messages);
    this.#observers.counters.add('acknowledgedBytes', bytes);
  }

  /** As `Partition.removeSegments`; what went is counted even when that throws half-way. */
  removeSegments(count: number, newestMicros: number): number {
    try {
      return this.partition.removeSegments(count, newestMicros);
    } finally {
      this.writeStatistics();
    }
  }

  #settle(status: number): void {
    for (let i = 0; i < this.#waiting.length; i += 2) {
      this.#completions.done(this.#waiting[i], status, this.#waiting[i + 1]);
    }
    this.#waiting.length = 0;
    if (status === 0) this.countAcknowledged(this.#waitingMessages, this.#waitingBytes);
    else this.#observers.counters.add('failedFlushes', 1);
    this.#waitingMessages = 0;
    this.#waitingBytes = 0;
  }
}
