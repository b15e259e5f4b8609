import type { HostedPartition } from './hosted-partition.ts';

/**
 * Partitions that are to be synced every so often. One is synced at a time, so that those who wait
 * for the shard wait for one file and not for all.
 */
export class IntervalSync {
  readonly #intervalMs: number;
  /** When each is due, the next one first. */
  readonly #due = new Map<HostedPartition, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Something was written to the partition that the disk does not have yet. */
  add(hosted: HostedPartition, nowMs: number): void {
    if (!this.#due.has(hosted)) this.#due.set(hosted, nowMs + this.#intervalMs);
  }

  delete(hosted: HostedPartition): void {
    this.#due.delete(hosted);
  }

  /** Syncs one partition when it is due. One that cannot be synced is tried again later. */
  run(nowMs: number): void {
    for (const [hosted, dueMs] of this.#due) {
      if (dueMs > nowMs) return;
      this.#due.delete(hosted);
      if (hosted.partition.sync(nowMs * 1000) !== 0) this.add(hosted, nowMs);
      return;
    }
  }

  /** How long nothing is due, at most `longestMs`. */
  idleMs(nowMs: number, longestMs: number): number {
    for (const dueMs of this.#due.values()) return Math.max(0, Math.min(longestMs, dueMs - nowMs));
    return longestMs;
  }
}
