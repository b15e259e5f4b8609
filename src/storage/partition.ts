import { mkdirSync, rmSync } from 'node:fs';
import { indexEntryBytes, pollBytesMax, readPieceBytes } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { type Block, type BlockOwner, blockSource } from './block-cache.ts';
import { ConsumerOffsets } from './consumer-offsets.ts';
import type { PartitionId } from './layout.ts';
import type { PollReply } from './poll-reply.ts';
import { recoverSegments } from './recovery.ts';
import { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';
import { StagedWrites } from './staged-writes.ts';

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
}

/** What `Partition.read` answers while readers hold all memory. */
export const MEMORY_SHORT = -1;

const INDEX_END_AT = 4;
const TAIL_BYTES_MIN = 16 * 1024;
const TAIL_BYTES_MAX = 256 * 1024;
/** The smallest message is four times its index entry, so a fifth of a tail block is enough for those. */
const TAIL_INDEX_SHARE = 5;

/**
 * The log of one partition: segment files, the newest batches in memory, stored consumer offsets.
 * Appends are staged in memory and written together by `flush`; nothing is shown to readers before it
 * is in the file. One shard thread owns it.
 */
export class Partition implements BlockOwner {
  readonly #storage: ShardStorage;
  readonly #dir: string;
  readonly #onFlushed: (status: number) => void;
  readonly offsets: ConsumerOffsets;
  readonly #segments: Segment[] = [];
  /** Cached blocks by ascending offset. */
  readonly #blocks: Block[] = [];
  readonly #staged = new StagedWrites();
  /** The block that small batches are still copied into. */
  #tail: Block | undefined;
  #tailBytes = TAIL_BYTES_MIN;
  /** Offset of the next message to come, staged ones counted. */
  #nextOffset = 0;
  #lastTimestamp = 0;
  #sealedMessages = 0;
  #sealedBytes = 0;

