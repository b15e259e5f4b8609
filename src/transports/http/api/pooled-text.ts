import type { BufferPool } from '../../../wire/buffer-pool.ts';

/** Appends text to a buffer of a pool, so that it need not become bytes afterwards. */
export class PooledText {
  readonly #pool: BufferPool;
  #bytes: Buffer;
  #length = 0;

  /** `bytes` is what is probably written; more is allowed. */
  constructor(pool: BufferPool, bytes: number) {
    this.#pool = pool;
    this.#bytes = pool.allocate(bytes);
  }

  /** A text without characters beyond ASCII. */
  write(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  writeUtf8(text: string): void {
    this.#reserve(Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** All that was written; the buffer is its reader's to give back. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.byteLength) return;
    const grown = this.#pool.allocate(2 * needed);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#pool.release(this.#bytes);
    this.#bytes = grown;
  }
}
