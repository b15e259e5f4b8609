const ZERO: u32 = 0x30;
/** The largest power of ten in 32 bits, and its digits. */
const CHUNK: u64 = 1_000_000_000;
const CHUNK_DIGITS: u32 = 9;

/** Writes a number in decimal digits and returns where they end. */
export function digits64(value: u64, out: u32): u32 {
  if (value < CHUNK) return digits32(<u32>value, out);
  return chunk(<u32>(value % CHUNK), digits64(value / CHUNK, out));
}

/** The same for a number of 128 bits in two halves. */
export function digits128(low: u64, high: u64, out: u32): u32 {
  if (high == 0) return digits64(low, out);
  // Divided by hand, 32 bits at a time: no remainder with 32 bits behind it exceeds 64.
  const a = high >> 32;
  const b = ((a % CHUNK) << 32) | (high & 0xffff_ffff);
  const c = ((b % CHUNK) << 32) | (low >> 32);
  const d = ((c % CHUNK) << 32) | (low & 0xffff_ffff);
  const upper = ((a / CHUNK) << 32) | (b / CHUNK);
  const lower = ((c / CHUNK) << 32) | (d / CHUNK);
  return chunk(<u32>(d % CHUNK), digits128(lower, upper, out));
}

function digits32(value: u32, out: u32): u32 {
  let end = out + 1;
  for (let rest = value / 10; rest != 0; rest /= 10) end++;
  let at = end;
  do {
    store<u8>(--at, ZERO + (value % 10));
    value /= 10;
  } while (value != 0);
  return end;
}

/** Nine digits with the zeros in front. */
function chunk(value: u32, out: u32): u32 {
  for (let at = out + CHUNK_DIGITS; at > out; value /= 10) store<u8>(--at, ZERO + (value % 10));
  return out + CHUNK_DIGITS;
}
