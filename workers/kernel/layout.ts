/** Header of one message: checksum, id, offset, times, lengths, reserved. */
export const HEADER_BYTES: u32 = 64;

// Where the fields of a message header lie.
export const CHECKSUM: usize = 0;
export const ID: usize = 8;
export const OFFSET: usize = 24;
export const TIMESTAMP: usize = 32;
export const ORIGIN_TIMESTAMP: usize = 40;
export const HEADERS_LENGTH: usize = 48;
export const PAYLOAD_LENGTH: usize = 52;
export const RESERVED: usize = 56;

/** Index entry of one message: relative offset u32, end position u32, timestamp u64. */
export const ENTRY_BYTES: u32 = 16;

// Where the fields of an index entry lie.
export const ENTRY_OFFSET: usize = 0;
export const ENTRY_POSITION: usize = 4;
export const ENTRY_TIMESTAMP: usize = 8;

/** Payload of one message as a client sends it: `messagePayloadBytesMax` of the limits. */
export const PAYLOAD_BYTES_MAX: u32 = 64_000_000;
/** User headers of one message as a client sends them: `userHeadersBytesMax` of the limits. */
export const HEADERS_BYTES_MAX: u32 = 100_000;
/** What encryption at rest adds to a payload and to user headers: `encryptionBytes` there. */
export const ENCRYPTION_BYTES: u32 = 28;

/** Bytes of the message at `message` as its header tells them, in 64 bits so that no sum wraps. */
// @ts-ignore: decorator
@inline
export function frameBytes(message: u32): u64 {
  const payload = <u64>load<u32>(message, PAYLOAD_LENGTH);
  return <u64>HEADER_BYTES + payload + <u64>load<u32>(message, HEADERS_LENGTH);
}

/** Writes one index entry. */
// @ts-ignore: decorator
@inline
export function writeEntry(entry: u32, offset: u32, position: u32, timestamp: u64): void {
  store<u32>(entry, offset, ENTRY_OFFSET);
  store<u32>(entry, position, ENTRY_POSITION);
  store<u64>(entry, timestamp, ENTRY_TIMESTAMP);
}
