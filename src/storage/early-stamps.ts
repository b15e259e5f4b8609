import {
  indexEndOffset,
  messageOffsetOffset,
  messageTimestampOffset,
} from '../wire/classic/messages.ts';
import { indexEntryBytes } from '../wire/limits.ts';
import type { Batch } from './partition-cache.ts';
import type { ShardStorage } from './shard-storage.ts';

const ENTRY_OFFSET_AT = 0;

/** Where a batch has to be. */
export interface DuePlace {
  readonly offset: number;
  /** Undefined for one that is yet to begin. */
  readonly segment: { readonly baseOffset: number } | undefined;
  /** Position in the segment. */
  readonly position: number;
}

/**
 * The time, in microseconds, of a batch that was stamped while it arrived, if that was done for the
 * place where it has to be and is not older than `sinceMicros`. Otherwise the batch is made again
 * what the client sent.
 */
export function claimStamps(
  { bytes, kernel }: ShardStorage,
  { indexes, messages, messagesBytes, count }: Batch,
  due: DuePlace,
  sinceMicros: number,
): number | undefined {
  const lastEntry = indexes + (count - 1) * indexEntryBytes;
  const position = bytes.readUInt32LE(lastEntry + indexEndOffset) - messagesBytes;
  const offset = Number(bytes.readBigUInt64LE(messages + messageOffsetOffset));
  const segmentBase = offset - bytes.readUInt32LE(indexes + ENTRY_OFFSET_AT);
  const micros = Number(bytes.readBigUInt64LE(messages + messageTimestampOffset));
  const isInPlace = offset === due.offset && position === due.position;
  const isInSegment = segmentBase === due.segment?.baseOffset;
  if (isInPlace && isInSegment && micros >= sinceMicros) return micros;
  kernel.undoEarly(indexes, count, messages, position);
  return undefined;
}
