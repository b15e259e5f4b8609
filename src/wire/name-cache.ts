/** A power of two. */
const SLOTS = 1024;
const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

interface KnownName {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Names that were read before, found again by their bytes: most requests name what others named,
 * and to make a text of bytes costs more than all else that is read of a small request. Of names
 * that share a slot the newest stays. At most about half a megabyte.
 */
export class NameCache {
  readonly #slots = new Array<KnownName | undefined>(SLOTS).fill(undefined);

  /** The name in some bytes; `decode` makes a text of those that are not known. */
  read(
    bytes: Uint8Array,
    start: number,
    length: number,
    decode: (part: Uint8Array) => string,
  ): string {
    const slot = hash(bytes, start, length) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isAt(known.bytes, bytes, start, length)) return known.text;
    // A copy, and that of a plain array: the slice of a Buffer would be a view.
    const part = Uint8Array.prototype.slice.call(bytes, start, start + length);
    const text = decode(part);
    this.#slots[slot] = { bytes: part, text };
    return text;
  }
}

function hash(bytes: Uint8Array, start: number, length: number): number {
  let sum = FNV_START;
  for (let at = start; at < start + length; at++) sum = Math.imul(sum ^ bytes[at], FNV_PRIME);
  return sum ^ (sum >>> 16);
}

function isAt(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.byteLength !== length) return false;
  for (let at = 0; at < length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
}
