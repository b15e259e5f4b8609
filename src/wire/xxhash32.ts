const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;
const STRIPE_BYTES = 16;
const LANE_BYTES = 4;

/**
 * XXH32 as an unsigned number: the hash behind messages keys, consumer names and client ids
 * (protocol section 3.11).
 */
export function xxhash32(bytes: Uint8Array, seed = 0): number {
  const stripesEnd = bytes.byteLength - (bytes.byteLength % STRIPE_BYTES);
  let hash = stripesEnd === 0 ? (seed + PRIME_5) | 0 : hashStripes(bytes, stripesEnd, seed);
  hash = (hash + bytes.byteLength) | 0;
  return avalanche(hashTail(bytes, stripesEnd, hash));
}

function hashStripes(bytes: Uint8Array, end: number, seed: number): number {
  let lane1 = (seed + PRIME_1 + PRIME_2) | 0;
  let lane2 = (seed + PRIME_2) | 0;
  let lane3 = seed | 0;
  let lane4 = (seed - PRIME_1) | 0;
  for (let at = 0; at < end; at += STRIPE_BYTES) {
    lane1 = round(lane1, word(bytes, at));
    lane2 = round(lane2, word(bytes, at + LANE_BYTES));
    lane3 = round(lane3, word(bytes, at + 2 * LANE_BYTES));
    lane4 = round(lane4, word(bytes, at + 3 * LANE_BYTES));
  }
  return (rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18)) | 0;
}

function hashTail(bytes: Uint8Array, start: number, seed: number): number {
  let hash = seed;
  let at = start;
  for (; at + LANE_BYTES <= bytes.byteLength; at += LANE_BYTES) {
    hash = (hash + Math.imul(word(bytes, at), PRIME_3)) | 0;
    hash = Math.imul(rotate(hash, 17), PRIME_4);
  }
  for (; at < bytes.byteLength; at += 1) {
    hash = (hash + Math.imul(bytes[at], PRIME_5)) | 0;
    hash = Math.imul(rotate(hash, 11), PRIME_1);
  }
  return hash;
}

function avalanche(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, input: number): number {
  return Math.imul(rotate((lane + Math.imul(input, PRIME_2)) | 0, 13), PRIME_1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
