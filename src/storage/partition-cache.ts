import {
  followedBytes,
  followedFrames,
  indexEntryBytes,
  messageHeaderBytes,
} from '../wire/limits.ts';
import { type Block, type BlockOwner, blockSource } from './block-cache.ts';
import type { ShardStorage } from './shard-storage.ts';

/** A batch as it lies in the arena, in the layout of SendMessages (protocol section 4.1). */
export interface Batch {
  /** Arena offset of the memory that holds it, and how much that is. */
  readonly allocation: number;
  readonly bytes: number;
  /** True when the memory may be kept as cache instead of being copied from. */
  readonly isKeepable: boolean;
  readonly indexes: number;
  readonly messages: number;
  readonly messagesBytes: number;
  readonly count: number;
  /** Number of a batch that is stamped for the place where it was expected to be, else 0. */
  readonly earlyId?: number;
}

/** Arena offsets of a batch's first message and first index entry. */
export interface Place {
  readonly messages: number;
  readonly indexes: number;
}

const TAIL_BYTES_MIN = 16 * 1024;
const TAIL_BYTES_MAX = 256 * 1024;

/**
 * The messages of one partition that are still in memory: frames kept where they arrived, and
 * blocks that small batches are copied into one behind the other. Blocks ascend by offset; where a
 * batch could not be kept there is a gap. Frames are kept for readers that follow the senders;
 * where nobody does, their memory is better used for the next frame at once, while it is in the
 * processor's caches.
 */
export class PartitionCache implements BlockOwner {
  readonly #storage: ShardStorage;
  readonly #blocks: Block[] = [];
  /** Blocks with messages that are not in the file yet: pinned until they are. */
  readonly #unwritten: Block[] = [];
  /** The block that small batches are still copied into. */
  #tail: Block | undefined;
  #tailBytes = TAIL_BYTES_MIN;
  /** Frames that are still kept for readers seen near the end. */
  #framesToKeep = 0;
  /** Whoever reads from here on is near the end: between `followedBytes` and twice as much. */
  #nearOffset = 0;
  #nextNearOffset = 0;
  #bytesSinceNear = 0;

  constructor(storage: ShardStorage) {
    this.#storage = storage;
  }

  /** True when the batch's memory was kept; the block cache gives it back when it is done. */
  hasKept(batch: Batch): boolean {
    return this.#blocks[this.#blocks.length - 1]?.allocation === batch.allocation;
  }

