import type { Kernel } from '../memory/kernel.ts';
import { indexEndOffset } from '../wire/classic/messages.ts';
import { aheadPieceBytes, slowFrameMs } from '../wire/limits/early-stamps.ts';
import { indexEntryBytes } from '../wire/limits.ts';
import type { ShardOptions } from './descriptors.ts';
import type { PartitionEnd, PartitionStatistics } from './partition-statistics.ts';
import type { SendOperands, ShardLink } from './shard-link.ts';

/** Numbers of batches are words of a ring. */
const EARLY_ID_MAX = 2 ** 31 - 1;

/** What stamping needs of the router. */
export interface StampingParts {
  readonly kernel: Kernel;
  readonly statistics: PartitionStatistics;
  readonly options: Pick<ShardOptions, 'deduplication' | 'encryptionKey' | 'segmentBytes'>;
  /** The arena. */
  readonly bytes: Buffer;
  linkOf(handle: number): StampingLink;
}

/** The acceptor's end of a shard, as far as stamping needs it. */
export type StampingLink = Pick<
  ShardLink,
  'callsWaiting' | 'dropAhead' | 'generation' | 'hasSendTo' | 'isUp' | 'writeAhead'
>;

/** A batch that is being stamped, where it is expected to be, and when. */
interface ExpectedPlace {
  /** Number of the batch, never 0. */
  readonly earlyId: number;
  readonly handle: number;
  readonly link: StampingLink;
  /** The worker that was there when it began. */
  readonly generation: number;
  /** The shard has nothing else to do: it can write what is stamped. */
  readonly writesAhead: boolean;
  readonly offset: bigint;
  /** Offset that its segment begins with. */
  readonly segmentBase: bigint;
  /** Position in the segment. */
  readonly position: number;
  readonly timestampMicros: bigint;
}

/**
 * Stamps large frames in the acceptor while they arrive: their bytes are still in the caches of the
 * processor that has received them, and their shard has less to do. Where a batch is going to be
 * only its shard knows; but what it has told of the partition holds until somebody changes that,
 * and the shard compares.
 */
export class EarlyStamping {
  readonly #parts: StampingParts;
  readonly #nowMs: () => number;
  /** Partitions that frames are being stamped for. */
  readonly #handles: number[] = [];
  #lastId = 0;
  /** When something of a frame was stamped last. */
  #advancedMs = 0;
  /** By handle: where a partition ends when all sends that wait are as they were stamped. */
  readonly #ends: (PartitionEnd | undefined)[] = [];

  /** `nowMs` is a clock that never goes back. */
  constructor(parts: StampingParts, nowMs = () => performance.now()) {
    this.#parts = parts;
    this.#nowMs = nowMs;
  }

  get kernel(): Kernel {
    return this.#parts.kernel;
  }

  get bytes(): Buffer {
    return this.#parts.bytes;
  }

  /** Undefined where the shard has to stamp. */
  begin(handle: number, messagesBytes: number): ExpectedPlace | undefined {
    const end = this.#mayStamp(handle) ? this.#endOf(handle) : undefined;
    if (end === undefined) return undefined;
    const isFull = end.position + messagesBytes > this.#parts.options.segmentBytes;
    if (isFull && end.position > 0) return undefined;
    this.#handles.push(handle);
    this.#lastId = (this.#lastId % EARLY_ID_MAX) + 1;
    const link = this.#parts.linkOf(handle);
    return {
      earlyId: this.#lastId,
      handle,
      link,
      generation: link.generation,
      writesAhead: link.callsWaiting === 0,
      offset: BigInt(end.offset),
      segmentBase: BigInt(end.segmentBase),
      position: end.position,
      timestampMicros: BigInt(Math.max(Date.now() * 1000, end.timestampMicros)),
    };
  }

  end({ handle }: ExpectedPlace): void {
    this.#handles.splice(this.#handles.indexOf(handle), 1);
  }

