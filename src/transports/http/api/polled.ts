import type { Exchange } from '../../../commands/exchange.ts';
import type { BufferPool } from '../../../wire/buffer-pool.ts';
import {
  messageHeadersLengthOffset,
  messageIdOffset,
  messageOffsetOffset,
  messageOriginTimestampOffset,
  messagePayloadLengthOffset,
  messageTimestampOffset,
  walkMessages,
} from '../../../wire/classic/messages.ts';
import { decodeRawHeaders, type RawHeaderField } from '../../../wire/classic/user-headers.ts';
import { messageHeaderBytes, responseHeaderBytes } from '../../../wire/limits.ts';
import { WireError } from '../../../wire/wire-error.ts';
import type { CommandCall } from '../command-call.ts';
import { MessageNumbers } from './message-numbers.ts';
import { PooledText } from './pooled-text.ts';
import { type Printed, printedBytesMax, quickPrint, type Surroundings } from './quick-print.ts';

const PARTITION_OFFSET = responseHeaderBytes;
const CURRENT_OFFSET = PARTITION_OFFSET + 4;
const COUNT_OFFSET = CURRENT_OFFSET + 8;
/** How payloads are shown: as base64 in `payload`, or decoded as UTF-8 in `text`. */
export type PayloadForm = 'base64' | 'text';

/** What an answer to a poll is printed with; buffers come from the pool of the call. */
export type Printing = Pick<CommandCall, 'frameMemory' | 'pool'>;

/** The payload of an answer as the binary protocol gives it. */
export function binaryAnswer(
  { frame, pieces }: Exchange,
  { frameMemory, pool }: Printing,
): Printed {
  const head = frame.subarray(responseHeaderBytes);
  return pooled(joined([head, ...partsOf(pieces, frameMemory.bytes)], pool), pool);
}

/** The answer as JSON, from where its bytes lie. */
export function polledJson(exchange: Exchange, printing: Printing, form: PayloadForm): Printed {
  const { frame } = exchange;
  const head =
    `{"partition_id":${frame.readUInt32LE(PARTITION_OFFSET)},` +
    `"current_offset":${frame.readBigUInt64LE(CURRENT_OFFSET)},` +
    `"count":${countOf(exchange)},"messages":[`;
  return printedBetween(exchange, printing, form, { head, separator: ',', tail: ']}' });
}

/** The messages of a poll, one JSON object a line. */
export function polledLines(exchange: Exchange, printing: Printing, form: PayloadForm): Printed {
  const tail = countOf(exchange) === 0 ? '' : '\n';
  return printedBetween(exchange, printing, form, { head: '', separator: '\n', tail });
}

function printedBetween(
  exchange: Exchange,
  printing: Printing,
  form: PayloadForm,
  surroundings: Surroundings,
): Printed {
  const count = countOf(exchange);
  const quick =
    count > 0 && form === 'base64'
      ? quickPrint(exchange, count, printing.frameMemory, surroundings)
      : undefined;
  return quick ?? printedOneByOne(exchange, printing, form, surroundings);
}

function printedOneByOne(
  exchange: Exchange,
  printing: Printing,
  form: PayloadForm,
  { head, separator, tail }: Surroundings,
): Printed {
  const text = textFor(exchange, printing);
  text.write(head);
  let inFront = '';
  eachMessage(exchange, printing, (frames, start, numbers) => {
    writeWith(text, form, `${inFront}{${fieldsJson(frames, start, numbers, form)}`);
    inFront = separator;
  });
  text.write(tail);
  return pooled(text.finish(), printing.pool);
}

/** The messages of a poll as server-sent events, each with its place as its id. */
export function polledEvents(exchange: Exchange, printing: Printing, form: PayloadForm): Printed {
  const partitionId = exchange.frame.readUInt32LE(PARTITION_OFFSET);
  const text = textFor(exchange, printing);
  eachMessage(exchange, printing, (frames, start, numbers) => {
    const id = `${partitionId}:${numbers.u64(start + messageOffsetOffset)}`;
    const fields = fieldsJson(frames, start, numbers, form);
    writeWith(text, form, `id: ${id}\ndata: {"partition_id":${partitionId},${fields}\n\n`);
  });
  return pooled(text.finish(), printing.pool);
}

function countOf({ frame }: Exchange): number {
  return frame.readUInt32LE(COUNT_OFFSET);
}

function pooled(bytes: Buffer, pool: BufferPool): Printed {
  return { bytes, release: () => pool.release(bytes) };
}

/** Nearly always large enough for all that is written. */
function textFor(exchange: Exchange, { pool }: Printing): PooledText {
  return new PooledText(pool, printedBytesMax(exchange, countOf(exchange)));
}

function eachMessage(
  exchange: Exchange,
  { frameMemory, pool }: Printing,
  see: (frames: Buffer, start: number, numbers: MessageNumbers) => void,
): void {
  const parts = partsOf(exchange.pieces, frameMemory.bytes);
  // Of what was read from a file, a message may begin in one piece and end in the next.
  const frames = parts.length === 1 ? parts[0] : joined(parts, pool);
  const numbers = new MessageNumbers(frames);
  walkMessages(frames, countOf(exchange), (start) => see(frames, start, numbers));
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

/** What is in a message's JSON, and the brace behind it, as one text that is written at once. */
function fieldsJson(
  frames: Buffer,
  start: number,
  numbers: MessageNumbers,
  form: PayloadForm,
): string {
  const headersLength = numbers.u32(start + messageHeadersLengthOffset);
  const payloadLength = numbers.u32(start + messagePayloadLengthOffset);
  const payload = start + messageHeaderBytes;
  const payloadEnd = payload + payloadLength;
  return (
    `"header":{"checksum":${numbers.u64(start)},"id":${numbers.u128(start + messageIdOffset)},` +
    `"offset":${numbers.u64(start + messageOffsetOffset)},` +
    `"timestamp":${numbers.timestamp(start + messageTimestampOffset)},` +
    `"origin_timestamp":${numbers.originTimestamp(start + messageOriginTimestampOffset)},` +
    `"user_headers_length":${headersLength},"payload_length":${payloadLength},"reserved":0},` +
    `${payloadJson(frames, payload, payloadEnd, form)},` +
    `"user_headers":${headersJson(frames, payloadEnd, headersLength)}}`
  );
}

function payloadJson(frames: Buffer, start: number, end: number, form: PayloadForm): string {
  return form === 'base64'
    ? `"payload":"${frames.toString('base64', start, end)}"`
    : `"text":${JSON.stringify(frames.toString('utf8', start, end))}`;
}

/** Only payloads that are shown as texts have characters beyond ASCII. */
function writeWith(text: PooledText, form: PayloadForm, json: string): void {
  if (form === 'base64') text.write(json);
  else text.writeUtf8(json);
}

function headersJson(frames: Buffer, start: number, length: number): string {
  if (length === 0) return '[]';
  const bytes = frames.subarray(start, start + length);
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
