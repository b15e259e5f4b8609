import * as v from 'valibot';
import { PlainBatchWriter } from '../../../wire/classic/commands/send-messages.ts';
import type { Partitioning } from '../../../wire/classic/structures/partitioning.ts';
import type { TopicTarget } from '../../../wire/classic/structures/targets.ts';
import { indexEntryBytes, messageHeaderBytes } from '../../../wire/limits.ts';
import type { OutgoingBatch } from '../command-call.ts';
import { malformed } from '../errors.ts';
import { sendMessagesHead } from './batches.ts';
import { ByteCursor, UNUSUAL } from './byte-cursor.ts';
import { partitioning, partitioningOf, U128_MAX } from './message-schemas.ts';

const COMMA = 0x2c;
const PADDING = 0x3d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/**
 * A batch as JSON in the form that clients send, which is found out by one walk over the bytes that
 * arrived: nothing becomes a text, and payloads are decoded to where they are stored. Bodies of
 * another form, with user headers for example, are left to the general reader, which takes ten
 * times as long; so are all that are wrong, for it knows what to say of them.
 */
export class JsonBatch {
  readonly #body: Buffer;
  #partitioning: Partitioning | undefined;
  readonly #ids: bigint[] = [];
  /** Where the base64 of each payload begins and ends. */
  readonly #places: number[] = [];
  #payloadBytes = 0;

  private constructor(body: Buffer) {
    this.#body = body;
  }

  /** Undefined for what the general reader must read. */
  static read(body: Buffer): JsonBatch | undefined {
    const cursor = new ByteCursor(body);
    if (cursor.hasEscapes) return undefined;
    const batch = new JsonBatch(body);
    try {
      batch.#readMembers(cursor);
    } catch (error) {
      if (error === UNUSUAL) return undefined;
      throw error;
    }
    return batch;
  }

  /** The batch as it is sent; its body must stay as it is until then. */
  batchFor(target: TopicTarget, originTimestamp: bigint): OutgoingBatch {
    const messagesCount = this.#ids.length;
    const partitioning = this.#partitioning as Partitioning;
    const head = sendMessagesHead({ ...target, partitioning, messagesCount });
    const framesBytes = messagesCount * (indexEntryBytes + messageHeaderBytes);
    const bytes = head.byteLength + framesBytes + this.#payloadBytes;
    const writeTo = (memory: Buffer) => {
      head.copy(memory);
      const writer = new PlainBatchWriter(memory, head.byteLength, messagesCount);
      for (let i = 0; i < messagesCount; i++) this.#write(memory, writer, i, originTimestamp);
    };
    return { bytes, writeTo };
  }

  #write(memory: Buffer, writer: PlainBatchWriter, index: number, originTimestamp: bigint): void {
    const [start, end] = [this.#places[2 * index], this.#places[2 * index + 1]];
    const bytes = this.#decodedBytes(start, end);
    const place = writer.add(this.#ids[index], originTimestamp, bytes);
    const written = memory.write(this.#body.toString('latin1', start, end), place, bytes, 'base64');
    // Node.js skips what is no base64, so the bytes are fewer than the characters stand for.
    if (written === bytes) return;
    const field = `messages.${index}.payload`;
    throw malformed(400, `${field} in the body must be base64 with padding.`, field);
  }

  #decodedBytes(start: number, end: number): number {
    if (start === end) return 0;
    const padding =
      Number(this.#body[end - 1] === PADDING) + Number(this.#body[end - 2] === PADDING);
    return ((end - start) / 4) * 3 - padding;
  }

  // ── Reading ───────────────────────────────────────────────────────────────────────────────────

  #readMembers(cursor: ByteCursor): void {
    cursor.expect(OPENING_BRACE);
    do {
      const name = cursor.name();
      if (name === 'partitioning' && this.#partitioning === undefined) this.#readPlace(cursor);
      else if (name === 'messages' && this.#ids.length === 0) this.#readMessages(cursor);
      else throw UNUSUAL;
    } while (cursor.takes(COMMA));
    cursor.expect(CLOSING_BRACE);
    cursor.expectEnd();
    if (this.#partitioning === undefined || this.#ids.length === 0) throw UNUSUAL;
  }

  #readPlace(cursor: ByteCursor): void {
    const members: [name: string, text: string][] = [];
    cursor.expect(OPENING_BRACE);
    do members.push([cursor.name(), cursor.text()]);
    while (cursor.takes(COMMA));
    cursor.expect(CLOSING_BRACE);
    const read = v.safeParse(partitioning, Object.fromEntries(members));
    if (!read.success) throw UNUSUAL;
    this.#partitioning = partitioningOf(read.output);
  }

  #readMessages(cursor: ByteCursor): void {
    cursor.expect(OPENING_BRACKET);
    do this.#readMessage(cursor);
    while (cursor.takes(COMMA));
    cursor.expect(CLOSING_BRACKET);
  }

  #readMessage(cursor: ByteCursor): void {
    let id: bigint | undefined;
    let isWithPayload = false;
    cursor.expect(OPENING_BRACE);
    do {
      const name = cursor.name();
      if (name === 'id' && id === undefined) id = readId(cursor);
      else if (name === 'payload' && !isWithPayload) isWithPayload = this.#readPayload(cursor);
      else throw UNUSUAL;
    } while (cursor.takes(COMMA));
    cursor.expect(CLOSING_BRACE);
    if (!isWithPayload) throw UNUSUAL;
    this.#ids.push(id ?? 0n);
  }

  #readPayload(cursor: ByteCursor): true {
    cursor.skipText();
    if ((cursor.textEnd - cursor.textStart) % 4 !== 0) throw UNUSUAL;
    this.#places.push(cursor.textStart, cursor.textEnd);
    this.#payloadBytes += this.#decodedBytes(cursor.textStart, cursor.textEnd);
    return true;
  }
}

function readId(cursor: ByteCursor): bigint {
  const digits = cursor.digits();
  if (digits === '0') return 0n;
  const id = BigInt(digits);
  if (id > U128_MAX) throw UNUSUAL;
  return id;
}
