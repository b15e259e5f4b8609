import type { FileSystem } from '../files/file-system.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';
import { status } from '../wire/status.ts';
import { AheadWrites } from './ahead-writes.ts';
import { ConsumerOffsets } from './consumer-offsets.ts';
import { claimStamps } from './early-stamps.ts';
import { baseOffsetOf, type PartitionId } from './layout.ts';
import { MessageWindow } from './message-window.ts';
import { NewNames } from './new-names.ts';
import { type Batch, PartitionCache } from './partition-cache.ts';
import { PartitionReader } from './partition-reader.ts';
import type { PollReply } from './poll-reply.ts';
import { recoverSegments } from './recovery.ts';
import { restoreSegment } from './restore.ts';
import { Segment } from './segment.ts';
import { SegmentList } from './segment-list.ts';
import type { ShardStorage } from './shard-storage.ts';
import { StagedWrites } from './staged-writes.ts';
import { Suspects } from './suspects.ts';

/** Who hears what happens to a partition. */
export interface PartitionListener {
  /** Every flush that had something to write, with its status. */
  onFlushed(status: number): void;
  /** Messages that could be read are about to go. */
  onRemoving(): void;
  /** The segment that was written to is sealed; the next one begins with this offset. */
  onRolled(baseOffset: number): void;
}

/**
 * The log of one partition: segment files, the newest batches in memory, stored consumer offsets.
 * Appends are staged in memory and written together by `flush`; nothing is shown to readers before
 * it is in the file. One shard thread owns it.
 */
export class Partition {
  readonly #storage: ShardStorage;
  readonly #id: PartitionId;
  readonly #dir: string;
  readonly #listener: PartitionListener;
  readonly offsets: ConsumerOffsets;
  readonly #segments = new SegmentList();
  readonly #cache: PartitionCache;
  readonly #reader: PartitionReader;
  readonly #staged: StagedWrites;
  readonly ahead: AheadWrites;
  /** Absent where duplicates are stored. */
  readonly #window: MessageWindow | undefined;
  /** Offset of the next message to come, staged ones counted. */
  #nextOffset = 0;
  /** Microseconds of the newest message, staged ones counted. */
  lastTimestamp = 0;
  #acknowledgement: Acknowledgement;
  readonly #newNames: NewNames;
  /** What is staged is in the files, but does not count yet. */
  #isWritten = false;
  readonly #suspects: Suspects;

