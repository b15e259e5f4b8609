import { windowBytes, windowSlots } from '../memory/kernel.ts';
import { indexEndOffset } from '../wire/classic/messages.ts';
import { deduplicationEntriesFirst, indexEntryBytes } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import type { Batch } from './partition-cache.ts';
import type { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';
import type { WindowMemory, WindowOwner } from './window-memory.ts';
import { recallIds } from './window-recall.ts';

/** How duplicates are recognized. */
export interface DeduplicationOptions {
  /** How many of a partition's newest messages are looked at. */
  readonly maxEntries: number;
  /** Microseconds after which messages are no longer looked at; 0 is never. */
  readonly expiryMicros: number;
}

/** How often reading the log's tail is tried, while the senders get an error. */
const RECALLS = 3;

/**
 * The ids of a partition's newest messages, by which messages that come again are recognized. Made
 * from the log when the partition is first written to after a start, so that a restart forgets
 * nothing. An id is known from the moment its message is accepted, and no longer when the write of
 * that message failed.
 */
export class MessageWindow implements WindowOwner {
  readonly #storage: ShardStorage;
  readonly #memory: WindowMemory;
  readonly #options: DeduplicationOptions;
  /** Where the window lies in the arena, 0 while it has no memory. */
  #window = 0;
  #capacity = 0;
  /** Whether the log's tail is in the window, as far as it is new enough. */
  #isRecalled = false;
  #recallFailures = 0;
  #newestMicros = 0;
  /** Newest ids whose messages are not staged yet. */
  #fresh = 0;
  /** Ids in front of these whose messages are not in the file yet. */
  #staged = 0;

  constructor(storage: ShardStorage, memory: WindowMemory, options: DeduplicationOptions) {
    this.#storage = storage;
    this.#memory = memory;
    this.#options = options;
  }

  /**
   * Takes messages out of a batch that are known, and remembers the others, the first of which gets
   * `offset`. Returns how many stay, or minus the status of a batch that is not sound. What became
   * of the messages must be told afterwards: `keep` or `refuse`.
   */
  sift(batch: Batch, offset: number, nowMicros: number, segments: Iterable<Segment>): number {
    const { kernel } = this.#storage;
    const { indexes, count, messages, messagesBytes } = batch;
    const ids = kernel.check(indexes, count, messages, messagesBytes);
    if (ids < 0) return ids;
    if (ids === 0) return count;
    if (!this.#isRecalled && !this.#tryRecall(offset, nowMicros, segments)) return -status.IoError;
    this.#makeRoom(ids, offset, nowMicros);
    if (this.#window === 0) return count;
    const forgotten = BigInt(this.#forgottenAt(nowMicros));
    const { maxEntries } = this.#options;
    const place = [indexes, count, messages, BigInt(offset), BigInt(nowMicros)] as const;
    const left = kernel.unique(this.#window, ...place, maxEntries, forgotten);
    this.#fresh = kernel.uniqueAdded();
    if (this.#fresh > 0) this.#newestMicros = nowMicros;
    return left;
  }

  /** A batch of which `sift` has left so many messages. */
  restOf(batch: Batch, count: number): Batch {
    if (count === batch.count) return batch;
    const last = batch.indexes + (count - 1) * indexEntryBytes;
    const messagesBytes = this.#storage.bytes.readUInt32LE(last + indexEndOffset);
    return { ...batch, count, messagesBytes };
  }

  /** The messages of the last `sift` are staged. */
  keep(): void {
    this.#staged += this.#fresh;
    this.#fresh = 0;
  }

  /** The messages of the last `sift` were not accepted. */
  refuse(): void {
    this.#forgetNewest(this.#fresh);
    this.#fresh = 0;
  }

  /** What was staged is in the file. */
  onWritten(): void {
    this.#staged = 0;
  }

  /** What was staged is given up. */
  undo(): void {
    this.#forgetNewest(this.#fresh + this.#staged);
    this.#fresh = 0;
    this.#staged = 0;
  }

  /** Forgets everything, because the messages are gone. */
  clear(): void {
    this.close();
    this.#isRecalled = true;
  }

  /** Some messages are lost that it knows: it is made from the log again. */
  recallAnew(): void {
    this.close();
    this.#isRecalled = false;
  }

  /** Gives the memory back. */
  close(): void {
    if (this.#window !== 0) this.#memory.free(this, this.#window, windowBytes(this.#capacity));
    this.#window = 0;
    this.#capacity = 0;
    this.#fresh = 0;
    this.#staged = 0;
  }

  releaseExpired(nowMicros: number): boolean {
    const isExpired = this.#newestMicros <= this.#forgottenAt(nowMicros);
    if (!isExpired || this.#staged + this.#fresh > 0) return false;
    this.close();
    return true;
  }

  /** Ids of messages from this time or an earlier one do not count. */
  #forgottenAt(nowMicros: number): number {
    const { expiryMicros } = this.#options;
    return expiryMicros === 0 ? 0 : Math.max(0, nowMicros - expiryMicros);
  }

  /** False when the log cannot be read just now; a log that never can be is done without. */
  #tryRecall(offset: number, nowMicros: number, segments: Iterable<Segment>): boolean {
    try {
      this.#recall(offset, nowMicros, segments);
    } catch (error) {
      this.close();
      if (++this.#recallFailures < RECALLS) return false;
      const reason = (error as Error).message;
      this.#storage.report('error', `Some duplicates may be stored, ids cannot be read: ${reason}`);
    }
    this.#isRecalled = true;
    return true;
  }

  #recall(offset: number, nowMicros: number, segments: Iterable<Segment>): void {
    const first = offset - this.#options.maxEntries;
    const forgotten = this.#forgottenAt(nowMicros);
    recallIds(segments, first, forgotten, (low, high, at, timestamp) => {
      this.#makeRoom(1, at, nowMicros);
      if (this.#window === 0) return;
      this.#storage.kernel.remember(this.#window, low, high, BigInt(at), BigInt(timestamp));
      this.#newestMicros = timestamp;
    });
  }

  /** Room for so many more ids, as far as there is memory; the oldest make way for the rest. */
  #makeRoom(ids: number, offset: number, nowMicros: number): void {
    const { maxEntries } = this.#options;
    if (this.#capacity === maxEntries) return;
    const { kernel } = this.#storage;
    if (this.#window !== 0) {
      const forgotten = BigInt(this.#forgottenAt(nowMicros));
      kernel.forgetOld(this.#window, BigInt(offset), maxEntries, forgotten);
    }
    const count = this.#window === 0 ? 0 : kernel.windowCount(this.#window);
    if (count + ids > this.#capacity) this.#grow(count + ids, nowMicros);
  }

  #grow(wanted: number, nowMicros: number): void {
    let capacity = Math.max(this.#capacity, deduplicationEntriesFirst);
    while (capacity < wanted) capacity *= 2;
    capacity = Math.min(capacity, this.#options.maxEntries);
    while (capacity > this.#capacity) {
      const window = this.#memory.allocate(this, windowBytes(capacity), nowMicros);
      if (window !== 0) return this.#moveTo(window, capacity);
      capacity = capacity >>> 1;
    }
  }

  #moveTo(window: number, capacity: number): void {
    const { kernel } = this.#storage;
    kernel.openWindow(window, capacity, windowSlots(capacity));
    if (this.#window !== 0) {
      kernel.copyWindow(this.#window, window);
      this.#memory.replace(this, this.#window, windowBytes(this.#capacity));
    }
    this.#window = window;
    this.#capacity = capacity;
  }

  #forgetNewest(count: number): void {
    if (this.#window !== 0) this.#storage.kernel.forgetNewest(this.#window, count);
  }
}
