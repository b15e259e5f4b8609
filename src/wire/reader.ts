import { status } from './status.ts';
import { WireError } from './wire-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads little-endian fields from a payload. Every read past the end is a `WireError` with status 3
 * (InvalidCommand), as the protocol demands of short payloads; bytes left over are no error.
 */
export class Reader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly end: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.byteLength) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  u8(field: string): number {
    return this.bytes[this.#take(1, field)];
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#take(2, field), true);
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#take(4, field), true);
  }

  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field), true);
  }

  f32(field: string): number {
    return this.#view.getFloat32(this.#take(4, field), true);
  }

  /** A flag that counts as set for every value but 0. */
  bool(field: string): boolean {
    return this.u8(field) !== 0;
  }

  /** A view of the next `length` bytes, not a copy. */
  view(length: number, field: string): Uint8Array {
    const start = this.#take(length, field);
    return this.bytes.subarray(start, start + length);
  }

  utf8(length: number, field: string): string {
    const bytes = this.view(length, field);
    try {
      // TextDecoder refuses views of shared memory, and texts are short: copy them first. The slice
      // of a Buffer would be a view again, hence that of the plain array.
      return utf8.decode(Uint8Array.prototype.slice.call(bytes));
    } catch {
      throw new WireError(status.InvalidCommand, `${field} is not valid UTF-8`);
    }
  }

  /** `u8` length 1..255 and that many bytes of UTF-8; an empty one is status 4 (InvalidFormat). */
  name8(field: string): string {
    const length = this.u8(field);
    if (length === 0) throw new WireError(status.InvalidFormat, `${field} is empty`);
    return this.utf8(length, field);
  }

  /** `u8` length 0..255 and that many bytes of UTF-8. */
  str8(field: string): string {
    return this.utf8(this.u8(field), field);
  }

  /** `u32` length and that many bytes of UTF-8. */
  str32(field: string): string {
    return this.utf8(this.u32(field), field);
  }

  #take(length: number, field: string): number {
    if (length > this.remaining) {
      throw new WireError(
        status.InvalidCommand,
        `${field} needs ${length} bytes at ${this.offset}, ${this.remaining} are left`,
      );
    }
    const start = this.offset;
    this.offset += length;
    return start;
  }
}
