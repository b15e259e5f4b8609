// Values of six bits and the distance from each kind of them to its character, for `swizzle`: small
// letters, the ten digits, plus, slash, and capital letters.
// @ts-ignore: decorator
@lazy
const DISTANCES = i8x16(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);

const PADDING: u8 = 0x3d;

/**
 * Writes `length` bytes at `from` as base64 with padding (RFC 4648, section 4) to `out`, and
 * returns where it ends.
 */
export function base64(from: u32, length: u32, out: u32): u32 {
  const end = from + length;
  for (; from + 16 <= end; from += 12, out += 16) v128.store(out, characters(v128.load(from)));
  for (; from + 3 <= end; from += 3, out += 4) {
    store<u32>(out, fourCharacters(load<u8>(from), load<u8>(from, 1), load<u8>(from, 2)));
  }
  if (from == end) return out;
  const hasTwo = from + 2 == end;
  store<u32>(out, fourCharacters(load<u8>(from), hasTwo ? load<u8>(from, 1) : 0, 0));
  if (!hasTwo) store<u8>(out, PADDING, 2);
  store<u8>(out, PADDING, 3);
  return out + 4;
}

/** The 16 characters of the first 12 bytes. */
// @ts-ignore: decorator
@inline
function characters(bytes: v128): v128 {
  // Three bytes in each lane of 32 bits, the first of them highest.
  const lanes = i8x16.shuffle(bytes, bytes, 2, 1, 0, 0, 5, 4, 3, 3, 8, 7, 6, 6, 11, 10, 9, 9);
  const first = v128.and(i32x4.shr_u(lanes, 18), i32x4.splat(0x3f));
  const second = v128.and(i32x4.shr_u(lanes, 4), i32x4.splat(0x3f00));
  const third = v128.and(i32x4.shl(lanes, 10), i32x4.splat(0x3f_0000));
  const fourth = v128.and(i32x4.shl(lanes, 24), i32x4.splat(0x3f00_0000));
  return shown(v128.or(v128.or(first, second), v128.or(third, fourth)));
}

// @ts-ignore: decorator
@inline
function fourCharacters(first: u32, second: u32, third: u32): u32 {
  const lane = (first << 16) | (second << 8) | third;
  const values =
    (lane >> 18) |
    ((lane >> 4) & 0x3f00) |
    ((lane << 10) & 0x3f_0000) |
    ((lane << 24) & 0x3f00_0000);
  return i32x4.extract_lane(shown(i32x4.splat(values)), 0);
}

/** The characters of 16 values of six bits. */
// @ts-ignore: decorator
@inline
function shown(values: v128): v128 {
  // 0 for small letters, 1 to 12 for what comes behind them, 13 for capital letters.
  const kinds = v128.or(
    i8x16.sub_sat_u(values, i8x16.splat(51)),
    v128.and(i8x16.lt_u(values, i8x16.splat(26)), i8x16.splat(13)),
  );
  return i8x16.add(values, i8x16.swizzle(DISTANCES, kinds));
}
