import { status } from '../wire/status.ts';
import { readBlock, readFile } from './message-reader.ts';
import type { PartitionCache } from './partition-cache.ts';
import type { PollReply } from './poll-reply.ts';
import type { SegmentList } from './segment-list.ts';
import type { ShardStorage } from './shard-storage.ts';

/** Collects messages of one partition, from memory where they are and from files where not. */
export class PartitionReader {
  readonly #storage: ShardStorage;
  readonly #segments: SegmentList;
  readonly #cache: PartitionCache;

  constructor(storage: ShardStorage, segments: SegmentList, cache: PartitionCache) {
    this.#storage = storage;
    this.#segments = segments;
    this.#cache = cache;
  }

  /**
   * Collects up to `count` messages from `first` on, which must not be older than the oldest.
   * Returns a status or `MEMORY_SHORT`.
   */
  read(first: number, count: number, reply: PollReply): number {
    this.#cache.noteReader(first);
    let next = first;
    const end = Math.min(next + count, this.#segments.active.nextOffset);
    reply.end = end;
    while (next < end && reply.bytes < reply.bytesMax) {
      const before = reply.messagesCount;
      const outcome = this.#readSome(next, end - next, reply);
      if (outcome !== 0) return before > 0 ? 0 : outcome;
      if (reply.messagesCount === before || reply.file.bytes > 0) break;
      next += reply.messagesCount - before;
    }
    return 0;
  }

  #readSome(offset: number, count: number, reply: PollReply): number {
    const block = this.#cache.at(offset);
    if (block !== undefined) return readBlock(this.#storage, block, offset, count, reply);
    const segment = this.#segments.at(offset);
    if (offset >= segment.nextOffset) return status.InvalidMessageChecksum;
    const uncached = this.#cache.nextStart(offset) - offset;
    return readFile(this.#storage, segment, offset, Math.min(count, uncached), reply);
  }
}
