import { indexEndOffset } from '../wire/classic/messages.ts';
import { indexEntryBytes, messageHeaderBytes } from '../wire/limits.ts';
import { type OpenFiles, StoredFile } from './files.ts';
import { indexPath, logPath } from './layout.ts';
import { Preallocation } from './preallocation.ts';
import type { StorageOptions } from './shard-storage.ts';

/** Part of a segment's log: bytes from `start` up to `end`, holding `count` whole messages. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

const CHUNK_ENTRIES = 4096;
const TIMESTAMP_AT = 8;

/** Index entries are read into one buffer: a shard does one thing at a time. */
const chunk = Buffer.allocUnsafe(CHUNK_ENTRIES * indexEntryBytes);

/**
 * A pair of files: the messages of consecutive offsets as they travel, and 16 bytes of index for
 * each. Knows sizes and outermost times; everything else is read from the index file.
 */
export class Segment {
  readonly baseOffset: number;
  readonly log: StoredFile;
  readonly index: StoredFile;
  readonly #preallocation: Preallocation;
  sizeBytes = 0;
  messagesCount = 0;
  /** Microseconds since the epoch of the first message; 0 while there is none. */
  firstTimestamp = 0;
  /** Microseconds since the epoch of the last message; 0 while there is none. */
  lastTimestamp = 0;
  /** So many messages and bytes the disk is known to have. */
  syncedMessages = 0;
  syncedBytes = 0;
  /** False while there may be something behind the last message: of a failed write, or ahead. */
  isTrimmed = true;
  /** How often that was cut off. */
  trimsCount = 0;
  /** What is wrong with the files; empty for a sound segment. */
  damage = '';
  /** True from the first read that the system refused to the next one that it did not. */
  isUnreadable = false;

  constructor(files: OpenFiles, partitionDir: string, baseOffset: number) {
    this.baseOffset = baseOffset;
    this.log = new StoredFile(files, logPath(partitionDir, baseOffset));
    this.index = new StoredFile(files, indexPath(partitionDir, baseOffset));
    this.#preallocation = new Preallocation(this.log);
  }

  /** Offset behind the last message. */
  get nextOffset(): number {
    return this.baseOffset + this.messagesCount;
  }

  /** False while something was written that the disk may not have yet. */
  get isSynced(): boolean {
    return this.syncedMessages === this.messagesCount;
  }

  /** Takes over what was written: so many messages and bytes, the times of the outermost. */
  grow(messages: number, bytes: number, firstTimestamp: number, lastTimestamp: number): void {
    if (this.messagesCount === 0) this.firstTimestamp = firstTimestamp;
    this.lastTimestamp = lastTimestamp;
    this.messagesCount += messages;
    this.sizeBytes += bytes;
  }

  /** Reads size and times of so many messages from the index, trusting it. */
  load(messagesCount: number): void {
    this.messagesCount = messagesCount;
    const last = messagesCount - 1;
    this.firstTimestamp = messagesCount === 0 ? 0 : this.timestampOf(0);
    this.lastTimestamp = messagesCount === 0 ? 0 : this.timestampOf(last);
    this.sizeBytes = messagesCount === 0 ? 0 : this.endOf(last);
  }

  /**
   * The bytes of up to `count` messages from `offset` on, at most `bytesMax` but always one
   * message. The offset must be in this segment. Throws when the index contradicts itself.
   */
  span(offset: number, count: number, bytesMax: number): Span {
    const first = offset - this.baseOffset;
    const wanted = Math.min(count, this.messagesCount - first);
    const start = first === 0 ? 0 : this.endOf(first - 1);
    const whole = this.endOf(first + wanted - 1);
    if (whole - start <= bytesMax) {
      return this.#checked({ start, end: whole, count: wanted }, offset);
    }
    let taken = 0;
    let end = start;
    while (taken < wanted) {
      const entries = Math.min(wanted - taken, CHUNK_ENTRIES);
      this.#readEntries(first + taken, entries);
      const fitting = fittingEntries(entries, start + bytesMax);
      if (fitting > 0) end = chunk.readUInt32LE((fitting - 1) * indexEntryBytes + indexEndOffset);
      taken += fitting;
      if (fitting < entries) break;
    }
    if (taken === 0) return this.#checked({ start, end: this.endOf(first), count: 1 }, offset);
    return this.#checked({ start, end, count: taken }, offset);
  }

  /** Offset of the first message with this timestamp or a later one; there must be one. */
  firstAtOrAfter(timestamp: number): number {
    let low = 0;
    let high = this.messagesCount - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timestampOf(middle) >= timestamp) high = middle;
      else low = middle + 1;
    }
    return this.baseOffset + low;
  }

  /** Position behind a message, counted from the segment's first. */
  endOf(relative: number): number {
    this.#readEntries(relative, 1);
    return chunk.readUInt32LE(indexEndOffset);
  }

  timestampOf(relative: number): number {
    this.#readEntries(relative, 1);
    return Number(chunk.readBigUInt64LE(TIMESTAMP_AT));
  }

  /** Makes both files, empty. */
  create(): void {
    this.log.create();
    this.index.create();
  }

  /**
   * Bytes behind the end are about to be written, up to so many. Whatever is there is cut off,
   * unless it is the beginning of them.
   */
  makeReady(bytes: number, { preallocates, segmentBytes }: StorageOptions, hasBegun = false): void {
    if (!this.isTrimmed && !hasBegun) this.trim();
    if (!preallocates) return;
    this.#preallocation.cover(this.sizeBytes + bytes, this.sizeBytes, segmentBytes);
  }

  /** Whoever wrote here before did not end properly. */
  suspectPreallocation(): void {
    this.#preallocation.suspect();
  }

  /** Nothing more is going to be written. */
  seal(): void {
    if (!this.isTrimmed) this.trim();
    this.#preallocation.giveBack(this.sizeBytes);
  }

  /** Cuts both files behind the last message. */
  trim(): void {
    this.isTrimmed = false;
    this.trimsCount++;
    this.log.truncate(this.sizeBytes);
    this.#preallocation.forget();
    this.index.truncate(this.messagesCount * indexEntryBytes);
    this.isTrimmed = true;
  }

  /** Brings what is in both files to the disk; their names are the partition's affair. */
  sync(): void {
    this.log.sync();
    this.index.sync();
  }

  /** The disk has all that the segment counts now. */
  markSynced(): void {
    this.syncedMessages = this.messagesCount;
    this.syncedBytes = this.sizeBytes;
  }

  close(): void {
    if (!this.isTrimmed) this.suspectPreallocation();
    this.#preallocation.giveBack(this.sizeBytes);
    this.log.close();
    this.index.close();
  }

  /** Removes both files. A log without its index is whole, an index without its log is rubbish. */
  remove(): void {
    this.index.remove();
    this.log.remove();
  }

  #checked(span: Span, offset: number): Span {
    const isPossible = span.end - span.start >= span.count * messageHeaderBytes;
    if (isPossible && span.end <= this.sizeBytes) return span;
    throw new Error(`${this.index.path} contradicts itself at offset ${offset}.`);
  }

  #readEntries(first: number, count: number): void {
    const length = count * indexEntryBytes;
    const got = this.index.read(chunk, 0, length, first * indexEntryBytes);
    if (got < length) {
      throw new Error(`${this.index.path} ends before entry ${first + count - 1}.`);
    }
  }
}

/** How many of the chunk's first entries end at or before a position. */
function fittingEntries(entries: number, limit: number): number {
  let low = 0;
  let high = entries;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk.readUInt32LE(middle * indexEntryBytes + indexEndOffset) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
