import { indexEntryBytes } from '../wire/limits.ts';
import type { StoredFile } from './files.ts';
import type { Segment } from './segment.ts';

/**
 * Stamped batches that wait to be written to one segment. Batches that lie next to each other
 * become one piece, so that many small ones cost one write.
 */
export class StagedWrites {
  /** The memory that they lie in. */
  memory: Buffer;
  readonly #arena: Buffer;
  /** Offset in it and length of each piece, one after the other. */
  readonly #log: number[] = [];
  readonly #index: number[] = [];
  /** Bytes of messages in front of all pieces that are in the file already. */
  #aheadBytes = 0;
  messages = 0;
  bytes = 0;
  firstTimestamp = 0;
  lastTimestamp = 0;

  constructor(arena: Buffer) {
    this.#arena = arena;
    this.memory = arena;
  }

  /** True while they lie in memory that is not theirs for long. */
  get isOutside(): boolean {
    return this.memory !== this.#arena;
  }

  get isEmpty(): boolean {
    return this.messages === 0;
  }

  /** Of the messages of the first batch, so many bytes can be in the file already. */
  add(
    messages: number,
    messagesBytes: number,
    indexes: number,
    count: number,
    timestamp: number,
    aheadBytes = 0,
  ): void {
    if (this.isEmpty) this.firstTimestamp = timestamp;
    this.lastTimestamp = timestamp;
    if (aheadBytes > 0) this.#aheadBytes = aheadBytes;
    if (aheadBytes < messagesBytes) {
      append(this.#log, messages + aheadBytes, messagesBytes - aheadBytes);
    }
    append(this.#index, indexes, count * indexEntryBytes);
    this.messages += count;
    this.bytes += messagesBytes;
  }

  /**
   * Writes behind what the segment has: messages first, so that no index entry points at nothing.
   */
  write(segment: Segment): void {
    const logEnd = segment.sizeBytes + this.#aheadBytes;
    writePieces(segment.log, this.memory, this.#log, logEnd);
    writePieces(segment.index, this.memory, this.#index, segment.messagesCount * indexEntryBytes);
  }

  clear(): void {
    this.memory = this.#arena;
    this.#log.length = 0;
    this.#index.length = 0;
    this.#aheadBytes = 0;
    this.messages = 0;
    this.bytes = 0;
  }
}

function append(pieces: number[], offset: number, length: number): void {
  const last = pieces.length - 2;
  if (last >= 0 && pieces[last] + pieces[last + 1] === offset) pieces[last + 1] += length;
  else pieces.push(offset, length);
}

function writePieces(
  file: StoredFile,
  memory: Buffer,
  pieces: readonly number[],
  position: number,
): void {
  if (pieces.length === 0) return;
  if (pieces.length === 2) {
    file.write(memory, pieces[0], pieces[1], position);
    return;
  }
  const views: Uint8Array[] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    views.push(memory.subarray(pieces[i], pieces[i] + pieces[i + 1]));
  }
  file.writePieces(views, position);
}
