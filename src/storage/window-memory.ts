import type { BlockCache } from './block-cache.ts';

/** A window as its memory sees it. */
export interface WindowOwner {
  /** Gives its memory back if all it holds is too old to matter by now. Returns whether it did. */
  releaseExpired(nowMicros: number): boolean;
}

const SWEEP_PAUSE_MICROS = 1_000_000;

/**
 * The memory for ids of one shard's partitions: parts of its region, within a budget. When that is
 * used up, partitions with nothing but old ids give theirs back.
 */
export class WindowMemory {
  readonly #cache: BlockCache;
  readonly #budgetBytes: number;
  readonly #onShort: () => void;
  readonly #owners = new Set<WindowOwner>();
  #usedBytes = 0;
  #sweptMicros = Number.NEGATIVE_INFINITY;
  #isShort = false;

  /** `onShort` hears once that ids are not remembered for as long as they should be. */
  constructor(cache: BlockCache, budgetBytes: number, onShort: () => void) {
    this.#cache = cache;
    this.#budgetBytes = budgetBytes;
    this.#onShort = onShort;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Arena offset of so many bytes, or 0 when there is no room. */
  allocate(owner: WindowOwner, bytes: number, nowMicros: number): number {
    let allocation = this.#tryAllocate(bytes);
    if (allocation === 0 && this.#sweep(nowMicros)) allocation = this.#tryAllocate(bytes);
    if (allocation !== 0) this.#owners.add(owner);
    else this.#tellShort();
    return allocation;
  }

  free(owner: WindowOwner, allocation: number, bytes: number): void {
    this.#cache.freeBuffer(allocation);
    this.#usedBytes -= bytes;
    this.#owners.delete(owner);
  }

  /** Puts one block in place of another of the same owner. */
  replace(owner: WindowOwner, allocation: number, bytes: number): void {
    this.free(owner, allocation, bytes);
    this.#owners.add(owner);
  }

  #tryAllocate(bytes: number): number {
    if (this.#usedBytes + bytes > this.#budgetBytes) return 0;
    const allocation = this.#cache.allocateForReading(bytes);
    if (allocation !== 0) this.#usedBytes += bytes;
    return allocation;
  }

  /** Looking at all windows takes a while, so it is done now and then only. */
  #sweep(nowMicros: number): boolean {
    if (nowMicros - this.#sweptMicros < SWEEP_PAUSE_MICROS) return false;
    this.#sweptMicros = nowMicros;
    let released = false;
    for (const owner of [...this.#owners]) {
      if (owner.releaseExpired(nowMicros)) released = true;
    }
    return released;
  }

  #tellShort(): void {
    if (this.#isShort) return;
    this.#isShort = true;
    this.#onShort();
  }
}
