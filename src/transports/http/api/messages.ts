import * as v from 'valibot';
import { nowMicros } from '../../../commands/clock.ts';
import { flushUnsavedBuffer } from '../../../wire/classic/commands/flush-unsaved-buffer.ts';
import type { OutgoingMessage } from '../../../wire/classic/messages.ts';
import type { Partitioning } from '../../../wire/classic/structures/partitioning.ts';
import type { TopicTarget } from '../../../wire/classic/structures/targets.ts';
import { WireError } from '../../../wire/wire-error.ts';
import type { OutgoingBatch } from '../command-call.ts';
import { malformed, refused } from '../errors.ts';
import { parseJson } from '../json.ts';
import { encodedBatch } from './batches.ts';
import { JsonBatch } from './json-batch.ts';
import { flagText, shown, u32Text } from './kinds.ts';
import {
  messageOf,
  messagesKey,
  newMessageLine,
  partitioningOf,
  sendMessages,
} from './message-schemas.ts';
import { type Input, operation } from './operation.ts';
import {
  answerEntries,
  LINES_TYPE,
  polledAnswers,
  polledReply,
  readerEntries,
  readRequest,
} from './polls.ts';
import { JSON_TYPE, made } from './replies.ts';
import { topicPath, topicTarget } from './targets.ts';
import { readBy, readJson } from './validation.ts';

const BYTES_TYPE = 'application/octet-stream';
const NEWLINE = 0x0a;
const tag = 'Messages';

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
  ...readerEntries,
  count: v.optional(u32Text, '10'),
  auto_commit: v.optional(flagText, 'false'),
  ...answerEntries,
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
  answers: polledAnswers,
  errors: [404],
  run: ({ call }, { path, query, request }) =>
    polledReply(call, request, query.payload, {
      ...readRequest(path, query),
      waitMs: query.wait,
    }),
});

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
