import assert from 'node:assert/strict';
import { xxh3 } from '@node-rs/xxhash';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import {
  type PolledMessages,
  type PollMessagesRequest,
  pollMessages,
} from '../../src/wire/classic/commands/poll-messages.ts';
import {
  type SendMessagesRequest,
  sendMessages,
} from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import {
  decodeMessages,
  type OutgoingMessage,
  type StoredMessage,
} from '../../src/wire/classic/messages.ts';
import type { Partitioning } from '../../src/wire/classic/structures/partitioning.ts';
import type { PollingStrategy } from '../../src/wire/classic/structures/polling-strategy.ts';
import { UNLIMITED } from '../../src/wire/classic/structures/topic.ts';
import type { RawClient } from './raw-client.ts';

/** A client of a test over whatever transport. */
export type Caller = Pick<RawClient, 'call'>;

/** The topic that tests use unless they say otherwise. */
export const place = { streamId: 'orders', topicId: 'events' } as const;

/** A CreateTopic request with settings that no test cares about. */
export function topicRequest(streamId: number | string, name: string, partitionsCount = 1) {
  return {
    streamId,
    name,
    partitionsCount,
    compressionAlgorithm: 1,
    messageExpiryMicros: UNLIMITED,
    maxSizeBytes: UNLIMITED,
    replicationFactor: 1,
  };
}

/** Creates the stream `orders` with the topic `events`. */
export async function createPlace(client: Caller, partitionsCount = 1): Promise<void> {
  await client.call(createStream, { name: place.streamId });
  await client.call(createTopic, topicRequest(place.streamId, place.topicId, partitionsCount));
}

/** A strategy by its name and value. */
export function strategy(kind: PollingStrategy['kind'], value: number | bigint = 0) {
  return { kind, value: BigInt(value) };
}

/** A poll of partition 0 by consumer 1 from the first message on, as far as it is not changed. */
export function pollRequest(changes: Partial<PollMessagesRequest> = {}): PollMessagesRequest {
  return {
    ...place,
    consumer: { kind: 'consumer', id: 1 },
    partitionId: 0,
    strategy: strategy('first'),
    count: 1000,
    autoCommit: false,
    ...changes,
  };
}

export function toPartition(partitionId: number): Partitioning {
  return { kind: 'partition', partitionId };
}

/** Messages with these payloads. */
export function messagesOf(payloads: readonly (string | Uint8Array)[]): OutgoingMessage[] {
  return payloads.map((payload) => ({ originTimestamp: 7n, payload: Buffer.from(payload) }));
}

/** A batch with these payloads for a partition, or for wherever the partitioning says. */
export function sendRequest(
  payloads: readonly (string | Uint8Array)[],
  partitioning: Partitioning | number = 0,
): SendMessagesRequest {
  const isNumber = typeof partitioning === 'number';
  return {
    ...place,
    partitioning: isNumber ? toPartition(partitioning) : partitioning,
    messages: messagesOf(payloads),
  };
}

export function sendFrame(
  payloads: readonly (string | Uint8Array)[],
  partitioning: Partitioning | number = 0,
): Buffer {
  return encodeRequest(sendMessages, sendRequest(payloads, partitioning));
}

/** The frame of a poll of one message by its offset. */
export function pollFrame(partitionId: number, offset: number, count = 1): Buffer {
  return encodeRequest(
    pollMessages,
    pollRequest({ partitionId, count, strategy: strategy('offset', offset) }),
  );
}

/** Polls, checks every checksum and that offsets follow each other, and returns the messages. */
export async function poll(
  client: Caller,
  changes: Partial<PollMessagesRequest> = {},
): Promise<StoredMessage[]> {
  return checkedMessages(await client.call(pollMessages, pollRequest(changes)));
}

export function texts(messages: readonly StoredMessage[]): string[] {
  return messages.map(({ payload }) => payload.toString());
}

/** Payloads of a partition from its first message on. */
export async function textsIn(client: Caller, partitionId: number): Promise<string[]> {
  return texts(await poll(client, { partitionId }));
}

/** The messages of an answer: their checksums must hold, their offsets follow each other. */
export function checkedMessages({ frames, messagesCount }: PolledMessages): StoredMessage[] {
  const messages = decodeMessages(frames, messagesCount);
  let start = 0;
  for (const [index, message] of messages.entries()) {
    const end = start + 64 + message.payload.byteLength + message.userHeaders.byteLength;
    const checksum = xxh3.xxh64(Buffer.from(frames.subarray(start + 8, end)));
    assert.equal(message.checksum, checksum, `checksum of offset ${message.offset}`);
    assert.equal(message.offset, messages[0].offset + BigInt(index));
    start = end;
  }
  return messages;
}
