// XXH3 with 64 bits of result, seed 0 and the default secret, as its specification describes it.

const PRIME32_1: u64 = 0x9e3779b1;
const PRIME32_2: u64 = 0x85ebca77;
const PRIME32_3: u64 = 0xc2b2ae3d;
const PRIME64_1: u64 = 0x9e3779b185ebca87;
const PRIME64_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME64_3: u64 = 0x165667b19e3779f9;
const PRIME64_4: u64 = 0x85ebca77c2b2ae63;
const PRIME64_5: u64 = 0x27d4eb2f165667c5;
const MIX_1: u64 = 0x165667919e3779f9;
const MIX_2: u64 = 0x9fb21c651e98df25;
const LOW_HALF: u64 = 0xffff_ffff;

const SECRET: usize = memory.data<u8>([
  0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
  0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
  0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
  0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
  0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
  0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
  0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
  0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
  0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
  0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
  0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
  0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
], 16);

/** The last 64 bytes of the secret, with the two lanes of each vector in each other's place. */
const SCRAMBLE_SECRET: usize = memory.data<u8>([
  0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb, 0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3,
  0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e, 0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49,
  0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce, 0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc,
  0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e, 0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28,
], 16);

const STRIPE_BYTES: u32 = 64;
// Each stripe takes its secret 8 bytes further on. A block of stripes ends where that reaches the
// last 64 bytes of the secret; these scramble the sums, and the next block starts anew.
const BLOCK_SECRET_END: usize = SECRET + 192 - 64;
const LAST_STRIPE_SECRET: usize = SECRET + 192 - 71;
const MERGE_SECRET: usize = SECRET + 11;

/** XXH3-64 of `length` bytes at `pointer`, which may be unaligned. */
export function xxh3(pointer: u32, length: u32): u64 {
  if (length > 240) return hashLong(pointer, length);
  if (length > 128) return hashUpTo240(pointer, length);
  if (length > 16) return hashUpTo128(pointer, length);
  if (length > 8) return hashUpTo16(pointer, length);
  if (length >= 4) return hashUpTo8(pointer, length);
  if (length > 0) return hashUpTo3(pointer, length);
  return finish64(secret64(56) ^ secret64(64));
}

// @ts-ignore: decorator
@inline
function secret64(offset: usize): u64 {
  return load<u64>(SECRET + offset);
}

/** Both halves of the 128-bit product of `a` and `b`, folded together by exclusive or. */
// @ts-ignore: decorator
@inline
function foldedProduct(a: u64, b: u64): u64 {
  const aLow = a & LOW_HALF;
  const bLow = b & LOW_HALF;
  const aHigh = a >> 32;
  const bHigh = b >> 32;
  const cross = aHigh * bLow + ((aLow * bLow) >> 32);
  const middle = aLow * bHigh + (cross & LOW_HALF);
  const high = aHigh * bHigh + (cross >> 32) + (middle >> 32);
  return high ^ (a * b);
}

// @ts-ignore: decorator
@inline
function finish(value: u64): u64 {
  value = (value ^ (value >> 37)) * MIX_1;
  return value ^ (value >> 32);
}

/** The final mix of XXH64, which the shortest inputs share. */
// @ts-ignore: decorator
@inline
function finish64(value: u64): u64 {
  value = (value ^ (value >> 33)) * PRIME64_2;
  value = (value ^ (value >> 29)) * PRIME64_3;
  return value ^ (value >> 32);
}

function hashUpTo3(pointer: u32, length: u32): u64 {
  const first = <u32>load<u8>(pointer);
  const middle = <u32>load<u8>(pointer + (length >> 1));
  const last = <u32>load<u8>(pointer + length - 1);
  const combined = last | (length << 8) | (first << 16) | (middle << 24);
  const key = load<u32>(SECRET) ^ load<u32>(SECRET, 4);
  return finish64(<u64>(combined ^ key));
}

function hashUpTo8(pointer: u32, length: u32): u64 {
  const first = <u64>load<u32>(pointer);
  const last = <u64>load<u32>(pointer + length - 4);
  let value = (last | (first << 32)) ^ secret64(8) ^ secret64(16);
  value = (value ^ rotl<u64>(value, 49) ^ rotl<u64>(value, 24)) * MIX_2;
  value = (value ^ ((value >> 35) + <u64>length)) * MIX_2;
  return value ^ (value >> 28);
}

function hashUpTo16(pointer: u32, length: u32): u64 {
  const low = load<u64>(pointer) ^ secret64(24) ^ secret64(32);
  const high = load<u64>(pointer + length - 8) ^ secret64(40) ^ secret64(48);
  return finish(<u64>length + bswap<u64>(low) + high + foldedProduct(low, high));
}

/** Mixes 16 bytes of input with 16 bytes of secret. */
// @ts-ignore: decorator
@inline
function mix16(pointer: u32, secret: usize): u64 {
  return foldedProduct(
    load<u64>(pointer) ^ load<u64>(secret),
    load<u64>(pointer, 8) ^ load<u64>(secret, 8),
  );
}

function hashUpTo128(pointer: u32, length: u32): u64 {
  let sum = <u64>length * PRIME64_1;
  let secret = SECRET;
  let front = pointer;
  let back = pointer + length - 16;
  for (let pairs = (length + 31) >> 5; pairs > 0; pairs--) {
    sum += mix16(front, secret) + mix16(back, secret + 16);
    front += 16;
    back -= 16;
    secret += 32;
  }
  return finish(sum);
}

