import { poolBytesMax, pooledBufferBytesMin } from './limits.ts';

/**
 * Large buffers that are used again. Memory that was used before costs much less than fresh memory,
 * whose pages the system has to clear first.
 */
export class BufferPool {
  /** Free buffers by their length, a power of two. */
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;

  /** A buffer of at least the given length, whatever it contains. */
  allocate(length: number): Buffer {
    if (length < pooledBufferBytesMin) return Buffer.allocUnsafe(length);
    const roundLength = 2 ** Math.ceil(Math.log2(length));
    const buffer = this.#free.get(roundLength)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(roundLength);
    this.#freeBytes -= roundLength;
    return buffer;
  }

  /** Takes back the buffer of a view that nobody will read again; small ones are left alone. */
  release(view: Buffer): void {
    const buffer = Buffer.from(view.buffer);
    const { byteLength } = buffer;
    if (byteLength < pooledBufferBytesMin) return;
    if (this.#freeBytes + byteLength > poolBytesMax) return;
    const free = this.#free.get(byteLength) ?? [];
    free.push(buffer);
    this.#free.set(byteLength, free);
    this.#freeBytes += byteLength;
  }
}
