import { readdirSync, statSync } from 'node:fs';
import { indexEntryBytes } from '../wire/limits.ts';
import { baseOffsetOf } from './layout.ts';
import type { LogScanResult } from './log-scanner.ts';
import { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';

/**
 * Opens the segments of a partition, oldest first. The last one may end torn, because a process can
 * die inside a write: it is cut behind the last good message. Nothing else is ever cut or removed; an
 * index that is missing, short or wrong is made again from its log.
 */
export function recoverSegments(storage: ShardStorage, partitionDir: string): Segment[] {
  const bases = readdirSync(partitionDir)
    .map(baseOffsetOf)
    .filter((base) => base !== undefined)
    .sort((a, b) => a - b);
  return bases.map((base, position) => {
    const segment = new Segment(storage.files, partitionDir, base);
    const nextBase = bases[position + 1];
    if (nextBase === undefined) recoverLast(storage, segment);
    else recoverSealed(storage, segment, nextBase);
    return segment;
  });
}

function recoverSealed(storage: ShardStorage, segment: Segment, nextBase: number): void {
  const expected = nextBase - segment.baseOffset;
  const logBytes = sizeOf(segment.log.path);
  const entries = entriesThatFit(segment, logBytes);
  const complete = entries === expected && endOfEntries(segment, entries) === logBytes;
  if (complete && !storage.options.validateChecksum) {
    segment.load(entries);
  } else {
    const result = scanLog(storage, segment, 0, logBytes, () => {});
    if (result.messagesCount > entries || (result.messagesCount === expected && !complete)) {
      rebuildIndex(storage, segment, 0);
    } else {
      segment.load(Math.min(entries, result.messagesCount));
    }
    if (result.messagesCount < expected) noteDamage(storage, segment, result);
  }
  segment.close();
}

function recoverLast(storage: ShardStorage, segment: Segment): void {
  const logBytes = sizeOf(segment.log.path);
  const entries = entriesThatFit(segment, logBytes);
  let sound = entries;
  while (sound > 0 && !isSound(storage, segment, sound - 1)) sound--;
  const exact =
    sound === entries &&
    sizeOf(segment.index.path) === entries * indexEntryBytes &&
    endOfEntries(segment, entries) === logBytes;
  if (exact) segment.load(entries);
  else cutTornEnd(storage, segment, rebuildIndex(storage, segment, sound), logBytes);
  if (storage.options.validateChecksum) validate(storage, segment);
}

function cutTornEnd(
  storage: ShardStorage,
  segment: Segment,
  result: LogScanResult,
  logBytes: number,
): void {
  const torn = logBytes - result.position;
  if (torn === 0) return;
  storage.report(
    'warn',
    `${segment.log.path}: removed a torn end of ${torn} bytes: ${result.reason}`,
  );
  segment.log.truncate(result.position);
}

function validate(storage: ShardStorage, segment: Segment): void {
  const result = scanLog(storage, segment, 0, segment.sizeBytes, () => {});
  if (result.messagesCount < segment.messagesCount) noteDamage(storage, segment, result);
}

function noteDamage(storage: ShardStorage, segment: Segment, result: LogScanResult): void {
  segment.damage = result.reason || 'messages are missing at its end';
  storage.report('error', `${segment.log.path}: damaged at ${result.position}: ${segment.damage}`);
}

/** Scans the log from a message on and makes the index agree with what is there. */
function rebuildIndex(storage: ShardStorage, segment: Segment, from: number): LogScanResult {
  let entry = from;
  const logBytes = sizeOf(segment.log.path);
  const result = scanLog(storage, segment, from, logBytes, (entries) => {
    segment.index.write(entries, 0, entries.byteLength, entry * indexEntryBytes);
    entry += entries.byteLength / indexEntryBytes;
  });
  segment.index.truncate(entry * indexEntryBytes);
  segment.load(entry);
  return result;
}

/** True when a message's frame is whole, has the right offset and a checksum that holds. */
function isSound(storage: ShardStorage, segment: Segment, relative: number): boolean {
  const end = endOfEntries(segment, relative + 1);
  return scanLog(storage, segment, relative, end, () => {}).messagesCount === 1;
}

function scanLog(
  storage: ShardStorage,
  segment: Segment,
  from: number,
  end: number,
  onEntries: (entries: Buffer) => void,
): LogScanResult {
  return storage.scanner.scan({
    log: segment.log,
    position: endOfEntries(segment, from),
    offset: segment.baseOffset + from,
    end,
    baseOffset: segment.baseOffset,
    onEntries,
  });
}

/** Position behind the first `count` messages, by the index. */
function endOfEntries(segment: Segment, count: number): number {
  return count === 0 ? 0 : segment.endOf(count - 1);
}

/** Whole index entries, those dropped that point behind the log's end. */
function entriesThatFit(segment: Segment, logBytes: number): number {
  let entries = Math.floor(sizeOf(segment.index.path) / indexEntryBytes);
  while (entries > 0 && segment.endOf(entries - 1) > logBytes) entries--;
  return entries;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
