import { indexEntryBytes } from '../wire/limits.ts';
import type { StoredFile } from './files.ts';
import { baseOffsetOf, LOG_BYTES_MAX } from './layout.ts';
import type { LogScanResult } from './log-scanner.ts';
import { noteDamage } from './message-reader.ts';
import { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';
import { hasEntries, straySegments } from './stray-segments.ts';

/** What a partition's directory holds. */
export interface Recovered {
  /** Oldest first. */
  readonly segments: Segment[];
  /** Where the partition goes on: behind the last segment, in a new one when that is damaged. */
  readonly nextOffset: number;
}

/**
 * Opens the segments of a partition. The last one may end torn, because a process can die inside a
 * write: it is cut behind the last good message. Nothing else is ever cut or removed; an index that
 * is missing, short or wrong is made again from its log. Files that a clean stop left are trusted
 * when sizes and last index entry agree: no message is read.
 */
export function recoverSegments(
  storage: ShardStorage,
  partitionDir: string,
  isTrusted: boolean,
): Recovered {
  const bases = storage.files.system
    .list(partitionDir)
    .map(baseOffsetOf)
    .filter((base) => base !== undefined)
    .sort((a, b) => a - b);
  const found = bases.map((base) => new Segment(storage.files, partitionDir, base));
  const strays = straySegments(storage.scanner, found);
  for (const stray of strays) removeStray(storage, stray);
  const segments = found.filter((segment) => !strays.includes(segment));
  const last = segments.length - 1;
  for (let i = 0; i < last; i++) recoverSealed(storage, segments[i], segments[i + 1].baseOffset);
  const nextOffset = last < 0 ? 0 : recoverLast(storage, segments[last], isTrusted);
  // Only a clean stop has brought all of them to the disk.
  if (isTrusted) for (const segment of segments) segment.markSynced();
  return { segments, nextOffset };
}

function removeStray(storage: ShardStorage, stray: Segment): void {
  storage.report('warn', `${stray.log.path}: removed an empty segment inside the one before`);
  stray.remove();
}

/**
 * A sealed segment holds all offsets up to the next one; what cannot be read is an error to
 * readers.
 */
function recoverSealed(storage: ShardStorage, segment: Segment, nextBase: number): void {
  const expected = nextBase - segment.baseOffset;
  const logBytes = logSize(segment);
  if (hasEntries(segment, expected, logBytes) && !storage.options.validateChecksum) {
    segment.load(expected);
  } else {
    const { messagesCount, position, reason } = mendIndex(storage, segment, 0, logBytes);
    if (messagesCount !== expected) {
      noteDamage(
        storage,
        segment,
        `damaged at ${position}: ${reason || 'wrong number of messages'}`,
      );
    } else {
      cut(segment.index, expected * indexEntryBytes);
    }
    segment.load(Math.min(messagesCount, expected));
  }
  segment.close();
}

/** Returns where the partition goes on. */
function recoverLast(storage: ShardStorage, segment: Segment, isTrusted: boolean): number {
  const logBytes = logSize(segment);
  const entries = segment.index.size() / indexEntryBytes;
  const { validateChecksum } = storage.options;
  if (isTrusted && !validateChecksum && hasEntries(segment, entries, logBytes)) {
    segment.load(entries);
    return segment.nextOffset;
  }
  const known = validateChecksum ? 0 : soundEntries(storage, segment, logBytes);
  const result = mendIndex(storage, segment, known, logBytes);
  segment.load(result.messagesCount);
  if (result.position < logBytes) {
    const behind = storage.scanner.lastSoundOffset(
      segment.log,
      { position: result.position, offset: segment.nextOffset },
      logBytes,
    );
    if (behind >= 0) {
      noteDamage(storage, segment, `damaged at ${result.position}: ${result.reason}`);
      return behind + 1;
    }
    const torn = logBytes - result.position;
    const path = segment.log.path;
    storage.report('warn', `${path}: removed a torn end of ${torn} bytes: ${result.reason}`);
  }
  cut(segment.log, segment.sizeBytes);
  cut(segment.index, segment.messagesCount * indexEntryBytes);
  if (segment.sizeBytes > 0) segment.suspectPreallocation();
  return segment.nextOffset;
}

/**
 * So many index entries, the last of which belongs to a whole message with a checksum that holds.
 * Goes back in growing steps: what lies between is scanned again anyhow.
 */
function soundEntries(storage: ShardStorage, segment: Segment, logBytes: number): number {
  let entries = entriesThatFit(segment, logBytes);
  for (let step = 1; entries > 0 && !isSound(storage, segment, entries - 1); step *= 2) {
    entries = Math.max(0, entries - step);
  }
  return entries;
}

function isSound(storage: ShardStorage, segment: Segment, relative: number): boolean {
  const end = endOfEntries(segment, relative + 1);
  const result = scanLog(storage, segment, relative, end, () => {});
  return result.messagesCount === relative + 1 && result.position === end;
}

/** Scans the log from a message on and writes what the index should say and does not. */
function mendIndex(
  storage: ShardStorage,
  segment: Segment,
  from: number,
  logBytes: number,
): LogScanResult {
  let position = from * indexEntryBytes;
  return scanLog(storage, segment, from, logBytes, (entries) => {
    const length = entries.byteLength;
    const present = Buffer.allocUnsafe(length);
    const got = segment.index.read(present, 0, length, position);
    if (got < length || !present.equals(entries)) {
      segment.index.write(entries, 0, length, position);
    }
    position += length;
  });
}

/** Scans the log behind the first `from` messages; the result counts these as well. */
function scanLog(
  storage: ShardStorage,
  segment: Segment,
  from: number,
  end: number,
  onEntries: (entries: Buffer) => void,
): LogScanResult {
  const result = storage.scanner.scan({
    log: segment.log,
    position: endOfEntries(segment, from),
    offset: segment.baseOffset + from,
    end,
    baseOffset: segment.baseOffset,
    onEntries,
  });
  return { ...result, messagesCount: from + result.messagesCount };
}

/** Position behind the first `count` messages, by the index. */
function endOfEntries(segment: Segment, count: number): number {
  return count === 0 ? 0 : segment.endOf(count - 1);
}

/** Whole index entries, those left out that point behind the log's end. */
function entriesThatFit(segment: Segment, logBytes: number): number {
  let low = 0;
  let high = Math.floor(segment.index.size() / indexEntryBytes);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (segment.endOf(middle) <= logBytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

function logSize(segment: Segment): number {
  const bytes = segment.log.size();
  if (bytes <= LOG_BYTES_MAX) return bytes;
  throw new Error(`${segment.log.path} has ${bytes} bytes: no index reaches that far.`);
}

function cut(file: StoredFile, bytes: number): void {
  if (file.size() !== bytes) file.truncate(bytes);
}
