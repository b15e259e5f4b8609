import { indexEndOffset, messageOffset } from '../wire/classic/messages.ts';
import {
  indexEntryBytes,
  readPieceBytes,
  sharedHeadBytes,
  sharedSpanBytesMin,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import type { Block, BlockCache } from './block-cache.ts';
import type { PollReply } from './poll-reply.ts';
import type { Segment, Span } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';

/** What a read answers while readers hold all memory; every other answer is a status. */
export const MEMORY_SHORT = -1;

/** Adds up to `count` messages of a cached block to a reply, the message at `offset` first. */
export function readBlock(
  storage: ShardStorage,
  block: Block,
  offset: number,
  count: number,
  reply: PollReply,
): number {
  const bytesMax = reply.bytesMax - reply.bytes;
  const first = offset - block.baseOffset;
  const wanted = Math.min(count, block.count - first);
  const start = first === 0 ? block.position : endIn(storage, block, first - 1);
  let taken = wanted;
  if (endIn(storage, block, first + wanted - 1) - start > bytesMax) {
    const entries = block.indexes + first * indexEntryBytes;
    taken = storage.kernel.findPosition(entries, wanted, start + bytesMax);
    if (taken === 0 && reply.messagesCount > 0) return 0;
    taken = Math.max(1, taken);
  }
  const length = endIn(storage, block, first + taken - 1) - start;
  reply.addBlock(block, block.messages + (start - block.position), length, taken);
  return 0;
}

/** Position in the segment behind a message of a block. */
function endIn(storage: ShardStorage, block: Block, relative: number): number {
  return storage.bytes.readUInt32LE(block.indexes + relative * indexEntryBytes + indexEndOffset);
}

/**
 * Adds up to `count` messages of a segment's file to a reply, the message at `offset` first. Takes
 * fewer when memory is short; nothing is added unless the answer is 0.
 */
export function readFile(
  storage: ShardStorage,
  segment: Segment,
  offset: number,
  count: number,
  reply: PollReply,
): number {
  try {
    let bytesMax = reply.bytesMax - reply.bytes;
    for (;;) {
      const span = segment.span(offset, count, bytesMax);
      const bytes = span.end - span.start;
      if (bytes > bytesMax && reply.messagesCount > 0) return 0;
      const isCut = span.count < Math.min(count, segment.nextOffset - offset);
      const isLast = isCut || offset + span.count === reply.end;
      if (isLast && reply.takesFile) shareTail(storage, segment, span, reply);
      const buffers = allocatePieces(storage.cache, bytes - reply.file.bytes);
      if (buffers !== undefined) {
        readSpan(storage, segment, span, buffers, offset, reply);
        segment.isUnreadable = false;
        return 0;
      }
      reply.file.drop();
      if (span.count === 1) return MEMORY_SHORT;
      bytesMax = Math.floor(bytes / 2);
    }
  } catch (error) {
    reply.file.drop();
    noteFailedRead(storage, segment, error as NodeJS.ErrnoException);
    return status.CannotReadMessage;
  }
}

/** Says what is wrong with a segment, once: readers come again and again. */
export function noteDamage(storage: ShardStorage, segment: Segment, damage: string): void {
  if (segment.damage !== '') return;
  segment.damage = damage;
  storage.report('error', `${segment.log.path}: ${damage}`);
}

/** What the system refuses today it may give tomorrow: only a contradiction is damage. */
function noteFailedRead(
  storage: ShardStorage,
  segment: Segment,
  { code, message }: NodeJS.ErrnoException,
): void {
  if (code === undefined) return noteDamage(storage, segment, message);
  if (segment.isUnreadable) return;
  segment.isUnreadable = true;
  storage.report('error', `${segment.log.path}: cannot read: ${message}`);
}

/**
 * Leaves all but the first bytes of a span in the file, if they are in memory there. Nothing can
 * follow them in a reply.
 */
function shareTail(
  storage: ShardStorage,
  segment: Segment,
  { start, end }: Span,
  reply: PollReply,
): void {
  const position = start + sharedHeadBytes;
  if (end - start < sharedSpanBytesMin || storage.encryption !== undefined) return;
  const fd = segment.log.share(position, end - position);
  if (fd >= 0) reply.file.set(fd, position, end - position);
}

/** Reads what is not left in the file. */
function readSpan(
  storage: ShardStorage,
  segment: Segment,
  span: Span,
  buffers: readonly number[],
  offset: number,
  reply: PollReply,
): void {
  let position = span.start;
  const end = span.end - reply.file.bytes;
  try {
    for (const buffer of buffers) {
      const length = Math.min(readPieceBytes, end - position);
      const got = segment.log.read(storage.bytes, buffer, length, position);
      if (got < length) throw new Error(`it ends before position ${position + length}`);
      position += length;
    }
    assertOffset(storage.bytes, buffers[0], offset);
  } catch (error) {
    for (const buffer of buffers) storage.cache.freeBuffer(buffer);
    throw error;
  }
  reply.addFile(buffers, end - span.start, span.count);
}

/** The bytes read must begin with the message that the index told, or the index is wrong. */
function assertOffset(bytes: Buffer, message: number, offset: number): void {
  const found = messageOffset(bytes, message);
  if (found !== offset) throw new Error(`offset ${found} is where ${offset} should be`);
}

/** Buffers of `readPieceBytes` for so many bytes, or none when there is not room for all. */
export function allocatePieces(cache: BlockCache, bytes: number): number[] | undefined {
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
