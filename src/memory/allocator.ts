import { arenaBlockBytesMin, arenaPageBytes } from '../wire/limits.ts';
import { PageRuns, pagesOf } from './page-runs.ts';

const SMALLEST_SHIFT = Math.log2(arenaBlockBytesMin);
const CLASSES = Math.log2(arenaPageBytes) - SMALLEST_SHIFT;
const SMALL_BYTES_MAX = arenaPageBytes / 2;
const BITMAP_WORDS = arenaPageBytes / arenaBlockBytesMin / 32;
const NONE = -1;

/** What an allocator holds, for logs and metrics. All figures in bytes but the counters. */
export interface AllocatorStatistics {
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly peakBytes: number;
  readonly largestFreeBytes: number;
  /** Requests that found no room. */
  readonly failures: number;
}

/**
 * The memory of one region of the arena, owned by one thread: nobody else may allocate or free in
 * it. Blocks up to half a page come from slabs, pages cut into blocks of one size; larger ones are
 * runs of pages. Offsets are bytes from the start of the arena.
 */
export class Allocator {
  readonly #start: number;
  readonly #runs: PageRuns;
  /** Class of a slab page plus one; 0 for every other page. */
  readonly #slabClass: Uint8Array;
  readonly #slabUsed: Uint16Array;
  readonly #slabNext: Int32Array;
  readonly #slabPrevious: Int32Array;
  /** One bit a block, set while it is free. */
  readonly #slabFree: Uint32Array;
  /** First slab of each class that has a free block. */
  readonly #heads = new Int32Array(CLASSES).fill(NONE);
  #usedBytes = 0;
  #peakBytes = 0;
  #failures = 0;

  /** A region from `start` to `end`, both multiples of the page size. */
  constructor(start: number, end: number) {
    if (start % arenaPageBytes !== 0 || end % arenaPageBytes !== 0 || end < start) {
      throw new Error(`A region from ${start} to ${end} is not made of whole pages.`);
    }
    const pages = (end - start) / arenaPageBytes;
    this.#start = start;
    this.#runs = new PageRuns(pages);
    this.#slabClass = new Uint8Array(pages);
    this.#slabUsed = new Uint16Array(pages);
    this.#slabNext = new Int32Array(pages);
    this.#slabPrevious = new Int32Array(pages);
    this.#slabFree = new Uint32Array(pages * BITMAP_WORDS);
  }

