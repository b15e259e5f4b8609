import type { Cipher } from '../encryption/cipher.ts';
import type { Kernel } from '../memory/kernel.ts';
import { KernelMemory } from '../memory/kernel-memory.ts';
import {
  arenaPageBytes,
  encryptionBytes,
  encryptionMemoryBytes,
  indexEntryBytes,
  messageHeaderBytes,
  unreadableMessagesNotedMax,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import type { BlockCache } from './block-cache.ts';
import { allocatePieces, MEMORY_SHORT } from './message-reader.ts';
import type { Batch } from './partition-cache.ts';
import type { PollReply } from './poll-reply.ts';

// Where the fields of a message header lie.
const HEADERS_LENGTH_AT = 48;
const PAYLOAD_LENGTH_AT = 52;
/** What is hashed begins behind the checksum. */
const HASHED_AT = 8;
const NOTHING = Buffer.alloc(0);

/** What a message cipher needs of the shard that it works for. */
export interface MessageCipherParts {
  readonly cipher: Cipher;
  readonly module: WebAssembly.Module;
  /** The whole arena. */
  readonly arena: Buffer;
  readonly kernel: Kernel;
  readonly cache: BlockCache;
  readonly report: (level: 'error', message: string) => void;
}

interface Opened {
  readonly count: number;
  /** Bytes of these messages. */
  readonly bytes: number;
}

/**
 * Encryption at rest: payload and user headers of each message are encrypted before they are
 * stored, and decrypted on their way to a reader; header and index stay in clear. Works in memory
 * outside the arena, because messages grow and readers may hold all of a shard's region.
 *
 * `accept` and `copy` stand in the place of the kernel's for batches that `seal` has returned.
 */
export class MessageCipher implements Pick<Kernel, 'accept' | 'copy'> {
  readonly #parts: MessageCipherParts;
  readonly #memory: KernelMemory;
  readonly #noted = new Set<string>();

  constructor(parts: MessageCipherParts) {
    this.#parts = parts;
    this.#memory = new KernelMemory(parts.module);
  }

  /** The memory that sealed batches lie in, each until the next call of `seal` or `open`. */
  get bytes(): Buffer {
    return this.#memory.bytes;
  }

  /** Checks a batch and encrypts it. Returns the batch that is to be stored, or a status. */
  seal(batch: Batch): Batch | number {
    const { indexes, messages, messagesBytes, count } = batch;
    const ids = this.#parts.kernel.check(indexes, count, messages, messagesBytes);
    if (ids < 0) return -ids;
    try {
      return this.#encrypt(batch);
    } catch (error) {
      const reason = (error as Error).message;
      this.#parts.report('error', `A batch was refused, it cannot be encrypted: ${reason}`);
      return status.CannotEncryptData;
    }
  }

  accept(
    indexes: number,
    count: number,
    messages: number,
    _length: number,
    baseOffset: bigint,
    segmentBaseOffset: bigint,
    position: number,
    timestamp: bigint,
  ): number {
    const place = [indexes, count, messages, baseOffset, segmentBaseOffset] as const;
    this.#memory.kernel.stamp(...place, position, timestamp);
    return 0;
  }

  /** Copies part of a sealed batch into the arena. */
  copy(to: number, from: number, length: number): void {
    this.#parts.arena.set(this.bytes.subarray(from, from + length), to);
  }

  /**
   * Puts the decrypted messages in the place of what a reply holds, with the lengths and checksums
   * that belong to them, the one at `offset` first. Stops in front of the first message that cannot
   * be decrypted, and says so of the partition in `dir`. Returns a status, also when that is the
   * first message, or `MEMORY_SHORT`.
   */
  open(reply: PollReply, dir: string, offset: number): number {
    const { cache, arena } = this.#parts;
    const wanted = reply.messagesCount;
    if (wanted === 0) return 0;
    const storedBytes = this.#gather(reply);
    reply.release(cache);
    const { count, bytes } = this.#decryptAll(wanted, storedBytes);
    if (count < wanted) this.#note(dir, offset + count);
    if (count === 0) return status.CannotDecryptData;
    const buffers = allocatePieces(cache, bytes);
    if (buffers === undefined) return MEMORY_SHORT;
    reply.addFile(buffers, bytes, count);
    let from = arenaPageBytes;
    for (let i = 0; i < reply.pieces.length; i += 2) {
      const length = reply.pieces[i + 1];
      arena.set(this.bytes.subarray(from, from + length), reply.pieces[i]);
      from += length;
    }
    return 0;
  }

  #encrypt(batch: Batch): Batch {
    const { arena } = this.#parts;
    const { count, messagesBytes } = batch;
    const indexes = arenaPageBytes;
    const messages = indexes + count * indexEntryBytes;
    this.#reserve(count * (indexEntryBytes + 2 * encryptionBytes) + messagesBytes);
    let from = batch.messages;
    let to = messages;
    for (let i = 0; i < count; i++) {
      const payload = from + messageHeaderBytes;
      const headers = payload + arena.readUInt32LE(from + PAYLOAD_LENGTH_AT);
      const end = headers + arena.readUInt32LE(from + HEADERS_LENGTH_AT);
      this.bytes.set(arena.subarray(from, payload), to);
      const payloadBytes = this.#sealInto(to + messageHeaderBytes, payload, headers);
      const headersAt = to + messageHeaderBytes + payloadBytes;
      const headersBytes = end === headers ? 0 : this.#sealInto(headersAt, headers, end);
      this.#writeLengths(to, payloadBytes, headersBytes);
      from = end;
      to = headersAt + headersBytes;
    }
    const place = { allocation: 0, bytes: 0, isKeepable: false, indexes, messages };
    return { ...place, count, messagesBytes: to - messages };
  }

  /** Encrypts a part of the arena. Returns how long it is then. */
  #sealInto(to: number, from: number, end: number): number {
    const length = end - from + encryptionBytes;
    const { cipher, arena } = this.#parts;
    cipher.encryptInto(arena.subarray(from, end), this.bytes.subarray(to, to + length));
    return length;
  }

  #writeLengths(message: number, payloadBytes: number, headersBytes: number): void {
    this.bytes.writeUInt32LE(payloadBytes, message + PAYLOAD_LENGTH_AT);
    this.bytes.writeUInt32LE(headersBytes, message + HEADERS_LENGTH_AT);
  }

  /** Copies what a reply holds behind the first page. Returns its length. */
  #gather({ pieces, bytes }: PollReply): number {
    this.#reserve(bytes);
    let to = arenaPageBytes;
    for (let i = 0; i < pieces.length; i += 2) {
      const end = pieces[i] + pieces[i + 1];
      this.bytes.set(this.#parts.arena.subarray(pieces[i], end), to);
      to += pieces[i + 1];
    }
    return bytes;
  }

  /** Decrypts messages in place; they become shorter and move together. */
  #decryptAll(wanted: number, storedBytes: number): Opened {
    const end = arenaPageBytes + storedBytes;
    let from = arenaPageBytes;
    let to = arenaPageBytes;
    let count = 0;
    for (; count < wanted; count++) {
      const length = this.#storedLength(from, end);
      const opened = length === 0 ? 0 : this.#decryptOne(from, length, to);
      if (opened === 0) break;
      from += length;
      to += opened;
    }
    return { count, bytes: to - arenaPageBytes };
  }

  /** Bytes of a stored message, 0 when it is not as it was stored. */
  #storedLength(message: number, end: number): number {
    const { bytes } = this;
    if (end - message < messageHeaderBytes) return 0;
    const payloadBytes = bytes.readUInt32LE(message + PAYLOAD_LENGTH_AT);
    const headersBytes = bytes.readUInt32LE(message + HEADERS_LENGTH_AT);
    const length = messageHeaderBytes + payloadBytes + headersBytes;
    if (length > end - message) return 0;
    return this.#checksum(message, length) === bytes.readBigUInt64LE(message) ? length : 0;
  }

  /** Returns how long the message is decrypted, 0 when it cannot be; then nothing has changed. */
  #decryptOne(from: number, length: number, to: number): number {
    const { bytes } = this;
    const payloadAt = from + messageHeaderBytes;
    const headersAt = payloadAt + bytes.readUInt32LE(from + PAYLOAD_LENGTH_AT);
    const end = from + length;
    const payload = this.#decrypt(payloadAt, headersAt);
    const headers = end === headersAt ? NOTHING : this.#decrypt(headersAt, end);
    if (payload === undefined || headers === undefined) return 0;
    bytes.copyWithin(to, from, payloadAt);
    this.#writeLengths(to, payload.byteLength, headers.byteLength);
    bytes.set(payload, to + messageHeaderBytes);
    bytes.set(headers, to + messageHeaderBytes + payload.byteLength);
    const opened = messageHeaderBytes + payload.byteLength + headers.byteLength;
    bytes.writeBigUInt64LE(this.#checksum(to, opened), to);
    return opened;
  }

  #decrypt(start: number, end: number): Buffer | undefined {
    return this.#parts.cipher.decrypt(this.bytes.subarray(start, end));
  }

  #checksum(message: number, length: number): bigint {
    return this.#memory.kernel.xxh3(message + HASHED_AT, length - HASHED_AT);
  }

  #reserve(bytes: number): void {
    const isLarge = this.bytes.byteLength > encryptionMemoryBytes;
    if (isLarge && bytes <= encryptionMemoryBytes / 2) this.#memory.rest();
    const least = Math.min(encryptionMemoryBytes, bytes * 2) - arenaPageBytes;
    this.#memory.reserve(Math.max(bytes, least));
  }

  /** Says it once: readers come again and again. */
  #note(dir: string, offset: number): void {
    const place = `${dir}: the message at offset ${offset}`;
    if (this.#noted.has(place)) return;
    if (this.#noted.size >= unreadableMessagesNotedMax) this.#noted.clear();
    this.#noted.add(place);
    this.#parts.report('error', `${place} is damaged or was encrypted with another key`);
  }
}
