import { ENTRY_BYTES, ID, frameBytes, writeEntry } from './layout';
import { forgetOld, knows, remember } from './window';

let added: u32 = 0;

/** How many ids the last call of `unique` added to its window. */
export function uniqueAdded(): u32 {
  return added;
}

/**
 * Removes messages from a batch that passed `check` whose ids are known, to the window or from an
 * earlier message of the batch, and adds the ids of the others. Messages and index entries that
 * stay move together. Known are the ids of the `reach` messages in front of each one that are newer
 * than `forgotten`. Returns how many messages stay; the last entry tells their bytes.
 */
export function unique(
  window: u32,
  indexes: u32,
  count: u32,
  messages: u32,
  baseOffset: u64,
  timestamp: u64,
  reach: u32,
  forgotten: u64,
): u32 {
  let kept: u32 = 0;
  let from: u32 = 0;
  let to: u32 = 0;
  added = 0;
  for (let i: u32 = 0; i < count; i++) {
    const message = messages + from;
    const bytes = <u32>frameBytes(message);
    from += bytes;
    const offset = baseOffset + <u64>kept;
    forgetOld(window, offset, reach, forgotten);
    if (!isNew(window, message, offset, timestamp)) continue;
    if (messages + to != message) memory.copy(messages + to, message, bytes);
    to += bytes;
    writeEntry(indexes + kept * ENTRY_BYTES, 0, to, 0);
    kept++;
  }
  return kept;
}

/** False when the message's id is known; otherwise it is known from now on. */
// @ts-ignore: decorator
@inline
function isNew(window: u32, message: u32, offset: u64, timestamp: u64): bool {
  const low = load<u64>(message, ID);
  const high = load<u64>(message, ID + 8);
  if ((low | high) == 0) return true;
  if (knows(window, low, high)) return false;
  remember(window, low, high, offset, timestamp);
  added++;
  return true;
}
