import { indexEntryBytes } from '../wire/limits.ts';
import type { LogScanner } from './log-scanner.ts';
import type { Segment } from './segment.ts';

/**
 * Segments that were begun and given up, because a file could not be made, and whose names stayed:
 * they are empty, and the segment before them holds their first offset.
 */
export function straySegments(scanner: LogScanner, segments: readonly Segment[]): Segment[] {
  const strays: Segment[] = [];
  let before = segments[0];
  for (const segment of segments.slice(1)) {
    const isStray = segment.log.size() === 0 && reaches(scanner, before, segment.baseOffset);
    if (isStray) strays.push(segment);
    else before = segment;
  }
  return strays;
}

/** True when a segment has the message of an offset. */
function reaches(scanner: LogScanner, segment: Segment, offset: number): boolean {
  const logBytes = segment.log.size();
  // As a rule it ends where an empty one begins, and need not be read.
  if (hasEntries(segment, offset - segment.baseOffset, logBytes)) return false;
  const { messagesCount } = scanner.scan({
    log: segment.log,
    position: 0,
    offset: segment.baseOffset,
    end: logBytes,
    baseOffset: segment.baseOffset,
    onEntries: () => {},
  });
  return segment.baseOffset + messagesCount > offset;
}

/** True when the index has so many entries and the log ends where the last of them says. */
export function hasEntries(segment: Segment, count: number, logBytes: number): boolean {
  const isWhole = segment.index.size() === count * indexEntryBytes && Number.isInteger(count);
  return isWhole && (count === 0 ? 0 : segment.endOf(count - 1)) === logBytes;
}
