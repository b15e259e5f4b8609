import { getHeapStatistics } from 'node:v8';
import type { ShardStorage } from '../storage/shard-storage.ts';
import { gaugesIntervalMs } from '../wire/limits.ts';
import type { ShardCounters } from './shard-counters.ts';

/** Says now and then how much a shard has open and in memory. */
export class ShardGauges {
  readonly #storage: ShardStorage;
  readonly #counters: ShardCounters;
  #dueMs = 0;

  constructor(storage: ShardStorage, counters: ShardCounters) {
    this.#storage = storage;
    this.#counters = counters;
  }

  run(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + gaugesIntervalMs;
    const { frameBytes, regionBytes } = this.#storage.cache.statistics();
    this.#counters.set('openFiles', this.#storage.files.size);
    this.#counters.set('cachedFrameBytes', frameBytes);
    this.#counters.set('cachedRegionBytes', regionBytes);
    this.#counters.set('heapBytes', getHeapStatistics().used_heap_size);
  }
}
