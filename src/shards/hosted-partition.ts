import { Partition } from '../storage/partition.ts';
import type { ShardStorage } from '../storage/shard-storage.ts';
import type { CompletionWriter } from './completion-writer.ts';
import type { OpenPartition } from './descriptors.ts';
import type { PartitionStatistics } from './partition-statistics.ts';

/** A partition in its shard, with the sends that wait for its next flush. */
export class HostedPartition {
  readonly handle: number;
  readonly partition: Partition;
  readonly #completions: CompletionWriter;
  /** Correlation of each waiting send and whether its frame was kept, one after the other. */
  readonly #waiting: number[] = [];

  constructor(
    storage: ShardStorage,
    open: OpenPartition,
    statistics: PartitionStatistics,
    completions: CompletionWriter,
  ) {
    this.handle = open.handle;
    this.#completions = completions;
    this.partition = new Partition(storage, open, {
      onFlushed: (status) => {
        this.writeStatistics(statistics);
        this.#settle(status);
      },
      onRemoving: () => statistics.noteRemoval(this.handle),
    });
    if (open.acknowledgement !== null) this.partition.setAcknowledgement(open.acknowledgement);
  }

  /** The send is answered after the next flush. */
  await(correlation: number, isKept: boolean): void {
    this.#waiting.push(correlation, isKept ? 1 : 0);
  }

  writeStatistics(statistics: PartitionStatistics): void {
    statistics.write(this.handle, this.partition);
  }

  /** As `Partition.removeSegments`; what went is counted even when that throws half-way. */
  removeSegments(count: number, newestMicros: number, statistics: PartitionStatistics): number {
    try {
      return this.partition.removeSegments(count, newestMicros);
    } finally {
      this.writeStatistics(statistics);
    }
  }

  #settle(status: number): void {
    for (let i = 0; i < this.#waiting.length; i += 2) {
      this.#completions.done(this.#waiting[i], status, this.#waiting[i + 1]);
    }
    this.#waiting.length = 0;
  }
}
