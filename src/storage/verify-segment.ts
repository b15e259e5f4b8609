import type { Finding } from '../files/finding.ts';
import { indexEntryBytes } from '../wire/limits.ts';
import { LOG_BYTES_MAX } from './layout.ts';
import type { LogScanner, LogScanResult } from './log-scanner.ts';
import type { Segment } from './segment.ts';

/** A segment that was looked through, message by message. */
export interface SegmentCheck {
  /** Sound messages from the first on. */
  readonly messagesCount: number;
  /** Where a start goes on behind this segment. */
  readonly nextOffset: number;
  readonly findings: readonly Finding[];
}

interface ScannedSegment extends LogScanResult {
  /** The first index entry that differs from what the log says, -1 when none does. */
  readonly wrongEntry: number;
}

/** What a start does about damage that it does not see. */
const UNSEEN =
  'sees it only with system.partition.validate_checksum; else readers get the wrong bytes';

/**
 * Looks through a segment and its index and changes nothing. `nextBase` is where the next segment
 * begins, undefined for the last one: only that may end torn. After a clean stop a start trusts
 * sizes that agree.
 */
export function verifySegment(
  scanner: LogScanner,
  segment: Segment,
  nextBase: number | undefined,
  wasStoppedCleanly: boolean,
): SegmentCheck {
  const logBytes = segment.log.size();
  if (logBytes > LOG_BYTES_MAX) return tooLarge(segment, logBytes);
  const scanned = scanAll(scanner, segment, logBytes);
  const { messagesCount } = scanned;
  const end = segment.baseOffset + messagesCount;
  const isWhole = scanned.position === logBytes && (nextBase ?? end) === end;
  const index = indexFindings(segment, scanned, isWhole);
  if (isWhole) return { messagesCount, nextOffset: end, findings: index };
  const log =
    nextBase === undefined
      ? lastLog(scanner, segment, scanned, wasStoppedCleanly)
      : { nextOffset: nextBase, finding: sealedLog(segment, scanned, nextBase) };
  return { messagesCount, nextOffset: log.nextOffset, findings: [log.finding, ...index] };
}

function tooLarge({ log, baseOffset }: Segment, logBytes: number): SegmentCheck {
  const finding = {
    path: log.path,
    problem: `has ${logBytes} bytes, and no index reaches that far`,
    start: 'does not open the partition; all else goes on',
  };
  return { messagesCount: 0, nextOffset: baseOffset, findings: [finding] };
}

function scanAll(scanner: LogScanner, segment: Segment, logBytes: number): ScannedSegment {
  let checked = 0;
  let wrongEntry = -1;
  const result = scanner.scan({
    log: segment.log,
    position: 0,
    offset: segment.baseOffset,
    end: logBytes,
    baseOffset: segment.baseOffset,
    onEntries: (entries) => {
      const same = sameEntries(segment, entries, checked);
      const count = entries.byteLength / indexEntryBytes;
      if (wrongEntry < 0 && same < count) wrongEntry = checked + same;
      checked += count;
    },
  });
  return { ...result, wrongEntry };
}

/** How many of these index entries the index file has as well, from the first on. */
function sameEntries({ index }: Segment, entries: Buffer, from: number): number {
  const present = Buffer.alloc(entries.byteLength);
  const length = present.byteLength;
  const got = index.size() === 0 ? 0 : index.read(present, 0, length, from * indexEntryBytes);
  let end = 0;
  for (; end + indexEntryBytes <= got; end += indexEntryBytes) {
    const next = end + indexEntryBytes;
    if (!present.subarray(end, next).equals(entries.subarray(end, next))) break;
  }
  return end / indexEntryBytes;
}

/** What is wrong with the index of messages that are sound. */
function indexFindings(segment: Segment, scanned: ScannedSegment, isWhole: boolean): Finding[] {
  const { path } = segment.index;
  const bytes = segment.index.size();
  const expected = scanned.messagesCount * indexEntryBytes;
  const isShort = bytes < expected;
  // Behind the messages that are sound, nobody can say what an index should hold.
  const isLong = isWhole && bytes > expected;
  if (isShort || isLong) {
    const problem = `has ${bytes} bytes, its log has messages for ${expected}`;
    return [{ path, problem, start: 'makes it again from the log' }];
  }
  if (scanned.wrongEntry < 0) return [];
  const isLast = scanned.wrongEntry === scanned.messagesCount - 1;
  const start = isLast
    ? 'makes it again from the log'
    : 'does so only with system.partition.validate_checksum; else reads there fail (status 4011)';
  return [{ path, problem: `entry ${scanned.wrongEntry} is not what the log says`, start }];
}

function sealedLog(segment: Segment, scanned: ScannedSegment, nextBase: number): Finding {
  const first = segment.baseOffset + scanned.messagesCount;
  const reason = scanned.reason || 'another number of messages than the next segment says';
  const isSeen = nextOffsetOf(segment) !== nextBase;
  return {
    path: segment.log.path,
    problem: `damaged at byte ${scanned.position}: ${reason}`,
    start: isSeen
      ? `keeps it; offsets ${first} to ${nextBase - 1} cannot be read (status 4027)`
      : UNSEEN,
  };
}

/** A torn end if no sound message follows, else damage. */
function lastLog(
  scanner: LogScanner,
  segment: Segment,
  { messagesCount, position, reason }: ScannedSegment,
  wasStoppedCleanly: boolean,
): { readonly finding: Finding; readonly nextOffset: number } {
  const { path } = segment.log;
  const logBytes = segment.log.size();
  const offset = segment.baseOffset + messagesCount;
  const behind = scanner.lastSoundOffset(segment.log, { position, offset }, logBytes);
  const nextByIndex = nextOffsetOf(segment);
  const isTrusted = wasStoppedCleanly && nextByIndex !== undefined;
  if (behind < 0 && !isTrusted) {
    const problem = `a torn end of ${logBytes - position} bytes at byte ${position}: ${reason}`;
    return { finding: { path, problem, start: 'removes it' }, nextOffset: offset };
  }
  const isUnseen = isTrusted || nextByIndex === behind + 1;
  const start = isUnseen
    ? UNSEEN
    : `keeps it and goes on at offset ${behind + 1}; ${offset} to ${behind} cannot be read`;
  return {
    finding: { path, problem: `damaged at byte ${position}: ${reason}`, start },
    nextOffset: isTrusted ? nextByIndex : behind + 1,
  };
}

/** Offset behind the last message by the index, undefined when it does not fit the log's size. */
function nextOffsetOf(segment: Segment): number | undefined {
  const entries = segment.index.size() / indexEntryBytes;
  if (!Number.isInteger(entries)) return undefined;
  const end = entries === 0 ? 0 : segment.endOf(entries - 1);
  return end === segment.log.size() ? segment.baseOffset + entries : undefined;
}
