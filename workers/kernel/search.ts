import { ENTRY_BYTES, ENTRY_POSITION, ENTRY_TIMESTAMP } from './layout';

/** Number of leading entries whose end position is at most `limit`; positions ascend. */
export function findPosition(indexes: u32, count: u32, limit: u32): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    if (load<u32>(indexes + middle * ENTRY_BYTES, ENTRY_POSITION) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first entry at or after `timestamp`, `count` when there is none; times ascend. */
export function findTimestamp(indexes: u32, count: u32, timestamp: u64): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    if (load<u64>(indexes + middle * ENTRY_BYTES, ENTRY_TIMESTAMP) < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}
