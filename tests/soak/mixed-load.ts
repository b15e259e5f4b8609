import assert from 'node:assert/strict';
import { createConsumerGroup } from '../../src/wire/classic/commands/create-consumer-group.ts';
import { deleteStream } from '../../src/wire/classic/commands/delete-stream.ts';
import { joinConsumerGroup } from '../../src/wire/classic/commands/join-consumer-group.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { requestHeaderBytes } from '../../src/wire/limits.ts';
import type { TestBroker } from '../support/broker.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, place, poll, pollFrame, sendFrame } from '../support/topic-kit.ts';

const PARTITIONS = 4;
const CLIENTS = 4;
const SMALL_REQUESTS = 500;
const LARGE_BATCHES = 8;
const LARGE_MESSAGES = 500;
const LARGE_BYTES = 1000;
const GROUP_POLLS = 20;
const VISITORS = 40;
const GROUP = 'readers';

/** One write with a request for each number, and all of its answers. */
async function pipeline(client: RawClient, count: number, frame: (number: number) => Buffer) {
  client.socket.write(Buffer.concat(Array.from({ length: count }, (_, number) => frame(number))));
  for (const { status } of await client.take(count)) assert.equal(status, 0);
}

async function smallRequests(client: RawClient): Promise<void> {
  await pipeline(client, SMALL_REQUESTS, (number) => sendFrame(['small'], number % PARTITIONS));
  await pipeline(client, SMALL_REQUESTS, (number) => pollFrame(number % PARTITIONS, number >> 3));
}

async function largeBatches(client: RawClient): Promise<void> {
  const payloads = new Array<Buffer>(LARGE_MESSAGES).fill(Buffer.alloc(LARGE_BYTES, 1));
  for (let number = 0; number < LARGE_BATCHES; number++) {
    const partitionId = number % PARTITIONS;
    await pipeline(client, 1, () => sendFrame(payloads, partitionId));
    const messages = await poll(client, { partitionId });
    assert.ok(messages.length > 0);
  }
}

/** Reads as a member of a group, which stores offsets. */
async function groupPolls(client: RawClient): Promise<void> {
  const consumer = { kind: 'group', id: GROUP } as const;
  await client.call(joinConsumerGroup, { ...place, groupId: GROUP });
  for (let number = 0; number < GROUP_POLLS; number++) {
    await poll(client, { consumer, partitionId: null, count: 10, autoCommit: true });
  }
}

async function oneClient(broker: TestBroker): Promise<void> {
  await using client = await RawClient.login(broker);
  await smallRequests(client);
  await largeBatches(client);
  await groupPolls(client);
}

/** Connections that come, ask or break off in the middle of a frame, and go. */
async function visitors(broker: TestBroker): Promise<void> {
  const whole = encodeRequest(ping, { knowsExtensions: false });
  for (let number = 0; number < VISITORS; number++) {
    await using visitor = await RawClient.connect(broker);
    if (number % 2 === 0) assert.equal((await visitor.exchange(whole)).status, 0);
    else await visitor.write(sendFrame(['cut off']).subarray(0, requestHeaderBytes + number));
  }
}

/** What clients do, on a stream that is gone afterwards: each round is like the last. */
export async function mixedRound(broker: TestBroker): Promise<void> {
  await using owner = await RawClient.login(broker);
  await createPlace(owner, PARTITIONS);
  await owner.call(createConsumerGroup, { ...place, name: GROUP });
  const clients = Array.from({ length: CLIENTS }, () => oneClient(broker));
  await Promise.all([...clients, visitors(broker)]);
  await owner.call(deleteStream, { streamId: place.streamId });
}
