/** Kinds of frames (RFC 6455, section 5.2). */
export const opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** Why a WebSocket is closed (RFC 6455, section 7.4.1). */
export const closeCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  policyViolation: 1008,
  tooLarge: 1009,
} as const;

/** The bits of the first byte of a frame beside its opcode. */
export const FINAL_BIT = 0x80;
export const RESERVED_BITS = 0x70;
export const OPCODE_BITS = 0x0f;
/** The bits of the second one. */
export const MASK_BIT = 0x80;
export const LENGTH_BITS = 0x7f;
/** What the second byte says where the length is in the two or eight bytes behind it. */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;
/** Payload of a frame that is no message. */
export const controlBytesMax = 125;
/** Both bytes, a length of eight, and a key. */
export const headBytesMax = 14;
export const keyBytes = 4;
/** What servers send has no key. */
export const sentHeadBytesMax = headBytesMax - keyBytes;

const LENGTH_16_MAX = 0xffff;

/** Writes the head of a whole message, unmasked, as servers send them; returns its length. */
export function writeHead(target: Buffer, offset: number, kind: number, bytes: number): number {
  target[offset] = FINAL_BIT | kind;
  if (bytes < LENGTH_16) {
    target[offset + 1] = bytes;
    return 2;
  }
  if (bytes <= LENGTH_16_MAX) {
    target[offset + 1] = LENGTH_16;
    target.writeUInt16BE(bytes, offset + 2);
    return 4;
  }
  target[offset + 1] = LENGTH_64;
  target.writeUInt32BE(0, offset + 2);
  target.writeUInt32BE(bytes, offset + 6);
  return 10;
}

/** A whole frame with a small payload. */
export function smallFrame(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + payload.byteLength);
  const headBytes = writeHead(frame, 0, kind, payload.byteLength);
  frame.set(payload, headBytes);
  return frame;
}

/** The frame that closes, and says why. */
export function closeFrame(code: number, reason = ''): Buffer {
  const payload = Buffer.from(`\0\0${reason}`);
  payload.writeUInt16BE(code, 0);
  return smallFrame(opcode.close, payload);
}
