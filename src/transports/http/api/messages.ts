import * as v from 'valibot';
import { nowMicros } from '../../../commands/clock.ts';
import { flushUnsavedBuffer } from '../../../wire/classic/commands/flush-unsaved-buffer.ts';
import { pollMessages } from '../../../wire/classic/commands/poll-messages.ts';
import type { OutgoingMessage } from '../../../wire/classic/messages.ts';
import type { Partitioning } from '../../../wire/classic/structures/partitioning.ts';
import type { TopicTarget } from '../../../wire/classic/structures/targets.ts';
import { pollWaitMsMax } from '../../../wire/limits.ts';
import { WireError } from '../../../wire/wire-error.ts';
import type { OutgoingBatch } from '../command-call.ts';
import { malformed, refused } from '../errors.ts';
import { parseJson } from '../json.ts';
import { encodedBatch } from './batches.ts';
import { JsonBatch } from './json-batch.ts';
import { flagText, identifier, shown, u32Text, u64Text } from './kinds.ts';
import {
  messageOf,
  messagesKey,
  newMessageLine,
  partitioningOf,
  polledLine,
  polledMessages,
  sendMessages,
} from './message-schemas.ts';
import { type ApiContext, type Input, operation, type Reply } from './operation.ts';
import { polledJson, polledLines } from './polled.ts';
import { JSON_TYPE, made } from './replies.ts';
import { topicPath, topicTarget } from './targets.ts';
import { readBy, readJson } from './validation.ts';

const BYTES_TYPE = 'application/octet-stream';
const LINES_TYPE = 'application/x-ndjson';
const NEWLINE = 0x0a;
const tag = 'Messages';

/** The ways to say where a poll begins; one letter is enough. */
const strategies = ['offset', 'timestamp', 'first', 'last', 'next'] as const;

const strategy = shown(
  v.pipe(
    v.string(),
    v.transform((word) => strategies.find((one) => one === word || one[0] === word)),
    v.picklist(strategies, `must be one of ${strategies.join(', ')}`),
  ),
  { type: 'string', enum: strategies, default: 'offset' },
);

const placeQuery = v.object({
  partition_id: v.optional(
    shown(u32Text, { type: 'integer', description: 'Partition for bodies that name none.' }),
  ),
  messages_key: v.optional(messagesKey),
});

const send = operation({
  id: 'sendMessages',
  method: 'POST',
  path: '/streams/{stream_id}/topics/{topic_id}/messages',
  tag,
  summary: 'Send messages',
  description:
    'A batch as JSON, one message as its bytes, or one message a line. The messages of a body go ' +
    'to one partition, and all of them are stored or none.',
  pathSchema: topicPath,
  querySchema: placeQuery,
  bodies: [
    {
      contentType: JSON_TYPE,
      description: 'A batch with its partitioning.',
      schema: sendMessages,
      isReadLater: true,
    },
    { contentType: BYTES_TYPE, description: 'The payload of one message, as it is.' },
    {
      contentType: LINES_TYPE,
      description: 'One message a line, with its payload in base64 or as a text.',
      lineSchema: newMessageLine,
    },
  ],
  answers: { 201: { description: 'The messages are stored.' } },
  errors: [404, 413, 415],
  async run({ call }, input) {
    await call.send(batchOf(input));
    return made();
  },
});

type SendInput = Input<TopicPathValues, v.InferOutput<typeof placeQuery>, unknown>;

function batchOf({ contentType, bytes, path, query }: SendInput): OutgoingBatch {
  const target = topicTarget(path);
  const originTimestamp = BigInt(nowMicros());
  if (contentType === JSON_TYPE) {
    const quick = JsonBatch.read(bytes);
    return quick?.batchFor(target, originTimestamp) ?? batchOfJson(target, bytes, originTimestamp);
  }
  const partitioning = placeOf(query);
  const messages =
    contentType === BYTES_TYPE
      ? [{ payload: bytes, originTimestamp }]
      : messagesOfLines(bytes, originTimestamp);
  return checked(() => encodedBatch({ ...target, partitioning, messages }));
}

function batchOfJson(target: TopicTarget, bytes: Buffer, originTimestamp: bigint): OutgoingBatch {
  const body = readJson(sendMessages, bytes);
  return checked(() => {
    const messages = body.messages.map((message) => messageOf(message, originTimestamp));
    return encodedBatch({ ...target, partitioning: partitioningOf(body.partitioning), messages });
  });
}

function placeOf(query: v.InferOutput<typeof placeQuery>): Partitioning {
  const { partition_id: partitionId, messages_key: key } = query;
  if (partitionId !== undefined && key !== undefined) {
    throw malformed(400, 'Only one of partition_id and messages_key can be given.', 'messages_key');
  }
  if (partitionId !== undefined) return { kind: 'partition', partitionId };
  return key === undefined ? { kind: 'balanced' } : { kind: 'key', key };
}

