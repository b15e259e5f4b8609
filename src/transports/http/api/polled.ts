import type { Exchange } from '../../../commands/exchange.ts';
import type { BufferPool } from '../../../wire/buffer-pool.ts';
import { decodeMessages, type StoredMessage } from '../../../wire/classic/messages.ts';
import { decodeRawHeaders, type RawHeaderField } from '../../../wire/classic/user-headers.ts';
import { responseHeaderBytes } from '../../../wire/limits.ts';
import { WireError } from '../../../wire/wire-error.ts';
import type { CommandCall } from '../command-call.ts';
import { PooledText } from './pooled-text.ts';

const PARTITION_OFFSET = responseHeaderBytes;
const CURRENT_OFFSET = PARTITION_OFFSET + 4;
const COUNT_OFFSET = CURRENT_OFFSET + 8;
/** The header of a message as JSON, with all digits that its numbers can have, and what is around. */
const HEADER_CHARACTERS = 300;

/** How payloads are shown: as base64 in `payload`, or decoded as UTF-8 in `text`. */
export type PayloadForm = 'base64' | 'text';

/** What an answer to a poll is printed with; buffers come from the pool of the call. */
export type Printing = Pick<CommandCall, 'memory' | 'pool'>;

/** The payload of an answer as the binary protocol gives it. */
export function binaryAnswer({ frame, pieces }: Exchange, { memory, pool }: Printing): Buffer {
  const head = frame.subarray(responseHeaderBytes);
  return joined([head, ...partsOf(pieces, memory)], pool);
}

/** The answer as JSON, from where its bytes lie. */
export function polledJson(exchange: Exchange, printing: Printing, form: PayloadForm): Buffer {
  const { frame } = exchange;
  const text = textFor(exchange, printing);
  text.write(
    `{"partition_id":${frame.readUInt32LE(PARTITION_OFFSET)},` +
      `"current_offset":${frame.readBigUInt64LE(CURRENT_OFFSET)},` +
      `"count":${frame.readUInt32LE(COUNT_OFFSET)},"messages":[`,
  );
  let separator = '';
  eachMessage(exchange, printing, (message) => {
    text.write(separator);
    text.write('{');
    writeFields(text, message, form);
    separator = ',';
  });
  text.write(']}');
  return text.finish();
}

/** The messages of a poll, one JSON object a line. */
export function polledLines(exchange: Exchange, printing: Printing, form: PayloadForm): Buffer {
  const text = textFor(exchange, printing);
  eachMessage(exchange, printing, (message) => {
    text.write('{');
    writeFields(text, message, form);
    text.write('\n');
  });
  return text.finish();
}

/** The messages of a poll as server-sent events, each with its place as its id. */
export function polledEvents(exchange: Exchange, printing: Printing, form: PayloadForm): Buffer {
  const partitionId = exchange.frame.readUInt32LE(PARTITION_OFFSET);
  const text = textFor(exchange, printing);
  eachMessage(exchange, printing, (message) => {
    text.write(`id: ${partitionId}:${message.offset}\ndata: {"partition_id":${partitionId},`);
    writeFields(text, message, form);
    text.write('\n\n');
  });
  return text.finish();
}

/** Nearly always large enough for all that is written. */
function textFor({ frame, bytes }: Exchange, { pool }: Printing): PooledText {
  const count = frame.readUInt32LE(COUNT_OFFSET);
  return new PooledText(pool, Math.ceil(bytes / 3) * 4 + (count + 1) * HEADER_CHARACTERS);
}

function eachMessage(
  { frame, pieces }: Exchange,
  { memory, pool }: Printing,
  see: (message: StoredMessage) => void,
): void {
  const parts = partsOf(pieces, memory);
  // Of what was read from a file, a message may begin in one piece and end in the next.
  const frames = parts.length === 1 ? parts[0] : joined(parts, pool);
  for (const message of decodeMessages(frames, frame.readUInt32LE(COUNT_OFFSET))) see(message);
  if (parts.length > 1) pool.release(frames);
}

function partsOf(pieces: readonly number[], memory: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    parts.push(memory.subarray(pieces[i], pieces[i] + pieces[i + 1]));
  }
  return parts;
}

function joined(parts: readonly Buffer[], pool: BufferPool): Buffer {
  const bytes = parts.reduce((total, { byteLength }) => total + byteLength, 0);
  const whole = pool.allocate(bytes);
  let end = 0;
  for (const part of parts) end += part.copy(whole, end);
  return whole.subarray(0, bytes);
}

/**
 * What is in a message's JSON, and the brace behind it. Digit by digit: numbers of JavaScript hold
 * neither ids nor checksums.
 */
function writeFields(text: PooledText, message: StoredMessage, form: PayloadForm): void {
  const { payload, userHeaders } = message;
  text.write(
    `"header":{"checksum":${message.checksum},"id":${message.id},"offset":${message.offset},` +
      `"timestamp":${message.timestamp},"origin_timestamp":${message.originTimestamp},` +
      `"user_headers_length":${userHeaders.byteLength},` +
      `"payload_length":${payload.byteLength},"reserved":0},`,
  );
  if (form === 'base64') {
    text.write('"payload":"');
    text.writeBase64(payload);
    text.write('"');
  } else {
    text.writeUtf8(`"text":${JSON.stringify(payload.toString('utf8'))}`);
  }
  text.write(`,"user_headers":${headersJson(userHeaders)}}`);
}

function headersJson(bytes: Buffer): string {
  if (bytes.byteLength === 0) return '[]';
  try {
    const headers = decodeRawHeaders(bytes).map(
      ({ key, value }) => `{"key":${fieldJson(key)},"value":${fieldJson(value)}}`,
    );
    return `[${headers.join(',')}]`;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `"${bytes.toString('base64')}"`;
  }
}

function fieldJson({ kind, bytes }: RawHeaderField): string {
  return `{"kind":"${kind}","value":"${Buffer.from(bytes).toString('base64')}"}`;
}
