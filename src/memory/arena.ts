import { arenaPageBytes, textsBytesMax, threadsMax } from '../wire/limits.ts';

/** Part of the arena that one thread owns: bytes from `start` up to `end`. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/**
 * The one shared memory of a broker. It is a WebAssembly memory, so that kernels see the same
 * bytes. The first page belongs to the kernel's constants; then comes the acceptor's region, then
 * one region a shard, then one for texts. A region's allocator lives with its owner; everybody may
 * read and write blocks handed to them.
 */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  /** All bytes of the arena. */
  readonly bytes: Buffer;
  readonly acceptor: Region;
  readonly shards: readonly Region[];
  /** The acceptor's as well, for texts: who does not read one holds up no frame. */
  readonly texts: Region;
}

/** The acceptor's part of the arena: half of it, for frames that arrive and those kept as cache. */
const ACCEPTOR_SHARE = 1 / 2;

function wholePages(bytes: number): number {
  return Math.floor(bytes / arenaPageBytes) * arenaPageBytes;
}

/**
 * A new arena of that many bytes, and some for texts. Pages take real memory only when they are
 * first touched.
 */
export function createArena(bytes: number, shards: number): Arena {
  if (shards < 1 || shards > threadsMax)
    throw new Error(`${shards} shards, not 1 to ${threadsMax}.`);
  const total = wholePages(bytes);
  const pages = (total + textsBytesMax) / arenaPageBytes;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const acceptorEnd = arenaPageBytes + wholePages(total * ACCEPTOR_SHARE);
  const shardBytes = wholePages((total - acceptorEnd) / shards);
  return {
    memory,
    bytes: arenaBytes(memory),
    acceptor: { start: arenaPageBytes, end: acceptorEnd },
    shards: Array.from({ length: shards }, (_, shard) => ({
      start: acceptorEnd + shard * shardBytes,
      end: acceptorEnd + (shard + 1) * shardBytes,
    })),
    texts: { start: total, end: total + textsBytesMax },
  };
}

/** All bytes of an arena's memory, as every thread sees them. */
export function arenaBytes(memory: WebAssembly.Memory): Buffer {
  return Buffer.from(memory.buffer);
}