function messagesOfLines(bytes: Buffer, originTimestamp: bigint): OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  let number = 0;
  for (let start = 0; start < bytes.byteLength; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.byteLength : newline;
    const line = bytes.toString('utf8', start, end).trim();
    number++;
    if (line !== '') messages.push(messageOfLine(line, number, originTimestamp));
    start = end + 1;
  }
  if (messages.length === 0) throw malformed(400, 'The body holds no line.');
  return messages;
}

function messageOfLine(line: string, number: number, originTimestamp: bigint): OutgoingMessage {
  const where = `line ${number}`;
  const {
    text,
    payload = text === undefined ? undefined : Buffer.from(text),
    ...rest
  } = readBy(newMessageLine, parsedLine(line, where), where);
  if (payload === undefined) {
    throw malformed(422, `The ${where} has neither payload nor text.`, 'payload');
  }
  return checked(() => messageOf({ ...rest, payload }, originTimestamp));
}

function parsedLine(line: string, where: string): unknown {
  try {
    return parseJson(line);
  } catch {
    throw malformed(400, `The ${where} of the body is no JSON.`);
  }
}

/** What a codec refuses to write is a mistake of the caller. */
function checked<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    throw error instanceof WireError ? refused(error.code, error.message) : error;
  }
}

const pollQuery = v.object({
  consumer_id: v.optional(identifier('consumer'), '1'),
  partition_id: v.optional(u32Text, '0'),
  kind: v.optional(strategy, 'offset'),
  value: v.optional(
    shown(u64Text, {
      type: 'integer',
      format: 'uint64',
      minimum: 0,
      default: 0,
      description: 'The offset, or the time in microseconds, for those two kinds.',
    }),
    '0',
  ),
  count: v.optional(u32Text, '10'),
  auto_commit: v.optional(flagText, 'false'),
  wait: v.optional(
    shown(v.pipe(u32Text, v.maxValue(pollWaitMsMax, `must be at most ${pollWaitMsMax}`)), {
      type: 'integer',
      minimum: 0,
      maximum: pollWaitMsMax,
      default: 0,
      description:
        'Milliseconds that the answer may be held back while there are no messages; at most ' +
        'what the broker allows (`polling.max_wait`).',
    }),
    '0',
  ),
  payload: v.optional(
    shown(v.picklist(['base64', 'text'], 'must be base64 or text'), {
      type: 'string',
      enum: ['base64', 'text'],
      default: 'base64',
      description: 'How lines show payloads: as base64, or decoded as UTF-8 in `text`.',
    }),
    'base64',
  ),
});

const poll = operation({
  id: 'pollMessages',
  method: 'GET',
  path: '/streams/{stream_id}/topics/{topic_id}/messages',
  tag,
  summary: 'Poll messages',
  description:
    'Reads from one partition, as a consumer of its own. Callers that accept ' +
    `\`${LINES_TYPE}\` get one message a line.`,
  pathSchema: topicPath,
  querySchema: pollQuery,
  answers: {
    200: {
      description: 'The messages; none where there are none.',
      content: { [JSON_TYPE]: polledMessages, [LINES_TYPE]: polledLine },
    },
  },
  errors: [404],
  run: pollReply,
});

async function pollReply(
  { call }: ApiContext,
  { path, query, request }: Input<TopicPathValues, v.InferOutput<typeof pollQuery>, unknown>,
): Promise<Reply> {
  const asLines = request.header('accept')?.includes(LINES_TYPE) === true;
  const body = await call.runRaw(
    pollMessages,
    {
      ...topicTarget(path),
      consumer: { kind: 'consumer', id: query.consumer_id },
      partitionId: query.partition_id,
      strategy: { kind: query.kind, value: query.value },
      count: query.count,
      autoCommit: query.auto_commit,
      waitMs: query.wait,
    },
    (exchange) =>
      asLines ? polledLines(exchange, call, query.payload) : polledJson(exchange, call),
  );
  const contentType = asLines ? LINES_TYPE : JSON_TYPE;
  const onSent = () => call.pool.release(body);
  return { status: 200, contentType, body, onSent, isIncompressible: true };
}

type TopicPathValues = v.InferOutput<typeof topicPath>;

const flush = operation({
  id: 'flushMessages',
  method: 'GET',
  path: '/streams/{stream_id}/topics/{topic_id}/messages/flush/{partition_id}/{fsync}',
  tag,
  summary: 'Bring a partition to the disk',
  description:
    'Acknowledged messages are in the file in any case; with `fsync` they are on the disk when ' +
    'this is answered. It is a GET although it does something, because the reference has it so.',
  pathSchema: v.object({ ...topicPath.entries, partition_id: u32Text, fsync: flagText }),
  answers: { 200: { description: 'It is done.' } },
  errors: [404],
  async run({ call }, { path }) {
    const { partition_id: partitionId, fsync } = path;
    await call.run(flushUnsavedBuffer, { ...topicTarget(path), partitionId, fsync });
    return { status: 200, body: '' };
  },
});

/** Operations on messages. */
export const messageOperations = [send, poll, flush];
