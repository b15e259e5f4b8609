import { clientPoolBytesMax, clientPooledFrameBytesMin } from '../wire/limits.ts';

/**
 * Buffers of large request frames. Memory that was used before costs much less than fresh memory,
 * whose pages the system has to clear first.
 */
export class FramePool {
  /** Free buffers by their length, a power of two. */
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;

  /** A buffer of at least the given length, whatever it contains. */
  allocate(length: number): Buffer {
    if (length < clientPooledFrameBytesMin) return Buffer.allocUnsafe(length);
    const roundLength = 2 ** Math.ceil(Math.log2(length));
    const buffer = this.#free.get(roundLength)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(roundLength);
    this.#freeBytes -= roundLength;
    return buffer;
  }

  /** Takes back the buffer of a frame that nobody will read again; small ones are left alone. */
  release(frame: Buffer): void {
    const buffer = Buffer.from(frame.buffer);
    const { byteLength } = buffer;
    if (byteLength < clientPooledFrameBytesMin) return;
    if (this.#freeBytes + byteLength > clientPoolBytesMax) return;
    const free = this.#free.get(byteLength) ?? [];
    free.push(buffer);
    this.#free.set(byteLength, free);
    this.#freeBytes += byteLength;
  }
}
