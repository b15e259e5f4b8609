import { getRandomValues } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Why a scan stopped, as `Kernel.scanStop` tells it. */
export const scanStop = {
  /** The area ended with a whole message. */
  end: 0,
  /** The area ends inside the next message: more bytes are needed to judge it. */
  incomplete: 1,
  /** The checksum of the next message does not hold. */
  badChecksum: 2,
  /** The next message is whole but has another offset than the one expected. */
  badOffset: 3,
  /** The next header tells a payload or user headers longer than any message may have. */
  badLength: 4,
  /** There are more messages than the index area has room for. */
  indexFull: 5,
} as const;

export type ScanStop = (typeof scanStop)[keyof typeof scanStop];

/**
 * The functions that look at message bytes one by one, in WebAssembly over the shared arena. All
 * pointers and lengths are bytes in the arena's memory, need no alignment, and must describe areas
 * inside it; a pointer outside throws a `RuntimeError`. An instance belongs to one thread; any
 * number of instances work on different areas of one memory at the same time.
 */
export interface Kernel {
  /** XXH3-64, seed 0: the checksum of the protocol (section 3.11). */
  xxh3(pointer: number, length: number): bigint;

  /**
   * Checks a batch of `count` messages, `length` bytes at `messages` with 16-byte entries at
   * `indexes`, as it came from a client, in the order of protocol section 4.4, and makes it in
   * place what a segment stores (protocol section 4.3, storage section 3): offsets from
   * `baseOffset` on, `timestampMicros`, a random UUID where an id is zero, reserved bytes zero,
   * checksums, and index entries relative to `segmentBaseOffset` whose end positions follow on
   * `position`, the length of the segment so far.
   *
   * Returns 0 or a status: 4009, 4031, 4032, 4033, 4022, 4017, 4100, 10011 or 4036. A refused batch
   * may be partly stamped and must be thrown away; nothing outside it is written. Frames of a batch
   * that passes lie back to back and fill `length` exactly.
   */
  accept(
    indexes: number,
    count: number,
    messages: number,
    length: number,
    baseOffset: bigint,
    segmentBaseOffset: bigint,
    position: number,
    timestampMicros: bigint,
  ): number;

  /**
   * Does what `accept` does to messages from the one of number `first` on, of a batch of which
   * `arrived` bytes of messages are there. Stops, and changes nothing more, at one that is not
   * whole, that `accept` would refuse, or that is unusual: with an offset of its own, or shorter
   * than its boundaries. Returns how many messages are stamped, those in front of `first` counted;
   * when all are, the batch is as `accept` would have made it.
   */
  acceptEarly(
    indexes: number,
    count: number,
    messages: number,
    length: number,
    arrived: number,
    first: number,
    baseOffset: bigint,
    segmentBaseOffset: bigint,
    position: number,
    timestampMicros: bigint,
  ): number;

  /**
   * Takes back what `acceptEarly` did to the first `count` messages, so that `accept` judges the
   * batch as it would have; ids that were given stay.
   */
  undoEarly(indexes: number, count: number, messages: number, position: number): void;

  /**
   * The checks of `accept` alone; nothing is written. Returns how many messages bring an id of
   * their own, or minus the status.
   */
  check(indexes: number, count: number, messages: number, length: number): number;

  /**
   * What `accept` writes, without its checks: for a batch that passed `check` and whose frames,
   * encrypted since, lie back to back from `messages` on. The index entries need no content.
   */
  stamp(
    indexes: number,
    count: number,
    messages: number,
    baseOffset: bigint,
    segmentBaseOffset: bigint,
    position: number,
    timestampMicros: bigint,
  ): void;

  /**
   * Removes messages from a batch that passed `check` whose ids are known, to the window or from an
   * earlier message of the batch, and adds the ids of the others, with offsets from `baseOffset` on
   * and `timestampMicros`. Known are the ids of the `reach` messages in front of each one that are
   * newer than `forgottenMicros`. What stays moves together; the end position of the last index
   * entry tells its bytes. Returns how many messages stay.
   */
  unique(
    window: number,
    indexes: number,
    count: number,
    messages: number,
    baseOffset: bigint,
    timestampMicros: bigint,
    reach: number,
    forgottenMicros: bigint,
  ): number;

  /** How many ids the last `unique` of this instance added to its window. */
  uniqueAdded(): number;

  /**
   * Makes an empty window of ids in the `windowBytes` of its capacity at `window`, a multiple of 8;
   * `slots` are its `windowSlots`.
   */
  openWindow(window: number, capacity: number, slots: number): void;

  windowCount(window: number): number;

  /** Puts the ids of one window behind those of another, as far as there is room for them. */
  copyWindow(from: number, to: number): void;

