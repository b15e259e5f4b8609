import { instantiateKernel, type Kernel, scanStop } from '../memory/kernel.ts';
import {
  arenaPageBytes,
  indexEntryBytes,
  messageHeaderBytes,
  messagePayloadBytesMax,
  userHeadersBytesMax,
} from '../wire/limits.ts';
import type { StoredFile } from './files.ts';

const CHUNK_BYTES = 8 * 1024 * 1024;
const MESSAGE_BYTES_MAX = messageHeaderBytes + messagePayloadBytesMax + userHeadersBytesMax;

/** A walk over the messages of a log file. */
export interface LogScan {
  readonly log: StoredFile;
  /** Where to begin, and the offset expected there. */
  readonly position: number;
  readonly offset: number;
  /** Where to end. */
  readonly end: number;
  /** First offset of the segment: index entries are relative to it. */
  readonly baseOffset: number;
  /** Gets the index entries of the messages found, chunk by chunk; valid until it returns. */
  readonly onEntries: (entries: Buffer) => void;
}

export interface LogScanResult {
  readonly messagesCount: number;
  /** Position behind the last good message. */
  readonly position: number;
  /** Why there are no more; empty when the end was reached with a whole message. */
  readonly reason: string;
}

const reasons: Record<number, string> = {
  [scanStop.incomplete]: 'the message is cut off',
  [scanStop.badChecksum]: 'the checksum of the message does not hold',
  [scanStop.badOffset]: 'the message has an unexpected offset',
  [scanStop.badLength]: 'the message tells an impossible length',
};

/**
 * Finds whole, sound messages in log files. It has a memory of its own, made when first needed and
 * given up afterwards: a start reads much, and the arena is for messages in motion.
 */
export class LogScanner {
  readonly #module: WebAssembly.Module;
  #memory: WebAssembly.Memory | undefined;
  #kernel: Kernel | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** Forgets the memory. The next scan makes a new one. */
  rest(): void {
    this.#memory = undefined;
    this.#kernel = undefined;
    this.#bytes = Buffer.alloc(0);
  }

  scan(scan: LogScan): LogScanResult {
    let { position, offset } = scan;
    let chunkBytes = CHUNK_BYTES;
    let reason = '';
    while (position < scan.end && reason === '') {
      const length = Math.min(chunkBytes, scan.end - position);
      const kernel = this.#provide(chunkBytes);
      const indexOut = arenaPageBytes + chunkBytes;
      const got = scan.log.read(this.#bytes, arenaPageBytes, length, position);
      const count = kernel.scan(
        arenaPageBytes,
        got,
        BigInt(offset),
        BigInt(scan.baseOffset),
        position,
        indexOut,
        indexCapacity(chunkBytes),
      );
      const stop = kernel.scanStop();
      if (count > 0) {
        const entries = this.#bytes.subarray(indexOut, indexOut + count * indexEntryBytes);
        scan.onEntries(entries);
        position = entries.readUInt32LE((count - 1) * indexEntryBytes + 4);
        offset += count;
      } else if (stop === scanStop.incomplete && canGrow(got, length, chunkBytes)) {
        chunkBytes = MESSAGE_BYTES_MAX;
        continue;
      }
      const goesOn = stop === scanStop.end || (stop === scanStop.incomplete && count > 0);
      if (!goesOn && stop !== scanStop.indexFull) reason = reasons[stop];
    }
    return { messagesCount: offset - scan.offset, position, reason };
  }

  #provide(chunkBytes: number): Kernel {
    const needed = arenaPageBytes + chunkBytes + indexCapacity(chunkBytes) * indexEntryBytes;
    if (this.#kernel === undefined || this.#bytes.byteLength < needed) {
      const pages = Math.ceil(needed / arenaPageBytes);
      this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
      this.#kernel = instantiateKernel(this.#module, this.#memory);
      this.#bytes = Buffer.from(this.#memory.buffer);
    }
    return this.#kernel;
  }
}

/** A message longer than the chunk looks cut off until the chunk can hold the longest one. */
function canGrow(got: number, length: number, chunkBytes: number): boolean {
  return got === length && length === chunkBytes && chunkBytes < MESSAGE_BYTES_MAX;
}

function indexCapacity(chunkBytes: number): number {
  return Math.ceil(Math.min(chunkBytes, CHUNK_BYTES) / messageHeaderBytes);
}
