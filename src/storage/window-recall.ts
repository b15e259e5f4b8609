import { indexEndOffset } from '../wire/classic/messages.ts';
import { indexEntryBytes } from '../wire/limits.ts';
import type { Segment } from './segment.ts';

/** Takes the id of a stored message in two halves, its offset, and its time in microseconds. */
export type IdSink = (low: bigint, high: bigint, offset: number, timestamp: number) => void;

const ENTRIES = 1024;
const INDEX_TIMESTAMP_AT = 8;
const ID_AT = 8;
const ID_BYTES = 16;
const READ_BYTES = 64 * 1024;
/** Messages from this size on are read one by one, and of each only its id. */
const LARGE_BYTES = 8 * 1024;

/** A shard does one thing at a time. */
const entries = Buffer.allocUnsafe(ENTRIES * indexEntryBytes);
const piece = Buffer.allocUnsafe(READ_BYTES);

/**
 * Reads the ids of messages from an offset on that are newer than a time, oldest first. Throws when
 * a file cannot be read.
 */
export function recallIds(
  segments: Iterable<Segment>,
  firstOffset: number,
  forgottenMicros: number,
  sink: IdSink,
): void {
  for (const segment of segments) {
    if (segment.messagesCount === 0 || segment.nextOffset <= firstOffset) continue;
    if (segment.lastTimestamp <= forgottenMicros) continue;
    const isPartlyOld = segment.firstTimestamp <= forgottenMicros;
    const newer = isPartlyOld ? segment.firstAtOrAfter(forgottenMicros + 1) : segment.baseOffset;
    recallSegment(segment, Math.max(newer, firstOffset), sink);
  }
}

function recallSegment(segment: Segment, firstOffset: number, sink: IdSink): void {
  let relative = firstOffset - segment.baseOffset;
  let start = relative === 0 ? 0 : segment.endOf(relative - 1);
  const log = new LogPieces(segment);
  while (relative < segment.messagesCount) {
    const count = Math.min(ENTRIES, segment.messagesCount - relative);
    readWhole(segment.index, entries, count * indexEntryBytes, relative * indexEntryBytes);
    for (let at = 0; at < count * indexEntryBytes; at += indexEntryBytes) {
      const end = entries.readUInt32LE(at + indexEndOffset);
      const id = log.idAt(start, end - start);
      const timestamp = Number(entries.readBigUInt64LE(at + INDEX_TIMESTAMP_AT));
      const offset = segment.baseOffset + relative;
      sink(piece.readBigUInt64LE(id), piece.readBigUInt64LE(id + 8), offset, timestamp);
      start = end;
      relative++;
    }
  }
}

/** Reads a log in pieces from front to back. */
class LogPieces {
  readonly #segment: Segment;
  /** The part of the log that `piece` holds. */
  #start = 0;
  #end = 0;

  constructor(segment: Segment) {
    this.#segment = segment;
  }

  /** Where in `piece` the id of a message lies. */
  idAt(message: number, messageBytes: number): number {
    const start = message + ID_AT;
    if (start < this.#start || start + ID_BYTES > this.#end) {
      const left = this.#segment.sizeBytes - start;
      const length = messageBytes >= LARGE_BYTES ? ID_BYTES : Math.min(READ_BYTES, left);
      readWhole(this.#segment.log, piece, length, start);
      this.#start = start;
      this.#end = start + length;
    }
    return start - this.#start;
  }
}

function readWhole(file: Segment['log'], bytes: Buffer, length: number, position: number): void {
  const got = file.read(bytes, 0, length, position);
  if (got < length) throw new Error(`${file.path} ends before position ${position + length}`);
}