  /** `onFlushed` hears the status of every flush that had something to write. */
  constructor(storage: ShardStorage, id: PartitionId, onFlushed: (status: number) => void) {
    this.#storage = storage;
    this.#onFlushed = onFlushed;
    this.#dir = storage.layout.partition(id);
    this.offsets = new ConsumerOffsets(storage.files, this.#dir);
  }

  /** Makes an empty partition; whatever an unfinished deletion left there is removed. */
  create(): void {
    rmSync(this.#dir, { recursive: true, force: true });
    mkdirSync(this.#dir, { recursive: true });
    this.offsets.create();
    this.#openSegment(0);
  }

  /** Opens what is on disk; an absent partition starts empty. */
  load(): void {
    mkdirSync(this.#dir, { recursive: true });
    this.#segments.push(...recoverSegments(this.#storage, this.#dir));
    for (const segment of this.#segments.slice(0, -1)) this.#countSealed(segment);
    if (this.#segments.length === 0) this.#openSegment(0);
    this.#nextOffset = this.#active.nextOffset;
    this.#lastTimestamp = Math.max(0, ...this.#segments.slice(-2).map((s) => s.lastTimestamp));
    this.offsets.load(this.#nextOffset - 1);
  }

  /** Offset of the newest message in the file, -1 when there never was one. */
  get lastOffset(): number {
    return this.#active.nextOffset - 1;
  }

  get segmentsCount(): number {
    return this.#segments.length;
  }

  get messagesCount(): number {
    return this.#sealedMessages + this.#active.messagesCount;
  }

  get sizeBytes(): number {
    return this.#sealedBytes + this.#active.sizeBytes;
  }

  get stagedBytes(): number {
    return this.#staged.bytes;
  }

  /** True when the batch's memory was kept as cache; the cache gives it back when it is done. */
  hasKept(batch: Batch): boolean {
    const newest = this.#blocks[this.#blocks.length - 1];
    return newest !== undefined && newest.allocation === batch.allocation;
  }

  /** Checks a batch, gives it offsets and times, and stages it for the next flush. Returns a status. */
  append(batch: Batch, nowMicros: number): number {
    const { kernel } = this.#storage;
    const { indexes, messages, messagesBytes, count } = batch;
    const invalid = kernel.validate(indexes, count, messages, messagesBytes);
    if (invalid !== 0) return invalid;
    const failed = this.#rollIfFull(messagesBytes);
    if (failed !== 0) return failed;
    this.#lastTimestamp = Math.max(nowMicros, this.#lastTimestamp);
    const place = this.#place(batch);
    kernel.stamp(
      place.indexes,
      count,
      place.messages,
      messagesBytes,
      BigInt(this.#nextOffset),
      BigInt(this.#active.baseOffset),
      this.#stagedEnd,
      BigInt(this.#lastTimestamp),
    );
    this.#staged.add(place.messages, messagesBytes, place.indexes, count, this.#lastTimestamp);
    this.#nextOffset += count;
    return 0;
  }

  /** Writes what is staged. Returns a status; after a failure nothing of what was staged remains. */
  flush(): number {
    if (this.#staged.isEmpty) return 0;
    const segment = this.#active;
    try {
      this.#staged.write(this.#storage.bytes, segment);
      if (this.#storage.options.enforceFsync) segment.sync();
    } catch (error) {
      this.#undoStaged(error as Error);
      this.#onFlushed(status.CannotSaveMessagesToSegment);
      return status.CannotSaveMessagesToSegment;
    }
    const { messages, bytes, firstTimestamp, lastTimestamp } = this.#staged;
    segment.grow(messages, bytes, firstTimestamp, lastTimestamp);
    this.#unpinStaged();
    this.#onFlushed(0);
    return 0;
  }

  sync(): void {
    this.#active.sync();
  }

  /** Collects up to `count` messages from `offset` on. Returns a status or `MEMORY_SHORT`. */
  read(offset: number, count: number, reply: PollReply): number {
    const firstOffset = this.firstOffset;
    let next = Math.max(offset, firstOffset);
    while (reply.messagesCount < count && next <= this.lastOffset) {
      const left = count - reply.messagesCount;
      const bytesLeft = pollBytesMax - reply.bytes;
      if (bytesLeft <= 0) break;
      const block = this.#blockAt(next);
      const before = reply.messagesCount;
      const outcome =
        block === undefined
          ? this.#readFile(next, left, bytesLeft, reply)
          : this.#readBlock(block, next, left, bytesLeft, reply);
      if (outcome !== 0) return reply.messagesCount > 0 ? 0 : outcome;
      if (reply.messagesCount === before) break;
      next += reply.messagesCount - before;
    }
    return 0;
  }

  /** Offset of the oldest message that is kept. */
  get firstOffset(): number {
    return this.#segments[0].baseOffset;
  }

  /** Offset of the first message with this timestamp or a later one, -1 when there is none. */
  offsetAt(timestamp: number): number {
    for (const segment of this.#segments) {
      if (segment.messagesCount > 0 && segment.lastTimestamp >= timestamp) {
        return segment.firstAtOrAfter(timestamp);
      }
    }
    return -1;
  }

  /** Removes all messages and stored offsets: the next message has offset 0 again. */
  purge(): void {
    this.#forgetMessages();
    this.offsets.clear();
    for (const segment of this.#segments.splice(0)) segment.remove();
    this.#sealedMessages = 0;
    this.#sealedBytes = 0;
    this.#nextOffset = 0;
    this.#openSegment(0);
  }

  /** Removes the partition with everything in it. */
  remove(): void {
    this.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Gives back memory and descriptors; the files stay. */
  close(): void {
    this.#forgetMessages();
    for (const segment of this.#segments) segment.close();
    this.offsets.close();
  }

  forget(block: Block): void {
    const position = this.#blocks.indexOf(block);
    if (position >= 0) this.#blocks.splice(position, 1);
    if (this.#tail === block) this.#tail = undefined;
  }

  get #active(): Segment {
    return this.#segments[this.#segments.length - 1];
  }

  /** Position in the active segment behind everything that is staged. */
  get #stagedEnd(): number {
    return this.#active.sizeBytes + this.#staged.bytes;
  }

  #openSegment(baseOffset: number): void {
    const segment = new Segment(this.#storage.files, this.#dir, baseOffset);
    segment.log.touch();
    segment.index.touch();
    this.#segments.push(segment);
  }

  #countSealed(segment: Segment): void {
    this.#sealedMessages += segment.messagesCount;
    this.#sealedBytes += segment.sizeBytes;
  }

  #rollIfFull(bytes: number): number {
    const end = this.#stagedEnd;
    if (end === 0 || end + bytes <= this.#storage.options.segmentBytes) return 0;
    const failed = this.flush();
    if (failed !== 0) return failed;
    try {
      this.#countSealed(this.#active);
      this.#openSegment(this.#nextOffset);
    } catch (error) {
      this.#storage.report(
        'error',
        `${this.#dir}: cannot open a segment: ${(error as Error).message}`,
      );
      return status.CannotCreateSegmentLogFile;
    }
    this.#tail = undefined;
    return 0;
  }

  /** Where a batch is to be stamped: in place when it is kept or must be, else in the tail block. */
  #place(batch: Batch): { readonly messages: number; readonly indexes: number } {
    if (batch.isKeepable) {
      if (this.#storage.cache.makeRoom(blockSource.frame, batch.bytes)) this.#keep(batch);
      return batch;
    }
    const tail = this.#tailFor(batch);
    if (tail === undefined) return batch;
    const { bytes } = this.#storage;
    const messages = tail.messages + tail.length;
    const indexes = tail.indexes + tail.count * indexEntryBytes;
    bytes.copyWithin(messages, batch.messages, batch.messages + batch.messagesBytes);
    bytes.copyWithin(indexes, batch.indexes, batch.indexes + batch.count * indexEntryBytes);
    tail.length += batch.messagesBytes;
    tail.count += batch.count;
    return { messages, indexes };
  }

  #keep(batch: Batch): void {
    this.#addBlock({
      source: blockSource.frame,
      allocation: batch.allocation,
      bytes: batch.bytes,
      messages: batch.messages,
      indexes: batch.indexes,
      count: batch.count,
      length: batch.messagesBytes,
    });
    this.#tail = undefined;
  }

  #tailFor(batch: Batch): Block | undefined {
    const tail = this.#tail;
    if (tail !== undefined) {
      const end = tail.messages + tail.length + batch.messagesBytes;
      if (end <= tail.allocation + tail.bytes) {
        this.#pinStaged(tail);
        return tail;
      }
    }
    this.#tail = this.#openTail(batch.messagesBytes);
    return this.#tail;
  }

  #openTail(messagesBytes: number): Block | undefined {
    const needed = Math.ceil((messagesBytes * TAIL_INDEX_SHARE) / (TAIL_INDEX_SHARE - 1));
    while (this.#tailBytes < needed) this.#tailBytes *= 2;
    const bytes = this.#tailBytes;
    const allocation = this.#storage.cache.allocate(bytes);
    if (allocation === 0) return undefined;
    this.#tailBytes = Math.min(TAIL_BYTES_MAX, bytes * 2);
    const indexBytes = Math.ceil(bytes / TAIL_INDEX_SHARE / indexEntryBytes) * indexEntryBytes;
    return this.#addBlock({
      source: blockSource.region,
      allocation,
      bytes,
      messages: allocation + indexBytes,
      indexes: allocation,
      count: 0,
      length: 0,
    });
  }

  #addBlock(
    place: Omit<Block, 'owner' | 'segment' | 'baseOffset' | 'position' | 'pins' | 'evicted'>,
  ): Block {
    const block: Block = {
      ...place,
      owner: this,
      segment: this.#active,
      baseOffset: this.#nextOffset,
      position: this.#stagedEnd,
      pins: 0,
      evicted: false,
    };
    this.#blocks.push(block);
    this.#storage.cache.add(block);
    this.#pinStaged(block);
    return block;
  }

  /** Holds a block until what was put into it is written. */
  #pinStaged(block: Block): void {
    if (this.#staged.blocks.includes(block)) return;
    block.pins++;
    this.#staged.blocks.push(block);
  }

  #unpinStaged(): void {
    for (const block of this.#staged.blocks) this.#storage.cache.unpin(block);
    this.#staged.clear();
  }

  /** A failed write leaves the file as it was before: what was staged is refused as a whole. */
  #undoStaged(error: Error): void {
    const segment = this.#active;
    this.#storage.report('error', `${segment.log.path}: cannot append: ${error.message}`);
    try {
      segment.log.truncate(segment.sizeBytes);
      segment.index.truncate(segment.messagesCount * indexEntryBytes);
    } catch (second) {
      this.#storage.report('error', `${segment.log.path}: ${(second as Error).message}`);
    }
    this.#nextOffset = segment.nextOffset;
    for (const block of [...this.#staged.blocks]) this.#storage.cache.drop(block);
    this.#unpinStaged();
  }

  #forgetMessages(): void {
    this.#unpinStaged();
    for (const block of [...this.#blocks]) this.#storage.cache.drop(block);
    this.#tail = undefined;
  }

  #blockAt(offset: number): Block | undefined {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks[middle].baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    const block = this.#blocks[low - 1];
    return block !== undefined && offset < block.baseOffset + block.count ? block : undefined;
  }

  #readBlock(
    block: Block,
    offset: number,
    count: number,
    bytesMax: number,
    reply: PollReply,
  ): number {
    const first = offset - block.baseOffset;
    const wanted = Math.min(count, block.count - first);
    const start = first === 0 ? block.position : this.#blockEnd(block, first - 1);
    let taken = wanted;
    if (this.#blockEnd(block, first + wanted - 1) - start > bytesMax) {
      const entries = block.indexes + first * indexEntryBytes;
      taken = this.#storage.kernel.findPosition(entries, wanted, start + bytesMax);
      if (taken === 0 && reply.messagesCount > 0) return 0;
      taken = Math.max(1, taken);
    }
    const length = this.#blockEnd(block, first + taken - 1) - start;
    reply.addBlock(block, block.messages + (start - block.position), length, taken);
    return 0;
  }

  /** Position in the segment behind a message of a block. */
  #blockEnd(block: Block, relative: number): number {
    const entry = block.indexes + relative * indexEntryBytes;
    return this.#storage.bytes.readUInt32LE(entry + INDEX_END_AT);
  }

  #readFile(offset: number, count: number, bytesMax: number, reply: PollReply): number {
    const segment = this.#segmentAt(offset);
    if (offset >= segment.nextOffset) return status.InvalidMessageChecksum;
    const uncached = this.#nextBlockOffset(offset) - offset;
    const span = segment.span(offset, Math.min(count, uncached), bytesMax);
    if (span.end - span.start > bytesMax && reply.messagesCount > 0) return 0;
    const buffers = this.#allocatePieces(span.end - span.start);
    if (buffers === undefined) return MEMORY_SHORT;
    let position = span.start;
    for (const buffer of buffers) {
      const length = Math.min(readPieceBytes, span.end - position);
      reply.addBuffer(buffer, length);
      const got = segment.log.read(this.#storage.bytes, buffer, length, position);
      if (got < length) throw new Error(`${segment.log.path} ends before ${position + length}.`);
      position += length;
    }
    reply.messagesCount += span.count;
    return 0;
  }

  /** Buffers of `readPieceBytes` for so many bytes, or none when there is not room for all. */
  #allocatePieces(bytes: number): number[] | undefined {
    const { cache } = this.#storage;
    const buffers: number[] = [];
    for (let left = bytes; left > 0; left -= readPieceBytes) {
      const buffer = cache.allocateForReading(Math.min(left, readPieceBytes));
      if (buffer === 0) {
        for (const taken of buffers) cache.freeBuffer(taken);
        return undefined;
      }
      buffers.push(buffer);
    }
    return buffers;
  }

  #segmentAt(offset: number): Segment {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#segments[middle].baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low];
  }

  /** Where the next cached block behind an offset begins: up to there the file is read. */
  #nextBlockOffset(offset: number): number {
    for (const block of this.#blocks) {
      if (block.baseOffset > offset) return block.baseOffset;
    }
    return Number.POSITIVE_INFINITY;
  }
}
