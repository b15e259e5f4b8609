import {
  CHECKSUM,
  ENTRY_BYTES,
  ENTRY_OFFSET,
  ENTRY_POSITION,
  ENTRY_TIMESTAMP,
  HEADERS_BYTES_MAX,
  HEADERS_LENGTH,
  HEADER_BYTES,
  ID,
  OFFSET,
  PAYLOAD_BYTES_MAX,
  PAYLOAD_LENGTH,
  RESERVED,
  TIMESTAMP,
  frameBytes,
  writeEntry,
} from './layout';
import { writeUuid } from './random';
import { xxh3 } from './xxh3';

// Status codes of the protocol.
const VALID: i32 = 0;
const INVALID_MESSAGES_COUNT: i32 = 4009;
const TOO_BIG_USER_HEADERS: i32 = 4017;
const TOO_BIG_MESSAGE_PAYLOAD: i32 = 4022;
const NON_ZERO_OFFSET: i32 = 4031;
const NON_ZERO_TIMESTAMP: i32 = 4032;
const MISSING_INDEX: i32 = 4033;
const INVALID_MESSAGES_SIZE: i32 = 4036;
const INVALID_OFFSET: i32 = 4100;
const CANNOT_READ_INDEX_POSITION: i32 = 10011;

/**
 * Checks a batch as it came from a client, in the order of the protocol's section 4.4, and in the
 * same walk turns it in place into what is stored: offsets from `baseOffset` on, one time, ids
 * where there are none, reserved bytes zero, checksums, and index entries that count from
 * `segmentBaseOffset` and `position`. One walk, because the first touch of each message costs.
 *
 * Returns 0 or the status of the first check that fails; the batch is then partly stamped and must
 * be thrown away. Nothing outside it is ever written: a message is stamped once its frame is known
 * to lie inside its boundaries.
 *
 * The boundaries lie back to back from 0 to `length`, each frame fits its boundaries, and the
 * frames together are as long as the area: so every frame fills its boundaries exactly. The
 * position of the last entry is checked against its predecessor only.
 */
export function accept(
  indexes: u32,
  count: u32,
  messages: u32,
  length: u32,
  baseOffset: u64,
  segmentBaseOffset: u64,
  position: u32,
  timestamp: u64,
): i32 {
  if (count == 0) return INVALID_MESSAGES_COUNT;
  const relativeOffset = <u32>(baseOffset - segmentBaseOffset);
  const last = count - 1;
  let start: u32 = 0;
  let offset: u64 = 0;
  let total: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = indexes + i * ENTRY_BYTES;
    const end = load<u32>(entry, ENTRY_POSITION);
    const status = checkMessage(entry, messages, start, i == last ? length : end, length, offset);
    if (status != VALID) return status;
    const message = messages + start;
    offset = load<u64>(message, OFFSET);
    const bytes = frameBytes(message);
    total += bytes;
    stampMessage(message, <u32>bytes, baseOffset + <u64>i, timestamp);
    writeEntry(entry, relativeOffset + i, position + <u32>total, timestamp);
    start = end;
  }
  return total == <u64>length ? VALID : INVALID_MESSAGES_SIZE;
}

/**
 * Does what `accept` does to the messages of a batch from `first` on of which all `arrived` bytes
 * are there. It stops at the first one that is not whole, and at one that is not as batches
 * usually are: with an offset of its own, or not as long as its boundaries. That one and those
 * behind it are left as they came. Returns how many messages are stamped then.
 */
export function acceptEarly(
  indexes: u32,
  count: u32,
  messages: u32,
  length: u32,
  arrived: u32,
  first: u32,
  baseOffset: u64,
  segmentBaseOffset: u64,
  position: u32,
  timestamp: u64,
): u32 {
  const relativeOffset = <u32>(baseOffset - segmentBaseOffset);
  const last = count - 1;
  let start: u32 = 0;
  if (first > 0) start = load<u32>(indexes + (first - 1) * ENTRY_BYTES, ENTRY_POSITION) - position;
  for (let i = first; i < count; i++) {
    const entry = indexes + i * ENTRY_BYTES;
    const end = i == last ? length : load<u32>(entry, ENTRY_POSITION);
    if (end > arrived) return i;
    if (checkMessage(entry, messages, start, end, length, 0) != VALID) return i;
    const message = messages + start;
    const bytes = end - start;
    if (load<u64>(message, OFFSET) != 0 || frameBytes(message) != <u64>bytes) return i;
    stampMessage(message, bytes, baseOffset + <u64>i, timestamp);
    writeEntry(entry, relativeOffset + i, position + end, timestamp);
    start = end;
  }
  return count;
}

