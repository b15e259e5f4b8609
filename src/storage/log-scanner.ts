import { scanStop } from '../memory/kernel.ts';
import { KernelMemory } from '../memory/kernel-memory.ts';
import {
  arenaPageBytes,
  encryptionBytes,
  indexEntryBytes,
  messageHeaderBytes,
  messagePayloadBytesMax,
  userHeadersBytesMax,
} from '../wire/limits.ts';
import type { StoredFile } from './files.ts';
import { type Candidate, candidateIn } from './message-search.ts';

const CHUNK_BYTES = 8 * 1024 * 1024;
/** Payload and user headers may each have been encrypted at rest. */
const MESSAGE_BYTES_MAX =
  messageHeaderBytes + messagePayloadBytesMax + userHeadersBytesMax + 2 * encryptionBytes;
const SEARCH_BYTES = 256 * 1024;
const ENDED = 'the file ends';

/** A place in a log file and the offset of the message that begins there. */
export interface LogPlace {
  readonly position: number;
  readonly offset: number;
}

/** A walk over the messages of a log file. */
export interface LogScan extends LogPlace {
  readonly log: StoredFile;
  /** Where to end. */
  readonly end: number;
  /** First offset of the segment: index entries are relative to it. */
  readonly baseOffset: number;
  /** Gets the index entries of the messages found, chunk by chunk; valid until it returns. */
  readonly onEntries: (entries: Buffer) => void;
}

/** What a scan found. */
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
  readonly #memory: KernelMemory;

  constructor(module: WebAssembly.Module) {
    this.#memory = new KernelMemory(module);
  }

  /** Forgets the memory. The next scan makes a new one. */
  rest(): void {
    this.#memory.rest();
  }

  /** Walks over messages that follow on each other until the end or the first that is not sound. */
  scan(scan: LogScan): LogScanResult {
    let { position, offset } = scan;
    let chunkBytes = CHUNK_BYTES;
    let reason = '';
    while (position < scan.end && reason === '') {
      const length = Math.min(chunkBytes, scan.end - position);
      const got = this.#readChunk(scan.log, chunkBytes, length, position);
      if (got === 0) return { messagesCount: offset - scan.offset, position, reason: ENDED };
      const entries = this.#scanChunk(scan, chunkBytes, got, { position, offset });
      const stop = this.#memory.kernel.scanStop();
      const count = entries.byteLength / indexEntryBytes;
      if (count > 0) {
        scan.onEntries(entries);
        position = entries.readUInt32LE(entries.byteLength - indexEntryBytes + 4);
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

  /**
   * The highest offset of a sound message behind a place where the messages no longer follow on
   * each other, or -1 when there is none: then what is there is the rest of a write that was cut
   * off.
   */
  lastSoundOffset(log: StoredFile, from: LogPlace, end: number): number {
    const chunk = Buffer.allocUnsafe(SEARCH_BYTES);
    let { position, offset } = from;
    let found = -1;
    while (end - position >= messageHeaderBytes) {
      const got = log.read(chunk, 0, Math.min(SEARCH_BYTES, end - position), position);
      if (got < messageHeaderBytes) break;
      const candidate = candidateIn(chunk.subarray(0, got), offset, end - position);
      if (candidate === undefined) {
        position += got - messageHeaderBytes + 1;
        continue;
      }
      position += candidate.start;
      const sound = this.#soundFrom(log, position, candidate, end);
      if (sound.messagesCount > 0) {
        offset = candidate.offset + sound.messagesCount;
        found = offset - 1;
      }
      position = Math.max(sound.position, position + 1);
    }
    return found;
  }

  /** The messages that follow on each other from a candidate on, when that one is sound itself. */
  #soundFrom(log: StoredFile, position: number, candidate: Candidate, end: number): LogScanResult {
    const scan = { log, position, offset: candidate.offset, baseOffset: 0, onEntries: () => {} };
    const single = this.scan({ ...scan, end: position + candidate.bytes });
    return single.messagesCount === 0 ? single : this.scan({ ...scan, end });
  }

  #readChunk(log: StoredFile, chunkBytes: number, length: number, position: number): number {
    this.#memory.reserve(chunkBytes + indexCapacity(chunkBytes) * indexEntryBytes);
    return log.read(this.#memory.bytes, arenaPageBytes, length, position);
  }

  /** Index entries of the sound messages at the beginning of the chunk. */
  #scanChunk(scan: LogScan, chunkBytes: number, length: number, place: LogPlace): Buffer {
    const indexOut = arenaPageBytes + chunkBytes;
    const count = this.#memory.kernel.scan(
      arenaPageBytes,
      length,
      BigInt(place.offset),
      BigInt(scan.baseOffset),
      place.position,
      indexOut,
      indexCapacity(chunkBytes),
    );
    return this.#memory.bytes.subarray(indexOut, indexOut + count * indexEntryBytes);
  }
}

/** A message longer than the chunk looks cut off until the chunk can hold the longest one. */
function canGrow(got: number, length: number, chunkBytes: number): boolean {
  return got === length && length === chunkBytes && chunkBytes < MESSAGE_BYTES_MAX;
}

function indexCapacity(chunkBytes: number): number {
  return Math.ceil(Math.min(chunkBytes, CHUNK_BYTES) / messageHeaderBytes);
}
