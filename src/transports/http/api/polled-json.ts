import type { Exchange } from '../../../commands/exchange.ts';
import { decodeMessages, type StoredMessage } from '../../../wire/classic/messages.ts';
import { decodeRawHeaders, type RawHeaderField } from '../../../wire/classic/user-headers.ts';
import { responseHeaderBytes } from '../../../wire/limits.ts';
import { WireError } from '../../../wire/wire-error.ts';

const PARTITION_OFFSET = responseHeaderBytes;
const CURRENT_OFFSET = PARTITION_OFFSET + 4;
const COUNT_OFFSET = CURRENT_OFFSET + 8;

/** How payloads are shown: as base64 in `payload`, or decoded as UTF-8 in `text`. */
export type PayloadForm = 'base64' | 'text';

/** Messages that a poll gave. */
export function polledCount({ frame }: Exchange): number {
  return frame.readUInt32LE(COUNT_OFFSET);
}

/** The answer to a poll as JSON, from where its bytes lie: nothing of it is copied before. */
export function polledJson(exchange: Exchange, memory: Buffer, form: PayloadForm): string {
  const { frame } = exchange;
  const messages = messagesOf(exchange, memory).map((message) => messageJson(message, form));
  return (
    `{"partition_id":${frame.readUInt32LE(PARTITION_OFFSET)},` +
    `"current_offset":${frame.readBigUInt64LE(CURRENT_OFFSET)},` +
    `"count":${polledCount(exchange)},"messages":[${messages.join(',')}]}`
  );
}

/** The messages of a poll, one JSON object a line. */
export function polledLines(exchange: Exchange, memory: Buffer, form: PayloadForm): string {
  return messagesOf(exchange, memory)
    .map((message) => `${messageJson(message, form)}\n`)
    .join('');
}

/** The messages of a poll as server-sent events, each with its place as its id. */
export function polledEvents(exchange: Exchange, memory: Buffer, form: PayloadForm): string {
  const partitionId = exchange.frame.readUInt32LE(PARTITION_OFFSET);
  return messagesOf(exchange, memory)
    .map((message) => {
      const json = messageJson(message, form, `"partition_id":${partitionId},`);
      return `id: ${partitionId}:${message.offset}\ndata: ${json}\n\n`;
    })
    .join('');
}

function messagesOf({ frame, pieces }: Exchange, memory: Buffer): StoredMessage[] {
  const parts: Buffer[] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    parts.push(memory.subarray(pieces[i], pieces[i] + pieces[i + 1]));
  }
  // Of what was read from a file, a message may begin in one piece and end in the next.
  const frames = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  return decodeMessages(frames, frame.readUInt32LE(COUNT_OFFSET));
}

/** Digit by digit: numbers of JavaScript hold neither ids nor checksums. `before` comes first. */
function messageJson(message: StoredMessage, form: PayloadForm, before = ''): string {
  const { payload, userHeaders } = message;
  const shown =
    form === 'base64'
      ? `"payload":"${payload.toString('base64')}"`
      : `"text":${JSON.stringify(payload.toString('utf8'))}`;
  return (
    `{${before}"header":{"checksum":${message.checksum},"id":${message.id},"offset":${message.offset},` +
    `"timestamp":${message.timestamp},"origin_timestamp":${message.originTimestamp},` +
    `"user_headers_length":${userHeaders.byteLength},"payload_length":${payload.byteLength},` +
    `"reserved":0},${shown},"user_headers":${headersJson(userHeaders)}}`
  );
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