/**
 * Makes the first `count` messages of a batch that `acceptEarly` has stamped pass `accept` again,
 * at whatever place. Their ids stay, and so do fields that `accept` does not look at.
 */
export function undoEarly(indexes: u32, count: u32, messages: u32, position: u32): void {
  let start: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = indexes + i * ENTRY_BYTES;
    const end = load<u32>(entry, ENTRY_POSITION) - position;
    store<u64>(messages + start, 0, OFFSET);
    writeEntry(entry, 0, end, 0);
    start = end;
  }
}

/**
 * The checks of `accept` alone: nothing is written. Returns how many messages bring an id of their
 * own, or minus the status of the first check that fails.
 */
export function check(indexes: u32, count: u32, messages: u32, length: u32): i32 {
  if (count == 0) return -INVALID_MESSAGES_COUNT;
  const last = count - 1;
  let start: u32 = 0;
  let offset: u64 = 0;
  let total: u64 = 0;
  let ids: i32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = indexes + i * ENTRY_BYTES;
    const end = load<u32>(entry, ENTRY_POSITION);
    const status = checkMessage(entry, messages, start, i == last ? length : end, length, offset);
    if (status != VALID) return -status;
    const message = messages + start;
    offset = load<u64>(message, OFFSET);
    total += frameBytes(message);
    if (hasId(message)) ids++;
    start = end;
  }
  return total == <u64>length ? ids : -INVALID_MESSAGES_SIZE;
}

/**
 * What `accept` writes, without its checks: for a batch that passed `check` and was encrypted
 * since, so that its frames lie back to back and may be longer than those of a client.
 */
export function stamp(
  indexes: u32,
  count: u32,
  messages: u32,
  baseOffset: u64,
  segmentBaseOffset: u64,
  position: u32,
  timestamp: u64,
): void {
  const relativeOffset = <u32>(baseOffset - segmentBaseOffset);
  let end: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const message = messages + end;
    const bytes = <u32>frameBytes(message);
    end += bytes;
    stampMessage(message, bytes, baseOffset + <u64>i, timestamp);
    writeEntry(indexes + i * ENTRY_BYTES, relativeOffset + i, position + end, timestamp);
  }
}

/** Checks a message in the area from `start` to `end`; `offset` is that of the one before it. */
// @ts-ignore: decorator
@inline
function checkMessage(
  entry: u32,
  messages: u32,
  start: u32,
  end: u32,
  length: u32,
  offset: u64,
): i32 {
  if (load<u32>(entry, ENTRY_OFFSET) != 0) return NON_ZERO_OFFSET;
  if (load<u64>(entry, ENTRY_TIMESTAMP) != 0) return NON_ZERO_TIMESTAMP;
  const status = checkFrame(messages, start, end, length);
  if (status != VALID) return status;
  if (load<u64>(messages + start, OFFSET) < offset) return INVALID_OFFSET;
  return load<u32>(entry, ENTRY_POSITION) < start ? CANNOT_READ_INDEX_POSITION : VALID;
}

/** Checks that the area from `start` to `end` lies inside the batch and has room for its frame. */
// @ts-ignore: decorator
@inline
function checkFrame(messages: u32, start: u32, end: u32, length: u32): i32 {
  if (start > end || end > length || end - start < HEADER_BYTES) return MISSING_INDEX;
  const message = messages + start;
  if (frameBytes(message) > <u64>(end - start)) return MISSING_INDEX;
  if (load<u32>(message, PAYLOAD_LENGTH) > PAYLOAD_BYTES_MAX) return TOO_BIG_MESSAGE_PAYLOAD;
  if (load<u32>(message, HEADERS_LENGTH) > HEADERS_BYTES_MAX) return TOO_BIG_USER_HEADERS;
  return VALID;
}

// @ts-ignore: decorator
@inline
function hasId(message: u32): bool {
  return (load<u64>(message, ID) | load<u64>(message, ID + 8)) != 0;
}

// @ts-ignore: decorator
@inline
function stampMessage(message: u32, bytes: u32, offset: u64, timestamp: u64): void {
  if (!hasId(message)) writeUuid(message + <u32>ID);
  store<u64>(message, offset, OFFSET);
  store<u64>(message, timestamp, TIMESTAMP);
  store<u64>(message, 0, RESERVED);
  store<u64>(message, xxh3(message + <u32>ID, bytes - <u32>ID), CHECKSUM);
}
