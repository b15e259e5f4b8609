import {
  CHECKSUM,
  ENCRYPTION_BYTES,
  ENTRY_BYTES,
  HEADERS_BYTES_MAX,
  HEADERS_LENGTH,
  HEADER_BYTES,
  ID,
  OFFSET,
  PAYLOAD_BYTES_MAX,
  PAYLOAD_LENGTH,
  TIMESTAMP,
  frameBytes,
  writeEntry,
} from './layout';
import { xxh3 } from './xxh3';

// A stored message may have been encrypted after its lengths were checked.
const STORED_PAYLOAD_BYTES_MAX: u32 = PAYLOAD_BYTES_MAX + ENCRYPTION_BYTES;
const STORED_HEADERS_BYTES_MAX: u32 = HEADERS_BYTES_MAX + ENCRYPTION_BYTES;

// Why a scan stopped.
const END: u32 = 0;
const INCOMPLETE: u32 = 1;
const BAD_CHECKSUM: u32 = 2;
const BAD_OFFSET: u32 = 3;
const BAD_LENGTH: u32 = 4;
const INDEX_FULL: u32 = 5;

let stop: u32 = END;

/** Why the last scan of this instance stopped. */
export function scanStop(): u32 {
  return stop;
}

/**
 * Walks stored messages, the first of which must have `expectedOffset`, writes an index entry for
 * each one that holds, and returns their number. Reads nothing outside the area and writes no more
 * than `indexCapacity` entries. `position` is where the area lies in its segment. The zeros of a
 * file's tail that was never written fail the checksum.
 */
export function scan(
  pointer: u32,
  length: u32,
  expectedOffset: u64,
  segmentBaseOffset: u64,
  position: u32,
  indexOut: u32,
  indexCapacity: u32,
): u32 {
  const relativeOffset = <u32>(expectedOffset - segmentBaseOffset);
  let at: u32 = 0;
  let count: u32 = 0;
  stop = END;
  while (at < length) {
    const message = pointer + at;
    stop = count < indexCapacity ? check(message, length - at, expectedOffset + count) : INDEX_FULL;
    if (stop != END) break;
    at += <u32>frameBytes(message);
    const timestamp = load<u64>(message, TIMESTAMP);
    writeEntry(indexOut + count * ENTRY_BYTES, relativeOffset + count, position + at, timestamp);
    count++;
  }
  return count;
}

/** What is wrong with a message of which `left` bytes are there; 0 when nothing is. */
// @ts-ignore: decorator
@inline
function check(message: u32, left: u32, offset: u64): u32 {
  if (left < HEADER_BYTES) return INCOMPLETE;
  if (load<u32>(message, PAYLOAD_LENGTH) > STORED_PAYLOAD_BYTES_MAX) return BAD_LENGTH;
  if (load<u32>(message, HEADERS_LENGTH) > STORED_HEADERS_BYTES_MAX) return BAD_LENGTH;
  const bytes = frameBytes(message);
  if (bytes > <u64>left) return INCOMPLETE;
  const checksum = xxh3(message + <u32>ID, <u32>bytes - <u32>ID);
  if (load<u64>(message, CHECKSUM) != checksum) return BAD_CHECKSUM;
  return load<u64>(message, OFFSET) == offset ? END : BAD_OFFSET;
}
