import { secret } from './random';

/**
 * A window holds the ids of the newest messages of a partition, oldest first, so that a message
 * that comes again is recognized: a ring of ids with their offsets and times, and a hash table with
 * open addressing of places in the ring. It lies in memory that the caller gave; it has no pointers
 * in it and no state outside.
 */

// Header: capacity of the ring, mask of the table, place of the oldest id, number of ids.
const CAPACITY: usize = 0;
const MASK: usize = 4;
const OLDEST: usize = 8;
const COUNT: usize = 12;
const HEADER: u32 = 32;

// Entry of the ring.
const LOW: usize = 0;
const HIGH: usize = 8;
const OFFSET: usize = 16;
const TIMESTAMP: usize = 24;
const ENTRY: u32 = 32;

const SLOT: u32 = 4;
/** What an unused slot of the table holds; others hold a place in the ring plus one. */
const FREE: u32 = 0;

const FACTOR_1: u64 = 0x9e3779b185ebca87;
const FACTOR_2: u64 = 0xc2b2ae3d27d4eb4f;
const FACTOR_3: u64 = 0x165667b19e3779f9;

/** Makes an empty window; `slots` is a power of two and at least twice `capacity`. */
export function openWindow(window: u32, capacity: u32, slots: u32): void {
  store<u32>(window, capacity, CAPACITY);
  store<u32>(window, slots - 1, MASK);
  store<u32>(window, 0, OLDEST);
  store<u32>(window, 0, COUNT);
  memory.fill(tableOf(window), 0, slots * SLOT);
}

/** How many ids a window holds. */
export function windowCount(window: u32): u32 {
  return load<u32>(window, COUNT);
}

/** Puts all ids of one window behind those of another. */
export function copyWindow(from: u32, to: u32): void {
  const count = windowCount(from);
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(from, placeOf(from, i));
    const offset = load<u64>(entry, OFFSET);
    const timestamp = load<u64>(entry, TIMESTAMP);
    remember(to, load<u64>(entry, LOW), load<u64>(entry, HIGH), offset, timestamp);
  }
}

/** Adds an id as the newest; a full window forgets the oldest one for it. */
export function remember(window: u32, low: u64, high: u64, offset: u64, timestamp: u64): void {
  const count = windowCount(window);
  if (count == load<u32>(window, CAPACITY)) {
    forgetOldest(window);
    remember(window, low, high, offset, timestamp);
    return;
  }
  const place = placeOf(window, count);
  const entry = entryAt(window, place);
  store<u64>(entry, low, LOW);
  store<u64>(entry, high, HIGH);
  store<u64>(entry, offset, OFFSET);
  store<u64>(entry, timestamp, TIMESTAMP);
  const mask = load<u32>(window, MASK);
  const table = tableOf(window);
  let slot = hash(low, high) & mask;
  while (load<u32>(table + slot * SLOT) != FREE) slot = (slot + 1) & mask;
  store<u32>(table + slot * SLOT, place + 1);
  store<u32>(window, count + 1, COUNT);
}

/** True when the window holds an id. */
export function knows(window: u32, low: u64, high: u64): bool {
  const mask = load<u32>(window, MASK);
  const table = tableOf(window);
  let slot = hash(low, high) & mask;
  let content = load<u32>(table + slot * SLOT);
  while (content != FREE) {
    const entry = entryAt(window, content - 1);
    if (load<u64>(entry, LOW) == low && load<u64>(entry, HIGH) == high) return true;
    slot = (slot + 1) & mask;
    content = load<u32>(table + slot * SLOT);
  }
  return false;
}

/** Forgets ids more than `reach` messages in front of an offset, or no newer than a time. */
export function forgetOld(window: u32, offset: u64, reach: u32, timestamp: u64): void {
  while (windowCount(window) > 0) {
    const entry = entryAt(window, load<u32>(window, OLDEST));
    const isNear = load<u64>(entry, OFFSET) + <u64>reach >= offset;
    if (isNear && load<u64>(entry, TIMESTAMP) > timestamp) return;
    forgetOldest(window);
  }
}

/** Forgets the newest ids: what they stood for was not stored. */
export function forgetNewest(window: u32, count: u32): void {
  for (let left = min(count, windowCount(window)); left > 0; left--) {
    const last = windowCount(window) - 1;
    clearSlot(window, placeOf(window, last));
    store<u32>(window, last, COUNT);
  }
}

function forgetOldest(window: u32): void {
  const oldest = load<u32>(window, OLDEST);
  clearSlot(window, oldest);
  store<u32>(window, placeOf(window, 1), OLDEST);
  store<u32>(window, windowCount(window) - 1, COUNT);
}

/** Takes a place of the ring out of the table, and closes the hole that it leaves in its run. */
function clearSlot(window: u32, place: u32): void {
  const mask = load<u32>(window, MASK);
  const table = tableOf(window);
  let hole = homeOf(window, place, mask);
  while (load<u32>(table + hole * SLOT) != place + 1) hole = (hole + 1) & mask;
  let slot = hole;
  for (;;) {
    slot = (slot + 1) & mask;
    const content = load<u32>(table + slot * SLOT);
    if (content == FREE) break;
    // Only what is not in front of its home there may move into the hole.
    const home = homeOf(window, content - 1, mask);
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    store<u32>(table + hole * SLOT, content);
    hole = slot;
  }
  store<u32>(table + hole * SLOT, FREE);
}

/** Slot where the search for an id begins. */
// @ts-ignore: decorator
@inline
function homeOf(window: u32, place: u32, mask: u32): u32 {
  const entry = entryAt(window, place);
  return hash(load<u64>(entry, LOW), load<u64>(entry, HIGH)) & mask;
}

/** Place in the ring of the id that is the `index`th from the oldest. */
// @ts-ignore: decorator
@inline
function placeOf(window: u32, index: u32): u32 {
  const capacity = load<u32>(window, CAPACITY);
  const place = load<u32>(window, OLDEST) + index;
  return place < capacity ? place : place - capacity;
}

// @ts-ignore: decorator
@inline
function entryAt(window: u32, place: u32): u32 {
  return window + HEADER + place * ENTRY;
}

// @ts-ignore: decorator
@inline
function tableOf(window: u32): u32 {
  return entryAt(window, load<u32>(window, CAPACITY));
}

/** Keyed, so that nobody outside can choose ids that all begin their search in one place. */
// @ts-ignore: decorator
@inline
function hash(low: u64, high: u64): u32 {
  let mixed = (low ^ secret) * FACTOR_1;
  mixed = ((mixed ^ (mixed >> 32)) + high) * FACTOR_2;
  mixed = (mixed ^ (mixed >> 29) ^ secret) * FACTOR_3;
  return <u32>(mixed >> 32);
}