  /** A batch that is stamped for a place is sent. */
  noteStamped(place: ExpectedPlace, { count, messagesBytes }: SendOperands): void {
    this.#ends[place.handle] = {
      offset: Number(place.offset) + count,
      segmentBase: Number(place.segmentBase),
      position: place.position + messagesBytes,
      timestampMicros: Number(place.timestampMicros),
    };
  }

  /** A batch that is not stamped is sent to a partition. */
  noteUnstamped(handle: number): void {
    if (this.#ends[handle] !== undefined) this.#ends[handle] = undefined;
  }

  /** Something of a frame has arrived. */
  noteAdvance(): void {
    this.#advancedMs = this.#nowMs();
  }

  /**
   * Messages that others may change before they are stored are not stamped. And where several
   * frames arrive at once, a shard with nothing to do is faster than the one thread that receives.
   */
  #mayStamp(handle: number): boolean {
    const { deduplication, encryptionKey } = this.#parts.options;
    if (deduplication !== null || encryptionKey !== null) return false;
    if (!this.#isReceiving()) return true;
    return !this.#handles.includes(handle) && this.#parts.linkOf(handle).callsWaiting > 0;
  }

  /** False where the other frames come slowly, or nothing more of them does. */
  #isReceiving(): boolean {
    return this.#handles.length > 0 && this.#nowMs() - this.#advancedMs < slowFrameMs;
  }

  #endOf(handle: number): PartitionEnd | undefined {
    const { statistics } = this.#parts;
    const isStill = !this.#parts.linkOf(handle).hasSendTo(handle);
    return isStill ? statistics.readEnd(handle) : this.#ends[handle];
  }
}

/** The stamping of the frame that arrives on one connection. */
export class EarlyStamp {
  readonly #stamping: EarlyStamping;
  #place: ExpectedPlace | undefined;
  #operands!: SendOperands;
  #stampedCount = 0;
  /** Bytes of stamped messages that the shard was told of. */
  #toldBytes = 0;

  constructor(stamping: EarlyStamping) {
    this.#stamping = stamping;
  }

  /** A frame for a partition begins to arrive. */
  begin(handle: number, operands: SendOperands): void {
    this.end();
    this.#operands = operands;
    this.#stampedCount = 0;
    this.#toldBytes = 0;
    this.#place = this.#stamping.begin(handle, operands.messagesBytes);
  }

  /** So many bytes of the frame are there. */
  advance(arrived: number): void {
    if (this.#place === undefined) return;
    const { allocation, indexes, count, messages, messagesBytes } = this.#operands;
    const { offset, segmentBase, position, timestampMicros } = this.#place;
    const arrivedBytes = allocation + arrived - messages;
    if (arrivedBytes <= 0) return;
    this.#stamping.noteAdvance();
    this.#stampedCount = this.#stamping.kernel.acceptEarly(
      indexes,
      count,
      messages,
      messagesBytes,
      arrivedBytes,
      this.#stampedCount,
      offset,
      segmentBase,
      position,
      timestampMicros,
    );
    if (this.#place.writesAhead && arrivedBytes < messagesBytes) this.#tell(this.#place);
  }

  /**
   * The whole frame is there and is sent to a partition. Returns the number of the batch when all
   * of it is stamped; else 0, and its messages are as they came.
   */
  finish(handle: number, operands: SendOperands): number {
    const place = this.#place;
    const isWhole = this.#stampedCount === operands.count;
    const isStamped = place !== undefined && isWhole && place.handle === handle;
    if (isStamped) this.#stamping.noteStamped(place, operands);
    else if (place !== undefined) this.#undo(place);
    this.end();
    return isStamped ? place.earlyId : 0;
  }

  /** Ends amid a frame. True when its shard still needs the memory, and frees it. */
  abandon(): boolean {
    const place = this.#place;
    this.end();
    if (place === undefined || this.#toldBytes === 0) return false;
    const { earlyId, handle, link, generation } = place;
    if (!link.isUp || link.generation !== generation) return false;
    link.dropAhead(handle, earlyId, this.#operands.allocation);
    return true;
  }

  /** The frame is finished, or nobody wants it any more. */
  end(): void {
    if (this.#place === undefined) return;
    this.#stamping.end(this.#place);
    this.#place = undefined;
  }

  /** Has the shard write what is stamped, when it is much. */
  #tell({ earlyId, handle, link, generation, position }: ExpectedPlace): void {
    // Another worker would not be told when the memory of the frame is given away.
    if (this.#stampedCount === 0 || link.generation !== generation) return;
    const { indexes, messages } = this.#operands;
    const lastEntry = indexes + (this.#stampedCount - 1) * indexEntryBytes;
    const end = this.#stamping.bytes.readUInt32LE(lastEntry + indexEndOffset) - position;
    const told = this.#toldBytes;
    if (end - told < aheadPieceBytes) return;
    const piece = { messages: messages + told, bytes: end - told, position: position + told };
    if (link.writeAhead(handle, { earlyId, ...piece })) this.#toldBytes = end;
  }

  #undo({ position }: ExpectedPlace): void {
    const { indexes, messages } = this.#operands;
    this.#stamping.kernel.undoEarly(indexes, this.#stampedCount, messages, position);
  }
}
