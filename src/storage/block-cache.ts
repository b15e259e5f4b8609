import type { Allocator } from '../memory/allocator.ts';

/** Where a block's memory comes from, and so how it is given back. */
export const blockSource = {
  /** A received frame that stays where it arrived: the acceptor's memory. */
  frame: 0,
  /** A block of the shard's own region, filled by copies of small frames. */
  region: 1,
} as const;
export type BlockSource = (typeof blockSource)[keyof typeof blockSource];

/** Messages of consecutive offsets that are still in shared memory, with their index entries. */
export interface Block {
  readonly source: BlockSource;
  /** What the owner of the memory gets back. */
  readonly allocation: number;
  readonly bytes: number;
  readonly owner: BlockOwner;
  readonly baseOffset: number;
  /** Position in the segment of the first message. */
  readonly position: number;
  /** Arena offsets of the first message and of its index entry. */
  readonly messages: number;
  readonly indexes: number;
  count: number;
  /** Bytes of the messages so far. */
  length: number;
  /** Readers and writers that still need the memory. */
  pins: number;
  evicted: boolean;
}

/** A partition as the cache sees it. */
export interface BlockOwner {
  /** Takes a block out of the owner's list: it will be gone. */
  forget(block: Block): void;
}

/** Bytes that a shard may keep as cache in each kind of memory. */
export interface CacheBudget {
  readonly frameBytes: number;
  readonly regionBytes: number;
}

/** Counts for metrics. */
export interface CacheStatistics {
  readonly frameBytes: number;
  readonly regionBytes: number;
  readonly blocks: number;
  readonly evictions: number;
}

/**
 * The blocks of one shard, oldest first. A new one makes room for itself by evicting old ones; the
 * memory of an evicted block returns when its last reader has let go.
 */
export class BlockCache {
  readonly #allocator: Allocator;
  readonly #budget: readonly [number, number];
  readonly #releaseFrame: (allocation: number) => void;
  readonly #queues: readonly [Set<Block>, Set<Block>] = [new Set(), new Set()];
  readonly #usedBytes: [number, number] = [0, 0];
  #evictions = 0;

  constructor(
    allocator: Allocator,
    budget: CacheBudget,
    releaseFrame: (allocation: number) => void,
  ) {
    this.#allocator = allocator;
    this.#budget = [budget.frameBytes, budget.regionBytes];
    this.#releaseFrame = releaseFrame;
  }

  statistics(): CacheStatistics {
    const [frameBytes, regionBytes] = this.#usedBytes;
    const blocks = this.#queues[0].size + this.#queues[1].size;
    return { frameBytes, regionBytes, blocks, evictions: this.#evictions };
  }

  /** True when a block of that many bytes may be kept; evicts what stands in its way. */
  makeRoom(source: BlockSource, bytes: number): boolean {
    if (bytes > this.#budget[source]) return false;
    while (this.#usedBytes[source] + bytes > this.#budget[source]) {
      if (!this.#evictOldest(source)) return false;
    }
    return true;
  }

  /** Memory of the shard's region for a new block, or 0 when there is none. */
  allocate(bytes: number): number {
    if (!this.makeRoom(blockSource.region, bytes)) return 0;
    return this.allocateForReading(bytes);
  }

  /**
   * Memory of the shard's region outside the cache's budget; evicts cached blocks when it is short.
   */
  allocateForReading(bytes: number): number {
    let allocation = this.#allocator.allocate(bytes);
    while (allocation === 0 && this.#evictOldest(blockSource.region)) {
      allocation = this.#allocator.allocate(bytes);
    }
    return allocation;
  }

  /** Gives back what `allocateForReading` gave. */
  freeBuffer(allocation: number): void {
    this.#allocator.free(allocation);
  }

  add(block: Block): void {
    this.#queues[block.source].add(block);
    this.#usedBytes[block.source] += block.bytes;
  }

  /** Takes a block out; its memory returns now or when its last pin goes. */
  drop(block: Block): void {
    if (block.evicted) return;
    block.evicted = true;
    this.#queues[block.source].delete(block);
    block.owner.forget(block);
    if (block.pins === 0) this.#release(block);
  }

  unpin(block: Block): void {
    block.pins--;
    if (block.evicted && block.pins === 0) this.#release(block);
  }

  /** Gives the acceptor back every frame that nobody reads, because it needs the memory. */
  dropFrames(): void {
    for (const block of [...this.#queues[blockSource.frame]]) this.drop(block);
  }

  #evictOldest(source: BlockSource): boolean {
    for (const block of this.#queues[source]) {
      if (block.pins > 0) continue;
      this.#evictions++;
      this.drop(block);
      return true;
    }
    return false;
  }

  #release(block: Block): void {
    this.#usedBytes[block.source] -= block.bytes;
    if (block.source === blockSource.region) this.#allocator.free(block.allocation);
    else this.#releaseFrame(block.allocation);
  }
}
