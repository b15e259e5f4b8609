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

/** Of the first byte: the frame is the last one of its message. */
const FINAL_BIT = 0x80;
/** Of the first byte: for extensions, of which there are none. */
const RESERVED_BITS = 0x70;
/** Of the first byte. */
const OPCODE_BITS = 0x0f;
/** Of the kind: the frame is no message. */
const CONTROL_BIT = 0x8;
/** Of the second byte: the head ends with a key. */
const MASK_BIT = 0x80;
/** Of the second byte. */
const LENGTH_BITS = 0x7f;
/** Where the length is in the two bytes behind it. */
const LENGTH_16 = 126;
/** Where the length is in the eight bytes behind it. */
const LENGTH_64 = 127;
/** Payload of a frame that is no message. */
export const controlBytesMax = 125;
/** Both bytes, a length of eight, and a key. */
const headBytesMax = 14;
/** The key of a mask. */
export const keyBytes = 4;
/** What servers send has no key. */
export const sentHeadBytesMax = headBytesMax - keyBytes;

const LENGTH_16_MAX = 0xffff;

/** Bytes of a head that say how long it is. */
const HEAD_START_BYTES = 2;
/** Lengths from here on are larger than any limit; numbers hold them exactly all the same. */
const HIGH_WORD_MAX = 0xf_ffff;
const WORD = 2 ** 32;

/** Bytes of a head by its second one. */
function headBytesOf(second: number): number {
  const length = second & LENGTH_BITS;
  const lengthBytes = length === LENGTH_64 ? 8 : length === LENGTH_16 ? 2 : 0;
  return HEAD_START_BYTES + lengthBytes + ((second & MASK_BIT) === 0 ? 0 : keyBytes);
}

/** Bytes of the payload behind a whole head. */
function payloadBytesOf(head: Buffer): number {
  const length = head[1] & LENGTH_BITS;
  if (length === LENGTH_16) return head.readUInt16BE(HEAD_START_BYTES);
  if (length !== LENGTH_64) return length;
  const high = Math.min(head.readUInt32BE(HEAD_START_BYTES), HIGH_WORD_MAX);
  return high * WORD + head.readUInt32BE(HEAD_START_BYTES + 4);
}

/** The head of a received frame, which may come in pieces. */
export class FrameHead {
  readonly #bytes = Buffer.alloc(headBytesMax);
  #takenBytes = 0;
  #length = HEAD_START_BYTES;

  /**
   * Takes what belongs to the head from an offset on, and returns how many bytes; behind a complete
   * head the next one begins.
   */
  take(source: Buffer, start: number, end: number): number {
    if (this.isComplete) {
      this.#takenBytes = 0;
      this.#length = HEAD_START_BYTES;
    }
    let at = start;
    while (at < end && !this.isComplete) {
      this.#bytes[this.#takenBytes++] = source[at++];
      if (this.#takenBytes === HEAD_START_BYTES) this.#length = headBytesOf(this.#bytes[1]);
    }
    return at - start;
  }

  get isComplete(): boolean {
    return this.#takenBytes === this.#length;
  }

  get kind(): number {
    return this.#bytes[0] & OPCODE_BITS;
  }

  get isControl(): boolean {
    return (this.kind & CONTROL_BIT) !== 0;
  }

  /** Whether the frame is the last one of its message. */
  get isFinal(): boolean {
    return (this.#bytes[0] & FINAL_BIT) !== 0;
  }

  get usesReservedBits(): boolean {
    return (this.#bytes[0] & RESERVED_BITS) !== 0;
  }

  get isMasked(): boolean {
    return (this.#bytes[1] & MASK_BIT) !== 0;
  }

  /** Its lowest byte is for the first byte of the payload; 0 when that is not masked. */
  get key(): number {
    return this.isMasked ? this.#bytes.readInt32LE(this.#length - keyBytes) : 0;
  }

  get payloadBytes(): number {
    return payloadBytesOf(this.#bytes);
  }
}

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

/** The head of a whole frame of a client, which is masked by a key. */
export function clientHead(kind: number, bytes: number, key: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(headBytesMax);
  const length = writeHead(head, 0, kind, bytes);
  head[1] |= MASK_BIT;
  head.set(key, length);
  return head.subarray(0, length + keyBytes);
}

/** A whole frame with a small payload. */
export function smallFrame(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + payload.byteLength);
  const headBytes = writeHead(frame, 0, kind, payload.byteLength);
  frame.set(payload, headBytes);
  return frame;
}

/** What servers make out of the key of a request to become a WebSocket (section 1.3). */
export const acceptKeySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The frame that closes, and says why. */
export function closeFrame(code: number, reason = ''): Buffer {
  const payload = Buffer.from(`\0\0${reason}`);
  payload.writeUInt16BE(code, 0);
  return smallFrame(opcode.close, payload);
}
