import { messageHeaderBytes, messagePayloadBytesMax, userHeadersBytesMax } from '../limits.ts';
import { status } from '../status.ts';
import { WireError } from '../wire-error.ts';
import type { Writer } from '../writer.ts';

/** A message as a client sends it (protocol section 4.2). */
export interface OutgoingMessage {
  /** 128 bits; 0, the default, lets the broker choose one. */
  readonly id?: bigint;
  /** Microseconds since the Unix epoch, by the clock of the sender. */
  readonly originTimestamp: bigint;
  readonly payload: Uint8Array;
  /** Encoded by `encodeUserHeaders`; none by default. */
  readonly userHeaders?: Uint8Array;
}

/** Place of `id` u128 in a message frame (protocol section 4.2). */
export const messageIdOffset = 8;
/** Place of `offset` u64 in a message frame (protocol section 4.2). */
export const messageOffsetOffset = 24;
/** Place of `timestamp` u64 in a message frame (protocol section 4.2). */
export const messageTimestampOffset = 32;
/** Place of `origin timestamp` u64 in a message frame (protocol section 4.2). */
export const messageOriginTimestampOffset = 40;
/** Place of `user headers length` u32 in a message frame (protocol section 4.2). */
export const messageHeadersLengthOffset = 48;
/** Place of `payload length` u32 in a message frame (protocol section 4.2). */
export const messagePayloadLengthOffset = 52;

/** Place of `end position` u32 in an index entry (protocol section 4.1). */
export const indexEndOffset = 4;

const TWO_TO_32 = 2 ** 32;
const LOW_64_BITS = (1n << 64n) - 1n;

/** Offset of the message that begins at `start`. */
export function messageOffset(bytes: Buffer, start: number): number {
  const at = start + messageOffsetOffset;
  return bytes.readUInt32LE(at + 4) * TWO_TO_32 + bytes.readUInt32LE(at);
}

/** One message inside a buffer of frames. Fields are read when asked for, and nothing is copied. */
export class StoredMessage {
  readonly #bytes: Buffer;
  readonly #start: number;

  /** `start` is the first byte of a complete frame; `decodeMessages` checks that it is. */
  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  /** XXH3-64 of the frame behind the checksum. */
  get checksum(): bigint {
    return this.#bytes.readBigUInt64LE(this.#start);
  }

  /** 128 bits. */
  get id(): bigint {
    const low = this.#bytes.readBigUInt64LE(this.#start + messageIdOffset);
    const high = this.#bytes.readBigUInt64LE(this.#start + messageIdOffset + 8);
    return (high << 64n) | low;
  }

  get offset(): bigint {
    return this.#bytes.readBigUInt64LE(this.#start + messageOffsetOffset);
  }

  /** When the broker received it, in microseconds since the Unix epoch. */
  get timestamp(): bigint {
    return this.#bytes.readBigUInt64LE(this.#start + messageTimestampOffset);
  }

  /** When its sender made it; microseconds by convention, kept as it was sent. */
  get originTimestamp(): bigint {
    return this.#bytes.readBigUInt64LE(this.#start + messageOriginTimestampOffset);
  }

  /** A view of the bytes between header and user headers. */
  get payload(): Buffer {
    const start = this.#start + messageHeaderBytes;
    return this.#bytes.subarray(start, start + this.#payloadLength);
  }

  /** A view of the encoded headers; `decodeUserHeaders` reads them. */
  get userHeaders(): Buffer {
    const start = this.#start + messageHeaderBytes + this.#payloadLength;
    return this.#bytes.subarray(
      start,
      start + this.#bytes.readUInt32LE(this.#start + messageHeadersLengthOffset),
    );
  }

  get #payloadLength(): number {
    return this.#bytes.readUInt32LE(this.#start + messagePayloadLengthOffset);
  }
}

/**
 * The messages of a buffer that holds exactly `count` frames back to back. The messages are views:
 * each keeps the whole buffer alive. Throws a `WireError` where the frames do not fit the buffer.
 */
export function decodeMessages(frames: Uint8Array, count: number): StoredMessage[] {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.byteLength);
  const messages: StoredMessage[] = [];
  walkMessages(bytes, count, (start) => messages.push(new StoredMessage(bytes, start)));
  return messages;
}

