import { indexEntryBytes } from '../wire/limits.ts';
import type { StoredFile } from './files.ts';
import type { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Makes a segment trustworthy after a sync that failed. The system then counts as written what it
 * could not write, so that another sync would succeed and mean nothing. Everything since the last
 * good sync, and the message before it, is read anew, verified, written anew and synced. Returns
 * how many messages the segment still has. Throws when the disk still fails.
 */
export function restoreSegment(storage: ShardStorage, segment: Segment): number {
  segment.close();
  if (!segment.isTrimmed) segment.trim();
  const first = Math.max(0, segment.syncedMessages - 1);
  const start = first === 0 ? 0 : segment.endOf(first - 1);
  const { messagesCount, position } = rewriteIndex(storage, segment, first, start);
  rewrite(segment.log, start, position);
  segment.sync();
  return first + messagesCount;
}

/** Scans the log from a message on and writes its index entries, whatever is there already. */
function rewriteIndex(storage: ShardStorage, segment: Segment, first: number, start: number) {
  let entriesAt = first * indexEntryBytes;
  const result = storage.scanner.scan({
    log: segment.log,
    position: start,
    offset: segment.baseOffset + first,
    end: segment.sizeBytes,
    baseOffset: segment.baseOffset,
    onEntries: (entries) => {
      segment.index.write(entries, 0, entries.byteLength, entriesAt);
      entriesAt += entries.byteLength;
    },
  });
  storage.scanner.rest();
  return result;
}

/** Writes part of a file over itself, so that the next sync has to bring it to the disk. */
function rewrite(file: StoredFile, from: number, end: number): void {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - from));
  for (let position = from; position < end; ) {
    const length = file.read(chunk, 0, Math.min(CHUNK_BYTES, end - position), position);
    if (length === 0) throw new Error(`${file.path} became shorter`);
    file.write(chunk, 0, length, position);
    position += length;
  }
}
