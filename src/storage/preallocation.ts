import {
  preallocatedBytesMax,
  preallocatedFromBytes,
  preallocatedShareOfSegment,
} from '../wire/limits.ts';
import type { StoredFile } from './files.ts';

/**
 * The blocks that are kept ready behind the end of a growing log. A file system that reserves them
 * one by one, as each write arrives, spends over a quarter of the write on that (ext4).
 */
export class Preallocation {
  readonly #log: StoredFile;
  /** Blocks are ready up to here; 0 where none were asked for. */
  #end = 0;

  constructor(log: StoredFile) {
    this.#log = log;
  }

  /** Bytes up to `end` are about to be written to a log of `sizeBytes`. */
  cover(end: number, sizeBytes: number, segmentBytes: number): void {
    if (end <= this.#end) return;
    const share = Math.ceil(segmentBytes * preallocatedShareOfSegment);
    if (sizeBytes < Math.min(preallocatedFromBytes, share)) return;
    const from = Math.max(this.#end, sizeBytes);
    this.#end = end + Math.min(preallocatedBytesMax, share);
    this.#log.preallocate(from, this.#end - from);
  }

  /** A process that died may have left some. */
  suspect(): void {
    this.#end = 1;
  }

  /** The log was cut behind its last byte: nothing is ready any more. */
  forget(): void {
    this.#end = 0;
  }

  /** Gives back what was not written to. A log that cannot be cut keeps it. */
  giveBack(sizeBytes: number): void {
    if (this.#end === 0) return;
    this.forget();
    try {
      this.#log.truncate(sizeBytes);
    } catch {
      // Only room is lost.
    }
  }
}
