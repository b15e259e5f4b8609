import type { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';

/** Stamped messages of a batch that still arrives. */
export interface AheadPiece {
  /** Number of the batch, never 0. */
  readonly earlyId: number;
  /** Arena offset of the first message. */
  readonly messages: number;
  readonly bytes: number;
  /** Where they are expected to be in the segment. */
  readonly position: number;
}

/** The partition that they are for. */
export interface AheadPartition {
  readonly active: Segment;
  readonly hasStaged: boolean;
}

/**
 * Messages that are written behind the end of a segment before their batch is whole. Nobody reads
 * them there; when something else becomes of the partition, or of the batch, they are cut off.
 */
export class AheadWrites {
  readonly #storage: ShardStorage;
  /** Number of the batch, 0 for none. */
  #earlyId = 0;
  #segment!: Segment;
  /** How often the segment had been cut when the first of them was written. */
  #trimsCount = 0;
  #bytes = 0;

  constructor(storage: ShardStorage) {
    this.#storage = storage;
  }

  /** Writes a piece, unless its place is not the next one. What fails is written with the batch. */
  write({ active, hasStaged }: AheadPartition, piece: AheadPiece): void {
    if (hasStaged || this.#storage.encryption !== undefined) return;
    if (!this.#has(piece.earlyId, active)) this.#begin(piece.earlyId, active);
    if (piece.position !== active.sizeBytes + this.#bytes) return;
    try {
      active.makeReady(this.#bytes + piece.bytes, this.#storage.options, this.#bytes > 0);
      // Only now: before, something else might have been left there.
      this.#trimsCount = active.trimsCount;
      active.isTrimmed = false;
      active.log.write(this.#storage.bytes, piece.messages, piece.bytes, piece.position);
      this.#bytes += piece.bytes;
    } catch {
      this.#earlyId = 0;
    }
  }

  /** The batch is appended: returns how many bytes of its messages are in the file. */
  take(earlyId: number, { active, hasStaged }: AheadPartition): number {
    const isThere = !hasStaged && this.#bytes > 0 && this.#has(earlyId, active);
    this.#earlyId = 0;
    if (isThere) active.isTrimmed = true;
    return isThere ? this.#bytes : 0;
  }

  /** The rest of a batch is not going to come. What cannot be cut off now is cut off later. */
  drop(earlyId: number): void {
    if (this.#earlyId === 0 || this.#earlyId !== earlyId) return;
    this.#earlyId = 0;
    if (this.#segment.isTrimmed) return;
    try {
      this.#segment.trim();
    } catch (error) {
      const { path } = this.#segment.log;
      this.#storage.report('warn', `${path}: cannot be cut yet: ${(error as Error).message}`);
    }
  }

  #has(earlyId: number, active: Segment): boolean {
    const isSame = this.#earlyId === earlyId && this.#segment === active;
    return isSame && this.#trimsCount === active.trimsCount;
  }

  #begin(earlyId: number, active: Segment): void {
    this.#earlyId = earlyId;
    this.#segment = active;
    this.#trimsCount = active.trimsCount;
    this.#bytes = 0;
  }
}