/** The same for those who read the fields by themselves: tells where each message begins. */
export function walkMessages(bytes: Buffer, count: number, see: (start: number) => void): void {
  let start = 0;
  for (let index = 0; index < count; index++) {
    const end = frameEnd(bytes, start);
    see(start);
    start = end;
  }
  if (start !== bytes.byteLength) {
    throw new WireError(
      status.InvalidMessagesSize,
      `${count} messages end at ${start} of ${bytes.byteLength} bytes`,
    );
  }
}

function frameEnd(bytes: Buffer, start: number): number {
  const headerEnd = start + messageHeaderBytes;
  if (headerEnd > bytes.byteLength) {
    throw new WireError(status.InvalidMessagesSize, `no message header fits at ${start}`);
  }
  const headersLength = bytes.readUInt32LE(start + messageHeadersLengthOffset);
  const end = headerEnd + bytes.readUInt32LE(start + messagePayloadLengthOffset) + headersLength;
  if (end > bytes.byteLength) {
    throw new WireError(
      status.InvalidMessagesSize,
      `the message at ${start} ends at ${end} of ${bytes.byteLength} bytes`,
    );
  }
  return end;
}

/** Bytes of the frame that `writeMessage` makes of a message. */
export function messageFrameBytes(message: OutgoingMessage): number {
  const headersLength = message.userHeaders?.byteLength ?? 0;
  return messageHeaderBytes + message.payload.byteLength + headersLength;
}

/**
 * Throws a `WireError` for what no frame can carry: 4022 and 4017 for sizes, 4 for numbers. Callers
 * that batch check every message by itself, so that a bad one does not fail the others.
 */
export function assertMessage({
  payload,
  userHeaders,
  id,
  originTimestamp,
}: OutgoingMessage): void {
  const headersLength = userHeaders?.byteLength ?? 0;
  if (payload.byteLength > messagePayloadBytesMax) {
    throw new WireError(
      status.TooBigMessagePayload,
      `the payload has ${payload.byteLength} bytes, the limit is ${messagePayloadBytesMax}`,
    );
  }
  if (headersLength > userHeadersBytesMax) {
    throw new WireError(
      status.TooBigUserHeaders,
      `the user headers have ${headersLength} bytes, the limit is ${userHeadersBytesMax}`,
    );
  }
  assertBits('message id', id ?? 0n, 128);
  assertBits('origin timestamp', originTimestamp, 64);
}

function assertBits(field: string, value: bigint, bits: number): void {
  if (BigInt.asUintN(bits, value) !== value) {
    throw new WireError(status.InvalidFormat, `the ${field} ${value} does not fit ${bits} bits`);
  }
}

/** Checksum, offset and timestamp stay 0: the broker fills them in. */
export function writeMessage(writer: Writer, message: OutgoingMessage): void {
  assertMessage(message);
  const { payload, userHeaders } = message;
  writer.zeros(messageIdOffset);
  writeMessageId(writer, message.id ?? 0n);
  writer.zeros(messageOriginTimestampOffset - messageOffsetOffset).u64(message.originTimestamp);
  writer
    .u32(userHeaders?.byteLength ?? 0)
    .u32(payload.byteLength)
    .zeros(8)
    .bytes(payload);
  if (userHeaders !== undefined) writer.bytes(userHeaders);
}

function writeMessageId(writer: Writer, id: bigint): void {
  if (id === 0n) writer.zeros(16);
  else writer.u64(id & LOW_64_BITS).u64(id >> 64n);
}

/** Writes the header of a message without user headers, where its frame begins. */
export function writePlainHeader(
  bytes: Buffer,
  start: number,
  id: bigint,
  originTimestamp: bigint,
  payloadBytes: number,
): void {
  bytes.fill(0, start, start + messageHeaderBytes);
  if (id !== 0n) {
    bytes.writeBigUInt64LE(id & LOW_64_BITS, start + messageIdOffset);
    bytes.writeBigUInt64LE(id >> 64n, start + messageIdOffset + 8);
  }
  bytes.writeBigUInt64LE(originTimestamp, start + messageOriginTimestampOffset);
  bytes.writeUInt32LE(payloadBytes, start + messagePayloadLengthOffset);
}
