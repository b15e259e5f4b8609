// State of xoroshiro128++; never all zero. Globals belong to the instance, not to the memory.
let first: u64 = 0x9e3779b97f4a7c15;
let second: u64 = 0xd1b54a32d192ed03;

const VERSION_MASK: u64 = 0x00f0_0000_0000_0000;
const VERSION_FOUR: u64 = 0x0040_0000_0000_0000;
const VARIANT_MASK: u64 = 0xc0;
const VARIANT_RFC: u64 = 0x80;

/** Part of the seed that never shows in an id: for hashes that nobody outside can foresee. */
export let secret: u64 = 0;

/** Seeds the id generator of this instance; two zeros, which it could not leave, are replaced. */
export function seed(a: u64, b: u64, hidden: u64): void {
  secret = hidden;
  first = a;
  second = (a | b) == 0 ? 1 : b;
}

function next(): u64 {
  const result = rotl<u64>(first + second, 17) + first;
  const mixed = first ^ second;
  first = rotl<u64>(first, 49) ^ mixed ^ (mixed << 21);
  second = rotl<u64>(mixed, 28);
  return result;
}

/** Writes the 16 bytes of a random UUID, version 4: version in byte 6, variant in byte 8. */
export function writeUuid(pointer: u32): void {
  store<u64>(pointer, (next() & ~VERSION_MASK) | VERSION_FOUR);
  store<u64>(pointer, (next() & ~VARIANT_MASK) | VARIANT_RFC, 8);
}
