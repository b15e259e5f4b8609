import { NameCache } from './name-cache.ts';
import { status } from './status.ts';
import { WireError } from './wire-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const names = new NameCache();

/**
 * Reads little-endian fields from a payload. Every read past the end is a `WireError` with status 3
 * (InvalidCommand), as the protocol demands of short payloads; bytes left over are no error.
 */
export class Reader {
  #bytes: Uint8Array;
  offset: number;
  #end: number;
  /** Of the whole buffer that the bytes lie in: most readers stay with one. */
  #view: DataView;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.byteLength) {
    this.#bytes = bytes;
    this.offset = offset;
    this.#end = end;
    this.#view = new DataView(bytes.buffer);
  }

  /** Begins anew with other bytes: whoever reads one payload after the other needs one reader. */
  restart(bytes: Uint8Array, offset: number, end: number): this {
    if (bytes.buffer !== this.#view.buffer) this.#view = new DataView(bytes.buffer);
    this.#bytes = bytes;
    this.offset = offset;
    this.#end = end;
    return this;
  }

  /** What it reads from; offsets are places in it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get end(): number {
    return this.#end;
  }

  get remaining(): number {
    return this.#end - this.offset;
  }

  u8(field: string): number {
    return this.#bytes[this.#take(1, field)];
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#place(2, field), true);
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#place(4, field), true);
  }

  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#place(8, field), true);
  }

  f32(field: string): number {
    return this.#view.getFloat32(this.#place(4, field), true);
  }

  /** A flag that counts as set for every value but 0. */
  bool(field: string): boolean {
    return this.u8(field) !== 0;
  }

  /** A view of the next `length` bytes, not a copy. */
  view(length: number, field: string): Uint8Array {
    const start = this.#take(length, field);
    return this.#bytes.subarray(start, start + length);
  }

  utf8(length: number, field: string): string {
    // TextDecoder refuses views of shared memory, and texts are short: copy them first. The slice
    // of a Buffer would be a view again, hence that of the plain array.
    return decode(Uint8Array.prototype.slice.call(this.view(length, field)), field);
  }

  /** As `utf8`, for what many payloads name: it is remembered, so it must be no secret. */
  name(length: number, field: string): string {
    const start = this.#take(length, field);
    return names.read(this.#bytes, start, length, (part) => decode(part, field));
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

  /** As `#take`, in the whole buffer. */
  #place(length: number, field: string): number {
    return this.#bytes.byteOffset + this.#take(length, field);
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

function decode(bytes: Uint8Array, field: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new WireError(status.InvalidCommand, `${field} is not valid UTF-8`);
  }
}