  /** Adds the id of a stored message, in two halves; a full window forgets its oldest one. */
  remember(
    window: number,
    low: bigint,
    high: bigint,
    offset: bigint,
    timestampMicros: bigint,
  ): void;

  /** True when the window holds an id. */
  knows(window: number, low: bigint, high: bigint): boolean;

  /** Forgets ids more than `reach` messages in front of an offset, or no newer than a time. */
  forgetOld(window: number, offset: bigint, reach: number, timestampMicros: bigint): void;

  /** Forgets the newest ids, because what they stand for was not stored. */
  forgetNewest(window: number, count: number): void;

  /** Copies bytes; faster than JavaScript's own copy, which takes shared memory byte by byte. */
  copy(to: number, from: number, length: number): void;

  /** XORs bytes with the four of a key, lowest first: the mask of WebSockets (RFC 6455, 5.3). */
  mask(pointer: number, length: number, key: number): void;

  /**
   * Writes `count` stored messages, back to back in `length` bytes at `messages`, to `out` as JSON
   * of HTTP, with payloads in base64 and the character `separator` behind each. Returns the bytes
   * written: at most 300 and those of the base64 for each message. Returns 0 when a message has
   * user headers or does not lie in the area.
   */
  print(messages: number, length: number, count: number, separator: number, out: number): number;

  /**
   * Walks stored messages in `length` bytes at `pointer`, which lie at `position` in their segment,
   * and writes an index entry to `indexOut` for each one that is whole, has a checksum that holds
   * and the offset that follows, `expectedOffset` first. Returns how many; the end position of the
   * last entry tells how many bytes they take, `scanStop` why there are no more.
   */
  scan(
    pointer: number,
    length: number,
    expectedOffset: bigint,
    segmentBaseOffset: bigint,
    position: number,
    indexOut: number,
    indexCapacity: number,
  ): number;

  /** Why the last `scan` of this instance stopped. */
  scanStop(): ScanStop;

  /** How many of `count` index entries, from the first on, end at `limit` or before it. */
  findPosition(indexes: number, count: number, limit: number): number;

  /** The first of `count` index entries at or after `timestampMicros`; `count` when none is. */
  findTimestamp(indexes: number, count: number, timestampMicros: bigint): number;
}

// What the module exports: WebAssembly hands every integer to JavaScript as a signed one.
type Exports = Kernel & { seed(a: bigint, b: bigint, hidden: bigint): void };

const WINDOW_HEADER_BYTES = 32;
const WINDOW_ENTRY_BYTES = 32;
const WINDOW_SLOT_BYTES = 4;

/** Slots of the hash table of a window for so many ids. */
export function windowSlots(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(2 * capacity));
}

/** Memory that a window for so many ids takes. */
export function windowBytes(capacity: number): number {
  const table = windowSlots(capacity) * WINDOW_SLOT_BYTES;
  return WINDOW_HEADER_BYTES + capacity * WINDOW_ENTRY_BYTES + table;
}

/** Reads and compiles the kernel; the module can be posted to any number of threads. */
export async function compileKernel(): Promise<WebAssembly.Module> {
  const bytes = await readFile(new URL('../../workers/kernel.wasm', import.meta.url));
  return WebAssembly.compile(bytes);
}

/**
 * The kernel over `memory`, whose first page it uses for its constants, with a random seed for the
 * ids it generates.
 */
export function instantiateKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const exports = instance.exports as unknown as Exports;
  const [a, b, hidden] = getRandomValues(new BigUint64Array(3));
  exports.seed(a, b, hidden);
  return {
    xxh3: (pointer, length) => BigInt.asUintN(64, exports.xxh3(pointer, length)),
    accept: exports.accept,
    acceptEarly: (...operands) => exports.acceptEarly(...operands) >>> 0,
    undoEarly: exports.undoEarly,
    check: exports.check,
    stamp: exports.stamp,
    unique: (...operands) => exports.unique(...operands) >>> 0,
    uniqueAdded: () => exports.uniqueAdded() >>> 0,
    openWindow: exports.openWindow,
    windowCount: (window) => exports.windowCount(window) >>> 0,
    copyWindow: exports.copyWindow,
    remember: exports.remember,
    knows: (window, low, high) => Boolean(exports.knows(window, low, high)),
    forgetOld: exports.forgetOld,
    forgetNewest: exports.forgetNewest,
    copy: exports.copy,
    mask: exports.mask,
    print: (...operands) => exports.print(...operands) >>> 0,
    scan: (...operands) => exports.scan(...operands) >>> 0,
    scanStop: exports.scanStop,
    findPosition: (indexes, count, limit) => exports.findPosition(indexes, count, limit) >>> 0,
    findTimestamp: (indexes, count, timestampMicros) =>
      exports.findTimestamp(indexes, count, timestampMicros) >>> 0,
  };
}