function hashUpTo240(pointer: u32, length: u32): u64 {
  let sum = <u64>length * PRIME64_1;
  for (let at: u32 = 0; at < 128; at += 16) sum += mix16(pointer + at, SECRET + at);
  sum = finish(sum);
  const whole = length & ~15;
  for (let at: u32 = 128; at < whole; at += 16) sum += mix16(pointer + at, SECRET + at - 125);
  return finish(sum + mix16(pointer + length - 16, SECRET + 119));
}

// Each lane of the sums gets the data of its neighbour and the product of its own keyed halves. So
// that no data has to change places, the sums of two lanes lie in each other's place, and the
// products are made there: two vectors of data share the vectors that their halves are put into.

/** Lower halves of the keyed lanes of two vectors, for the places of their neighbours. */
// @ts-ignore: decorator
@inline
function lowHalves(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 2, 0, 6, 4);
}

/** Upper halves of them. */
// @ts-ignore: decorator
@inline
function highHalves(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 3, 1, 7, 5);
}

/** Adds the products of the first vector's lanes and its data. */
// @ts-ignore: decorator
@inline
function addFirst(sum: v128, data: v128, low: v128, high: v128): v128 {
  return i64x2.add(sum, i64x2.add(data, i64x2.extmul_low_i32x4_u(low, high)));
}

/** Adds those of the second. */
// @ts-ignore: decorator
@inline
function addSecond(sum: v128, data: v128, low: v128, high: v128): v128 {
  return i64x2.add(sum, i64x2.add(data, i64x2.extmul_high_i32x4_u(low, high)));
}

// @ts-ignore: decorator
@inline
function keyed(data: v128, secret: usize): v128 {
  return v128.xor(data, v128.load(secret));
}

/** The same for one vector by itself. */
// @ts-ignore: decorator
@inline
function addOne(sum: v128, pointer: u32, secret: usize): v128 {
  const data = v128.load(pointer);
  const value = keyed(data, secret);
  return addFirst(sum, data, lowHalves(value, value), highHalves(value, value));
}

// @ts-ignore: decorator
@inline
function scramble(sum: v128, secret: usize): v128 {
  const mixed = v128.xor(v128.xor(sum, i64x2.shr_u(sum, 47)), v128.load(secret));
  return i64x2.mul(mixed, i64x2.splat(PRIME32_1));
}

// @ts-ignore: decorator
@inline
function mergePair(sum: v128, secret: usize): u64 {
  const first = i64x2.extract_lane(sum, 1) ^ load<u64>(secret);
  const second = i64x2.extract_lane(sum, 0) ^ load<u64>(secret, 8);
  return foldedProduct(first, second);
}

function hashLong(pointer: u32, length: u32): u64 {
  let sum0 = i64x2(PRIME64_1, PRIME32_3);
  let sum1 = i64x2(PRIME64_3, PRIME64_2);
  let sum2 = i64x2(PRIME32_2, PRIME64_4);
  let sum3 = i64x2(PRIME32_1, PRIME64_5);
  // The last stripe ends with the input and may overlap the one before; it is never empty.
  const lastStripe = pointer + length - STRIPE_BYTES;
  let stripes = (length - 1) / STRIPE_BYTES;
  let secret = SECRET;
  while (stripes > 0) {
    const data0 = v128.load(pointer);
    const data1 = v128.load(pointer, 16);
    const keyed0 = keyed(data0, secret);
    const keyed1 = keyed(data1, secret + 16);
    const low01 = lowHalves(keyed0, keyed1);
    const high01 = highHalves(keyed0, keyed1);
    sum0 = addFirst(sum0, data0, low01, high01);
    sum1 = addSecond(sum1, data1, low01, high01);
    const data2 = v128.load(pointer, 32);
    const data3 = v128.load(pointer, 48);
    const keyed2 = keyed(data2, secret + 32);
    const keyed3 = keyed(data3, secret + 48);
    const low23 = lowHalves(keyed2, keyed3);
    const high23 = highHalves(keyed2, keyed3);
    sum2 = addFirst(sum2, data2, low23, high23);
    sum3 = addSecond(sum3, data3, low23, high23);
    pointer += STRIPE_BYTES;
    secret += 8;
    stripes--;
    if (secret == BLOCK_SECRET_END) {
      sum0 = scramble(sum0, SCRAMBLE_SECRET);
      sum1 = scramble(sum1, SCRAMBLE_SECRET + 16);
      sum2 = scramble(sum2, SCRAMBLE_SECRET + 32);
      sum3 = scramble(sum3, SCRAMBLE_SECRET + 48);
      secret = SECRET;
    }
  }
  sum0 = addOne(sum0, lastStripe, LAST_STRIPE_SECRET);
  sum1 = addOne(sum1, lastStripe + 16, LAST_STRIPE_SECRET + 16);
  sum2 = addOne(sum2, lastStripe + 32, LAST_STRIPE_SECRET + 32);
  sum3 = addOne(sum3, lastStripe + 48, LAST_STRIPE_SECRET + 48);
  let result = <u64>length * PRIME64_1;
  result += mergePair(sum0, MERGE_SECRET) + mergePair(sum1, MERGE_SECRET + 16);
  result += mergePair(sum2, MERGE_SECRET + 32) + mergePair(sum3, MERGE_SECRET + 48);
  return finish(result);
}