  /**
   * Chooses where a batch is to be stamped: in its own memory when that is kept or no other can be
   * had, else as a copy in the tail block. `offset` and `position` are those of its first message.
   */
  place(batch: Batch, offset: number, position: number): Place {
    const tail = batch.isKeepable ? undefined : this.#tailFor(batch, offset, position);
    if (tail !== undefined) return this.#copy(batch, tail);
    // A block holds consecutive messages: what comes behind this batch needs another one.
    this.#tail = undefined;
    if (!batch.isKeepable) return batch;
    this.#passFrame(batch.bytes, offset);
    if (this.#framesToKeep === 0) return batch;
    this.#framesToKeep--;
    if (this.#storage.cache.makeRoom(blockSource.frame, batch.bytes)) {
      this.#keep(batch, offset, position);
    }
    return batch;
  }

  /** Somebody reads, or would if there was something, from an offset on. */
  noteReader(offset: number): void {
    if (offset >= this.#nearOffset) this.#framesToKeep = followedFrames;
  }

  /** What is placed next belongs to another segment. */
  endSegment(): void {
    this.#tail = undefined;
  }

  /** All that was placed is in the file: its memory may be evicted. */
  onWritten(): void {
    for (const block of this.#unwritten) this.#storage.cache.unpin(block);
    this.#unwritten.length = 0;
  }

  /** What was placed since the last write is not to be: its blocks are given up. */
  dropUnwritten(): void {
    for (const block of this.#unwritten) this.#storage.cache.drop(block);
    this.onWritten();
  }

  dropAll(): void {
    // After a purge offsets begin anew.
    this.#nearOffset = 0;
    this.#nextNearOffset = 0;
    for (const block of [...this.#blocks]) this.#storage.cache.drop(block);
    this.onWritten();
  }

  forget(block: Block): void {
    const position = this.#blocks.indexOf(block);
    if (position >= 0) this.#blocks.splice(position, 1);
    if (this.#tail !== block) return;
    this.#tail = undefined;
    // It went before it was full: many partitions share the memory, each is to take little of it.
    this.#tailBytes = TAIL_BYTES_MIN;
  }

  /** The block that holds a message. */
  at(offset: number): Block | undefined {
    const block = this.#blocks[this.#firstBehind(offset) - 1];
    return block !== undefined && offset < block.baseOffset + block.count ? block : undefined;
  }

  /** Where the next block behind an offset begins: up to there the file must be read. */
  nextStart(offset: number): number {
    return this.#blocks[this.#firstBehind(offset)]?.baseOffset ?? Number.POSITIVE_INFINITY;
  }

  /** Position in the list of the first block that begins behind an offset. */
  #firstBehind(offset: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks[middle].baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves what counts as near the end on. */
  #passFrame(bytes: number, offset: number): void {
    this.#bytesSinceNear += bytes;
    if (this.#bytesSinceNear < followedBytes) return;
    this.#bytesSinceNear = 0;
    this.#nearOffset = this.#nextNearOffset;
    this.#nextNearOffset = offset;
  }

  #copy(batch: Batch, tail: Block): Place {
    const { intake } = this.#storage;
    const messages = tail.messages + tail.length;
    const indexes = tail.indexes + tail.count * indexEntryBytes;
    intake.copy(messages, batch.messages, batch.messagesBytes);
    intake.copy(indexes, batch.indexes, batch.count * indexEntryBytes);
    tail.length += batch.messagesBytes;
    tail.count += batch.count;
    return { messages, indexes };
  }

  #keep(batch: Batch, baseOffset: number, position: number): void {
    this.#add({
      source: blockSource.frame,
      allocation: batch.allocation,
      bytes: batch.bytes,
      owner: this,
      baseOffset,
      position,
      messages: batch.messages,
      indexes: batch.indexes,
      count: batch.count,
      length: batch.messagesBytes,
      pins: 0,
      evicted: false,
    });
  }

  #tailFor(batch: Batch, offset: number, position: number): Block | undefined {
    const tail = this.#tail;
    if (tail !== undefined && hasRoom(tail, batch.messagesBytes)) {
      if (this.#unwritten[this.#unwritten.length - 1] !== tail) this.#pin(tail);
      return tail;
    }
    this.#tail = undefined;
    return this.#openTail(batch.messagesBytes, offset, position);
  }

  #openTail(messagesBytes: number, baseOffset: number, position: number): Block | undefined {
    while (this.#tailBytes - indexBytes(this.#tailBytes) < messagesBytes) this.#tailBytes *= 2;
    const bytes = this.#tailBytes;
    const allocation = this.#storage.cache.allocate(bytes);
    this.#tailBytes = allocation === 0 ? TAIL_BYTES_MIN : Math.min(TAIL_BYTES_MAX, bytes * 2);
    if (allocation === 0) return undefined;
    this.#tail = {
      source: blockSource.region,
      allocation,
      bytes,
      owner: this,
      baseOffset,
      position,
      messages: allocation + indexBytes(bytes),
      indexes: allocation,
      count: 0,
      length: 0,
      pins: 0,
      evicted: false,
    };
    this.#add(this.#tail);
    return this.#tail;
  }

  #add(block: Block): void {
    this.#blocks.push(block);
    this.#storage.cache.add(block);
    this.#pin(block);
  }

  /** Holds a block until what was put into it is written. */
  #pin(block: Block): void {
    block.pins++;
    this.#unwritten.push(block);
  }
}

/** True when so many bytes of messages fit a tail block; the index area is always large enough. */
function hasRoom(tail: Block, messagesBytes: number): boolean {
  return tail.messages + tail.length + messagesBytes <= tail.allocation + tail.bytes;
}

/**
 * The front part of a tail block: index entries for as many of the smallest messages as fit behind
 * it.
 */
function indexBytes(tailBytes: number): number {
  const messagesMax = Math.ceil(tailBytes / (messageHeaderBytes + indexEntryBytes));
  return messagesMax * indexEntryBytes;
}