  /** Offset of a block of at least that many bytes, or 0 when there is no room. */
  allocate(bytes: number): number {
    const offset =
      bytes <= SMALL_BYTES_MAX ? this.#allocateSmall(classOf(bytes)) : this.#allocateRun(bytes);
    if (offset === 0) {
      this.#failures++;
      return 0;
    }
    this.#usedBytes += this.blockBytes(offset);
    if (this.#usedBytes > this.#peakBytes) this.#peakBytes = this.#usedBytes;
    return offset;
  }

  /** Gives a block back. Throws when the offset is none that was handed out. */
  free(offset: number): void {
    const bytes = this.blockBytes(offset);
    const page = this.#pageOf(offset);
    if (this.#slabClass[page] > 0) this.#freeSmall(page, offset);
    else if (offset % arenaPageBytes === 0) this.#runs.free(page);
    else throw new Error(`No block is allocated at offset ${offset}.`);
    this.#usedBytes -= bytes;
  }

  /** Bytes that a block really has, at least those asked for. */
  blockBytes(offset: number): number {
    const page = this.#pageOf(offset);
    const slabClass = this.#slabClass[page];
    if (slabClass > 0) return 1 << (slabClass - 1 + SMALLEST_SHIFT);
    return this.#runs.lengthAt(page) * arenaPageBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get capacityBytes(): number {
    return this.#runs.pages * arenaPageBytes;
  }

  statistics(): AllocatorStatistics {
    return {
      capacityBytes: this.capacityBytes,
      usedBytes: this.#usedBytes,
      peakBytes: this.#peakBytes,
      largestFreeBytes: this.#runs.largestFree() * arenaPageBytes,
      failures: this.#failures,
    };
  }

  #pageOf(offset: number): number {
    const page = Math.floor((offset - this.#start) / arenaPageBytes);
    if (page < 0 || page >= this.#runs.pages) {
      throw new Error(`Offset ${offset} is outside the region at ${this.#start}.`);
    }
    return page;
  }

  #allocateRun(bytes: number): number {
    const page = this.#runs.allocate(pagesOf(bytes));
    return page === NONE ? 0 : this.#start + page * arenaPageBytes;
  }

  #allocateSmall(slabClass: number): number {
    let page = this.#heads[slabClass];
    if (page === NONE) {
      page = this.#runs.allocate(1);
      if (page === NONE) return 0;
      this.#openSlab(page, slabClass);
    }
    const block = this.#takeBlock(page);
    if (++this.#slabUsed[page] === blocksOf(slabClass)) this.#unlink(page, slabClass);
    return this.#start + page * arenaPageBytes + (block << (slabClass + SMALLEST_SHIFT));
  }

  #openSlab(page: number, slabClass: number): void {
    this.#slabClass[page] = slabClass + 1;
    this.#slabUsed[page] = 0;
    const blocks = blocksOf(slabClass);
    for (let word = 0; word < BITMAP_WORDS; word++) {
      const bits = Math.min(32, Math.max(0, blocks - word * 32));
      this.#slabFree[page * BITMAP_WORDS + word] = bits === 32 ? 0xffffffff : (1 << bits) - 1;
    }
    this.#link(page, slabClass);
  }

  #takeBlock(page: number): number {
    const first = page * BITMAP_WORDS;
    let word = first;
    while (this.#slabFree[word] === 0) word++;
    const bits = this.#slabFree[word];
    const bit = 31 - Math.clz32(bits & -bits);
    this.#slabFree[word] = bits & (bits - 1);
    return (word - first) * 32 + bit;
  }

  #freeSmall(page: number, offset: number): void {
    const slabClass = this.#slabClass[page] - 1;
    const shift = slabClass + SMALLEST_SHIFT;
    const inside = (offset - this.#start) % arenaPageBytes;
    const block = inside >>> shift;
    const word = page * BITMAP_WORDS + (block >>> 5);
    const mask = 1 << (block & 31);
    if (block << shift !== inside || (this.#slabFree[word] & mask) !== 0) {
      throw new Error(`No block is allocated at offset ${offset}.`);
    }
    this.#slabFree[word] |= mask;
    if (this.#slabUsed[page]-- === blocksOf(slabClass)) this.#link(page, slabClass);
    if (this.#slabUsed[page] === 0) this.#closeSlab(page, slabClass);
  }

  #closeSlab(page: number, slabClass: number): void {
    // The only slab of its class stays: one block in use now and then would open it again each
    // time.
    if (this.#heads[slabClass] === page && this.#slabNext[page] === NONE) return;
    this.#unlink(page, slabClass);
    this.#slabClass[page] = 0;
    this.#runs.free(page);
  }

  #link(page: number, slabClass: number): void {
    const head = this.#heads[slabClass];
    this.#slabNext[page] = head;
    this.#slabPrevious[page] = NONE;
    if (head !== NONE) this.#slabPrevious[head] = page;
    this.#heads[slabClass] = page;
  }

  #unlink(page: number, slabClass: number): void {
    const next = this.#slabNext[page];
    const previous = this.#slabPrevious[page];
    if (previous === NONE) this.#heads[slabClass] = next;
    else this.#slabNext[previous] = next;
    if (next !== NONE) this.#slabPrevious[next] = previous;
  }
}

function classOf(bytes: number): number {
  if (bytes <= arenaBlockBytesMin) return 0;
  return 32 - Math.clz32(bytes - 1) - SMALLEST_SHIFT;
}

function blocksOf(slabClass: number): number {
  return arenaPageBytes >>> (slabClass + SMALLEST_SHIFT);
}
