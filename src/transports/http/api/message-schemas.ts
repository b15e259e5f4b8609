import * as v from 'valibot';
import type { OutgoingMessage } from '../../../wire/classic/messages.ts';
import type { Partitioning } from '../../../wire/classic/structures/partitioning.ts';
import { encodeRawHeaders, headerKinds } from '../../../wire/classic/user-headers.ts';
import { base64, shown, timestamp, u32, u64, u128 } from './kinds.ts';

/** The largest message id. */
export const U128_MAX = 2n ** 128n - 1n;
const HEX_DIGITS = /^[\da-f]{32}$/i;
const PARTITION_BYTES = 4;
const KEY_BYTES_MAX = 255;

const kindNames = Object.keys(headerKinds) as (keyof typeof headerKinds)[];

const headerField = v.object({
  kind: v.picklist(kindNames, `must be one of ${kindNames.join(', ')}`),
  value: base64,
});

/** User headers one by one. */
const headerList = v.array(v.object({ key: headerField, value: headerField }));

/** User headers one by one, or as bytes that were put together already. */
const userHeaders = v.union([headerList, base64], 'must be a list of headers, or base64');

/** A number, its digits as a text, or a UUID. */
const messageId = shown(
  v.pipe(
    v.union([v.number(), v.bigint(), v.string()], 'must be a number or a text'),
    v.transform(parseId),
    v.bigint('must be a whole number of 128 bits, or a UUID'),
  ),
  {
    description: 'A number of 128 bits, its digits as a text, or a UUID; 0 lets the broker choose.',
    oneOf: [{ type: 'integer', format: 'uint128', minimum: 0 }, { type: 'string' }],
  },
);

function isKeyLength(byteLength: number): boolean {
  return byteLength > 0 && byteLength <= KEY_BYTES_MAX;
}

function parseId(value: number | bigint | string): bigint | undefined {
  if (typeof value === 'string') return parseTextId(value);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  const id = BigInt(value);
  return id >= 0n && id <= U128_MAX ? id : undefined;
}

function parseTextId(text: string): bigint | undefined {
  if (/^\d{1,39}$/.test(text)) return BigInt(text) <= U128_MAX ? BigInt(text) : undefined;
  const digits = text.replaceAll('-', '');
  return HEX_DIGITS.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

/** A message as it is sent. */
export const newMessage = v.object({
  id: v.optional(messageId),
  payload: base64,
  user_headers: v.nullish(userHeaders),
});

/** A line of a body of messages: as in a batch, or with a text for a payload. */
export const newMessageLine = v.object({
  id: v.optional(messageId),
  payload: v.optional(base64),
  text: v.optional(v.string('must be a text')),
  user_headers: v.nullish(userHeaders),
});

type NewMessage = v.InferOutput<typeof newMessage>;

/** A key that chooses the partition, as a text in a query. */
export const messagesKey = shown(
  v.pipe(
    v.string(),
    v.transform((text) => Buffer.from(text)),
    v.check(({ byteLength }) => isKeyLength(byteLength), 'must be a text of 1 to 255 bytes'),
  ),
  {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    description: 'Key of 1 to 255 bytes that chooses the partition for bodies that name none.',
  },
);

/** How the partition of a batch is chosen. */
export const partitioning = v.pipe(
  v.object({
    kind: v.picklist(['balanced', 'partition_id', 'messages_key']),
    value: base64,
  }),
  v.check(({ kind, value: { byteLength } }) => {
    if (kind === 'balanced') return true;
    return kind === 'partition_id' ? byteLength === PARTITION_BYTES : isKeyLength(byteLength);
  }, 'must have a value of 4 bytes for partition_id, of 1 to 255 bytes for messages_key'),
);

/** A batch of messages and where it goes. */
export const sendMessages = v.strictObject({
  partitioning,
  messages: v.pipe(v.array(newMessage), v.minLength(1, 'must hold at least one message')),
});

/** The partitioning that a body stands for. */
export function partitioningOf({ kind, value }: v.InferOutput<typeof partitioning>): Partitioning {
  if (kind === 'balanced') return { kind };
  if (kind === 'messages_key') return { kind: 'key', key: value };
  return { kind: 'partition', partitionId: value.readUInt32LE() };
}

/** The message that a body stands for. Throws a `WireError` for headers that cannot be. */
export function messageOf(message: NewMessage, originTimestamp: bigint): OutgoingMessage {
  const { id, payload, user_headers: headers } = message;
  return { id, payload, originTimestamp, userHeaders: headerBytes(headers) };
}

function headerBytes(headers: NewMessage['user_headers']): Buffer | undefined {
  if (headers === undefined || headers === null) return undefined;
  if (Buffer.isBuffer(headers)) return headers;
  return encodeRawHeaders(
    headers.map(({ key, value }) => ({
      key: { kind: key.kind, bytes: key.value },
      value: { kind: value.kind, bytes: value.value },
    })),
  );
}

/** A message as it is polled. */
export const polledMessage = v.object({
  header: v.object({
    checksum: u64,
    id: u128,
    offset: u64,
    timestamp,
    origin_timestamp: timestamp,
    user_headers_length: u32,
    payload_length: u32,
    reserved: u64,
  }),
  payload: base64,
  user_headers: v.union([headerList, base64]),
});

/** A line of polled messages: with the payload in base64 or as a text. */
export const polledLine = v.object({
  ...polledMessage.entries,
  payload: v.optional(base64),
  text: v.optional(v.string()),
});

/** What a poll answers. */
export const polledMessages = v.object({
  partition_id: u32,
  current_offset: u64,
  count: u32,
  messages: v.array(polledMessage),
});