  constructor(storage: ShardStorage, id: PartitionId, listener: PartitionListener) {
    this.#storage = storage;
    this.#id = id;
    this.#listener = listener;
    this.#acknowledgement = storage.options.acknowledgement;
    this.#dir = storage.layout.partition(id);
    this.#cache = new PartitionCache(storage);
    this.#reader = new PartitionReader(storage, this.#segments, this.#cache);
    this.#staged = new StagedWrites(storage.bytes);
    this.ahead = new AheadWrites(storage);
    this.#newNames = new NewNames(storage.files.system);
    this.#suspects = new Suspects(storage, this.#dir);
    this.offsets = new ConsumerOffsets(storage.files, this.#dir);
    const { deduplication } = storage.options;
    if (deduplication !== null) {
      this.#window = new MessageWindow(storage, storage.windows, deduplication);
    }
  }

  /** Makes an empty partition; whatever an unfinished deletion left there is removed. */
  create(): void {
    this.#system.removeFolder(this.#dir);
    this.#system.makeFolder(this.#dir);
    this.#noteNewFolder();
    this.offsets.create();
    this.#openSegment(0);
  }

  /**
   * Opens what is on disk; an absent partition starts empty. Trusts what a clean stop left, so that
   * it need not read it.
   */
  load(isTrusted = false): void {
    this.#system.makeFolder(this.#dir);
    const { segments, nextOffset } = recoverSegments(this.#storage, this.#dir, isTrusted);
    for (const segment of segments) this.#segments.push(segment);
    // Only a clean stop has brought all names to the disk.
    if (!isTrusted || segments.length === 0) this.#noteNewFolder();
    if (segments.length === 0 || this.active.nextOffset !== nextOffset) {
      this.#openSegment(nextOffset);
    }
    this.lastTimestamp = this.#segments.lastTimestamp();
    this.#nextOffset = nextOffset;
    this.#suspects.load(segments);
    this.offsets.load(nextOffset - 1);
  }

  /** The segment that is written to. */
  get active(): Segment {
    return this.#segments.active;
  }

  /** Offset of the newest message in the file, -1 when there never was one. */
  get lastOffset(): number {
    return this.active.nextOffset - 1;
  }

  /** Offset of the oldest message that is kept. */
  get firstOffset(): number {
    return this.#segments.oldest.baseOffset;
  }

  get segmentsCount(): number {
    return this.#segments.count;
  }

  get messagesCount(): number {
    return this.#segments.messagesCount;
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes;
  }

  /** What a batch waits for before it is acknowledged. */
  get acknowledgement(): Acknowledgement {
    return this.#acknowledgement;
  }

  /** Writes what is staged at the old level, then changes it. Returns the status of the former. */
  setAcknowledgement(level: Acknowledgement): number {
    const failed = this.flush();
    this.#acknowledgement = level;
    return failed;
  }

  /** Microseconds of the first message of the oldest segment, 0 while that is empty. */
  get oldestSince(): number {
    return this.#segments.oldest.firstTimestamp;
  }

  /** Microseconds of the last message of the oldest segment, 0 while that is empty. */
  get oldestUntil(): number {
    return this.#segments.oldest.lastTimestamp;
  }

  /** True when the batch's memory was kept as cache; the cache gives it back when it is done. */
  hasKept(batch: Batch): boolean {
    return this.#cache.hasKept(batch);
  }

  /**
   * Checks a batch, gives it offsets and times, and stages it for the next flush. Returns a status.
   * Messages that the partition knows are left out; when none remains, nothing is staged, and what
   * was staged before may be what they were the duplicates of.
   */
  append(batch: Batch, nowMicros: number): number {
    if (!this.#isCertain(nowMicros)) return status.CannotSyncFile;
    const stampedMicros = batch.earlyId ? this.#claimStamps(batch) : undefined;
    const timestamp = stampedMicros ?? Math.max(nowMicros, this.lastTimestamp);
    const failed = this.#take(batch, timestamp, stampedMicros !== undefined);
    // The next batch is going to be encrypted in the same memory.
    return failed === 0 && this.#staged.isOutside ? this.flush() : failed;
  }

  #take(batch: Batch, timestamp: number, isStamped: boolean): number {
    const window = this.#window;
    if (window === undefined) return this.#stage(batch, timestamp, isStamped);
    const left = window.sift(batch, this.#nextOffset, timestamp, this.#segments);
    if (left <= 0) return Math.abs(left);
    const failed = this.#stage(window.restOf(batch, left), timestamp);
    if (failed === 0) window.keep();
    else window.refuse();
    return failed;
  }

  /** Messages that are to be sifted or encrypted are stamped after that. */
  #claimStamps(batch: Batch): number | undefined {
    const isChanged = this.#window !== undefined || this.#storage.encryption !== undefined;
    const segment = isChanged || this.#isFullFor(batch.messagesBytes) ? undefined : this.active;
    const due = { offset: this.#nextOffset, segment, position: this.#stagedEnd };
    return claimStamps(this.#storage, batch, due, this.lastTimestamp);
  }

  /** True while something waits for the next flush. */
  get hasStaged(): boolean {
    return !this.#staged.isEmpty;
  }

  #stage(received: Batch, timestamp: number, isStamped = false): number {
    const { encryption } = this.#storage;
    const batch = encryption === undefined ? received : encryption.seal(received);
    if (typeof batch === 'number') return batch;
    const { messagesBytes, count } = batch;
    // A refused batch must not seal a segment: it is stamped as if this was done, and done after.
    const rolls = this.#isFullFor(messagesBytes);
    const refused = isStamped ? 0 : this.#stamp(batch, rolls, timestamp);
    const failed = refused === 0 && rolls ? this.#roll() : refused;
    if (failed !== 0) return failed;
    this.lastTimestamp = timestamp;
    const place = this.#cache.place(batch, this.#nextOffset, this.#stagedEnd);
    if (place === batch && encryption !== undefined) {
      const unwritten = this.flush();
      if (unwritten !== 0) return unwritten;
      this.#staged.memory = encryption.bytes;
    }
    const ahead = isStamped ? this.ahead.take(received.earlyId!, this) : 0;
    this.#staged.add(place.messages, messagesBytes, place.indexes, count, timestamp, ahead);
    this.#nextOffset += count;
    return 0;
  }

  #stamp({ indexes, count, messages, messagesBytes }: Batch, rolls: boolean, timestamp: number) {
    return this.#storage.intake.accept(
      indexes,
      count,
      messages,
      messagesBytes,
      BigInt(this.#nextOffset),
      BigInt(rolls ? this.#nextOffset : this.active.baseOffset),
      rolls ? 0 : this.#stagedEnd,
      BigInt(timestamp),
    );
  }

  /**
   * Writes what is staged, but does not count it yet: so the files of many partitions are written
   * before the first of them is synced. Returns a status; after a failure nothing of what was
   * staged remains.
   */
  write(): number {
    if (this.#staged.isEmpty || this.#isWritten) return 0;
    const segment = this.active;
    try {
      segment.makeReady(this.#staged.bytes, this.#storage.options);
      this.#staged.write(segment);
    } catch (error) {
      this.#report(`cannot append: ${(error as Error).message}`);
      return this.#refuseStaged(status.CannotSaveMessagesToSegment);
    }
    this.#isWritten = true;
    return 0;
  }

  /**
   * Writes what is staged, brings it to the disk when that is what an acknowledgement means, and
   * shows it to readers. Returns a status; after a failure nothing of what was staged remains.
   */
  flush(): number {
    if (this.#staged.isEmpty) return 0;
    const failed = this.write() || this.#syncStaged();
    if (failed !== 0) return failed;
    const { messages, bytes, firstTimestamp, lastTimestamp } = this.#staged;
    this.active.grow(messages, bytes, firstTimestamp, lastTimestamp);
    if (this.#acknowledgement === 'synced') this.active.markSynced();
    this.#isWritten = false;
    this.#staged.clear();
    this.#cache.onWritten();
    this.#window?.onWritten();
    this.#listener.onFlushed(0);
    return 0;
  }

  /** Brings everything that was written since the last time to the disk. Returns a status. */
  sync(nowMicros: number): number {
    if (!this.#isCertain(nowMicros)) return status.CannotSyncFile;
    for (const segment of this.#segments) {
      if (segment.isSynced) continue;
      const failed = this.#syncSegment(segment);
      if (failed !== 0) return failed;
      segment.markSynced();
    }
    return this.#newNames.isEmpty ? 0 : this.#syncSegment(this.active);
  }

  /** Collects up to `count` messages from `offset` on. Returns a status or `MEMORY_SHORT`. */
  read(offset: number, count: number, reply: PollReply): number {
    const first = Math.max(offset, this.firstOffset);
    const failed = this.#reader.read(first, count, reply);
    const { encryption } = this.#storage;
    if (failed !== 0 || encryption === undefined) return failed;
    return encryption.open(reply, this.#dir, first);
  }

  /** Somebody asked for messages behind the last one. */
  noteReaderAtEnd(): void {
    this.#cache.noteReader(this.#nextOffset);
  }

  /** Offset of the first message with this timestamp or a later one, -1 when there is none. */
  offsetAt(timestamp: number): number {
    return this.#segments.offsetAt(timestamp);
  }

  /** Removes all messages and stored offsets: the next message has offset 0 again. */
  purge(): void {
    this.flush();
    this.#listener.onRemoving();
    this.#cache.dropAll();
    this.#window?.clear();
    this.offsets.clear();
    while (this.#segments.count > 1) this.#segments.removeOldest();
    this.active.remove();
    this.#removeStrays();
    this.#segments.restart(new Segment(this.#storage.files, this.#dir, 0));
    this.#nextOffset = 0;
    this.#newNames.add(this.#dir);
    // After a loss of power an old segment would be a part of the new log.
    if (this.#acknowledgement !== 'written') this.#system.syncFolder(this.#dir);
    this.active.create();
  }

  /**
   * Removes up to `count` of the oldest segments, never the one that is written to, and none with
   * messages behind a stored offset or newer than `newestMicros`. A segment that nothing was
   * written to since then is sealed first, so that little traffic does not keep old messages.
   * Returns how many went. Throws when files cannot be removed.
   */
  removeSegments(count: number, newestMicros = Number.POSITIVE_INFINITY): number {
    const passed = this.offsets.lowest();
    if (this.#isIdleSince(newestMicros) && this.lastOffset <= passed) this.#sealIdle();
    let removed = 0;
    while (removed < count) {
      const { oldest, second } = this.#segments;
      if (second === undefined || second.baseOffset - 1 > passed) break;
      if (oldest.lastTimestamp > newestMicros) break;
      this.#listener.onRemoving();
      this.#segments.removeOldest();
      removed++;
    }
    return removed;
  }

  /** Removes the partition with everything in it. */
  remove(): void {
    this.close();
    this.#system.removeFolder(this.#dir);
  }

  /** Writes what is staged and gives back memory and descriptors; the files stay. */
  close(): void {
    this.flush();
    this.#cache.dropAll();
    this.#window?.close();
    for (const segment of this.#segments) segment.close();
    this.offsets.close();
  }

  get #system(): FileSystem {
    return this.#storage.files.system;
  }

  /** Position in the active segment behind everything that is staged. */
  get #stagedEnd(): number {
    return this.active.sizeBytes + this.#staged.bytes;
  }

  #openSegment(baseOffset: number): void {
    const segment = new Segment(this.#storage.files, this.#dir, baseOffset);
    // Before it is tried: a log that cannot be removed either is the segment of the next process.
    this.#newNames.add(this.#dir);
    try {
      segment.create();
    } catch (error) {
      segment.remove();
      throw error;
    }
    this.#segments.push(segment);
  }

  /** Names that are left of segments which could not be begun. */
  #removeStrays(): void {
    for (const name of this.#system.list(this.#dir)) {
      const base = baseOffsetOf(name);
      if (base !== undefined) new Segment(this.#storage.files, this.#dir, base).remove();
    }
  }

  /** True when so many bytes more would make the active segment too large. */
  #isFullFor(bytes: number): boolean {
    const end = this.#stagedEnd;
    return end > 0 && end + bytes > this.#storage.options.segmentBytes;
  }

  /** Afterwards only the name of an empty file knows the next offset: it must outlive a crash. */
  #sealIdle(): void {
    if (this.#roll() === 0) this.#system.syncFolder(this.#dir);
  }

  /** True when the active segment holds messages, all of them as old as this or older. */
  #isIdleSince(micros: number): boolean {
    const { messagesCount, lastTimestamp } = this.active;
    const isBounded = micros < Number.POSITIVE_INFINITY;
    return isBounded && messagesCount > 0 && lastTimestamp <= micros && this.#staged.isEmpty;
  }

  /** Seals the active segment and begins the next one. Returns a status. */
  #roll(): number {
    const failed = this.flush() || this.#syncRecovered();
    if (failed !== 0) return failed;
    const sealed = this.active;
    try {
      sealed.seal();
      this.#openSegment(this.#nextOffset);
    } catch (error) {
      this.#report(`cannot open a segment: ${(error as Error).message}`);
      return status.CannotCreateSegmentLogFile;
    }
    this.#cache.endSegment();
    this.#listener.onRolled(this.#nextOffset);
    return 0;
  }

  /** A failed write leaves the files as they were: what was staged is refused as a whole. */
  #refuseStaged(refused: number): number {
    try {
      this.active.trim();
    } catch (error) {
      this.#report(`cannot undo the append yet: ${(error as Error).message}`);
    }
    this.#nextOffset = this.active.nextOffset;
    this.#isWritten = false;
    this.#staged.clear();
    this.#cache.dropUnwritten();
    this.#window?.undo();
    this.#listener.onFlushed(refused);
    return refused;
  }

  /** What a start found in the active segment was perhaps never synced, and nobody would again. */
  #syncRecovered(): number {
    const segment = this.active;
    if (this.#acknowledgement !== 'synced' || segment.isSynced) return 0;
    const failed = this.#syncSegment(segment);
    if (failed === 0) segment.markSynced();
    return failed;
  }

  #syncStaged(): number {
    return this.#acknowledgement === 'synced' ? this.#syncSegment(this.active) : 0;
  }

  /** Returns a status. What the disk has after a failed sync is unknown: nothing more is taken. */
  #syncSegment(segment: Segment): number {
    try {
      segment.sync();
      this.#newNames.sync();
      return 0;
    } catch (error) {
      this.#report(`cannot sync, nothing is accepted until it can: ${(error as Error).message}`);
      this.#suspects.add(segment);
      if (!this.#staged.isEmpty) this.#refuseStaged(status.CannotSyncFile);
      return status.CannotSyncFile;
    }
  }

  #noteNewFolder(): void {
    this.#newNames.add(...this.#storage.layout.above(this.#id), this.#dir);
  }

  /** False while a failed sync has left something in doubt; that is restored now and then. */
  #isCertain(nowMicros: number): boolean {
    if (this.#suspects.isEmpty) return true;
    return this.#suspects.resume(nowMicros, (segment) => {
      if (this.#segments.includes(segment)) this.#restore(segment);
    });
  }

  /** What is gone stays a gap: its offsets were acknowledged and are not given again. */
  #restore(segment: Segment): void {
    const left = restoreSegment(this.#storage, segment);
    this.#newNames.sync();
    const lost = segment.messagesCount - left;
    if (lost > 0) {
      this.#listener.onRemoving();
      this.#cache.dropAll();
      this.#window?.recallAnew();
      const first = segment.baseOffset + left;
      this.#storage.report(
        'error',
        `${segment.log.path}: LOST ${lost} acknowledged messages from offset ${first} on`,
      );
      if (segment === this.active) this.#openSegment(this.#nextOffset);
      this.#segments.change(segment, () => segment.load(left));
    }
    segment.markSynced();
  }

  #report(message: string): void {
    this.#storage.report('error', `${this.active.log.path}: ${message}`);
  }
}
