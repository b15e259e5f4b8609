import { status } from './status.ts';
import { WireError } from './wire-error.ts';

const INITIAL_BYTES = 256;

/** Appends little-endian fields to a buffer that grows as needed. */
export class Writer {
  readonly #allocate: (length: number) => Buffer;
  #bytes: Buffer;
  #length = 0;

  /** `allocate` answers a buffer of at least the asked length, whatever it contains. */
  constructor(
    initialBytes = INITIAL_BYTES,
    allocate: (length: number) => Buffer = Buffer.allocUnsafe,
  ) {
    this.#allocate = allocate;
    this.#bytes = allocate(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far: a view that is valid until the next write. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for `length` more bytes at once, so that a large payload never has to move. */
  reserve(length: number): this {
    this.#length = this.#grow(length);
    return this;
  }

  zeros(length: number): this {
    const start = this.#grow(length);
    this.#bytes.fill(0, start, start + length);
    return this;
  }

  u8(value: number): this {
    const start = this.#grow(1);
    this.#bytes.writeUInt8(value, start);
    return this;
  }

  u16(value: number): this {
    const start = this.#grow(2);
    this.#bytes.writeUInt16LE(value, start);
    return this;
  }

  u32(value: number): this {
    const start = this.#grow(4);
    this.#bytes.writeUInt32LE(value, start);
    return this;
  }

  u64(value: bigint): this {
    const start = this.#grow(8);
    this.#bytes.writeBigUInt64LE(value, start);
    return this;
  }

  f32(value: number): this {
    const start = this.#grow(4);
    this.#bytes.writeFloatLE(value, start);
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  bytes(value: Uint8Array): this {
    const start = this.#grow(value.byteLength);
    this.#bytes.set(value, start);
    return this;
  }

  /** `u8` length 1..255 and UTF-8. */
  name8(value: string, field: string): this {
    if (value.length === 0) throw new WireError(status.InvalidFormat, `${field} is empty`);
    return this.str8(value, field);
  }

  /** `u8` length 0..255 and UTF-8. */
  str8(value: string, field: string): this {
    const length = Buffer.byteLength(value);
    if (length > 255) {
      throw new WireError(status.InvalidFormat, `${field} has ${length} bytes, the limit is 255`);
    }
    this.u8(length);
    const start = this.#grow(length);
    this.#bytes.write(value, start, 'utf8');
    return this;
  }

  /** `u32` length and UTF-8. */
  str32(value: string): this {
    const length = Buffer.byteLength(value);
    this.u32(length);
    const start = this.#grow(length);
    this.#bytes.write(value, start, 'utf8');
    return this;
  }

  /** Overwrites four bytes written earlier, for lengths known only afterwards. */
  patchU32(offset: number, value: number): void {
    this.#bytes.writeUInt32LE(value, offset);
  }

  /** Callers look the buffer up afterwards: growing replaces it. */
  #grow(extra: number): number {
    const start = this.#length;
    const needed = start + extra;
    if (needed > this.#bytes.byteLength) {
      const grown = this.#allocate(Math.max(needed, this.#bytes.byteLength * 2));
      this.#bytes.copy(grown, 0, 0, start);
      this.#bytes = grown;
    }
    this.#length = needed;
    return start;
  }
}
