/**
 * XORs bytes with the four of a key over and over, its lowest byte first: what masks a frame of a
 * WebSocket, and what takes the mask off (RFC 6455, section 5.3).
 */
export function mask(pointer: u32, length: u32, key: u32): void {
  const keys = i32x4.splat(key);
  const end = pointer + length;
  const wideEnd = pointer + (length & ~15);
  for (; pointer < wideEnd; pointer += 16) {
    v128.store(pointer, v128.xor(v128.load(pointer), keys));
  }
  for (; pointer < end; pointer++) {
    store<u8>(pointer, load<u8>(pointer) ^ <u8>key);
    key = rotr<u32>(key, 8);
  }
}
