import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { deleteConsumerOffset } from '../../src/wire/classic/commands/delete-consumer-offset.ts';
import { deleteSegments } from '../../src/wire/classic/commands/delete-segments.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  createPlace,
  place,
  poll,
  pollRequest,
  sendRequest,
  strategy,
  texts,
} from '../support/topic-kit.ts';
import { addUser, loginAs } from '../support/user-kit.ts';

const SEGMENT_BYTES = 1024;
const settings = { 'system.segment.size': `${SEGMENT_BYTES} B` };
const target = { ...place, partitionId: 1 } as const;
const consumer = { kind: 'consumer', id: 1 } as const;
const reader = { ...target, consumer } as const;

/** A message that fills a segment, so that each one has a segment of its own. */
function filling(number: number): string {
  return String(number).padEnd(SEGMENT_BYTES - 64, '.');
}

/** Fills partition 1 with so many segments, the last of which is open. */
async function fill(client: RawClient, segments: number): Promise<void> {
  for (let i = 0; i < segments; i++) {
    await client.call(sendMessages, sendRequest([filling(i)], 1));
  }
}

async function remove(client: RawClient, segmentsCount: number): Promise<void> {
  await client.call(deleteSegments, { ...target, segmentsCount });
}

async function partition(client: RawClient) {
  const topic = await client.call(getTopic, place);
  const { segmentsCount, messagesCount, sizeBytes, currentOffset } = topic!.partitions[1];
  return { segmentsCount, messagesCount, sizeBytes, currentOffset };
}

/** Counters of so many segments that end with this offset. */
function segments(count: number, currentOffset: number) {
  return {
    segmentsCount: count,
    messagesCount: BigInt(count),
    sizeBytes: BigInt(count * SEGMENT_BYTES),
    currentOffset: BigInt(currentOffset),
  };
}

async function offsetsFrom(client: RawClient, start: ReturnType<typeof strategy>, count = 1000) {
  const found = await poll(client, { partitionId: 1, strategy: start, count });
  return found.map(({ offset }) => Number(offset));
}

test('the oldest segments go, the open one stays, and the counters follow', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  await remove(client, 1);
  assert.equal((await partition(client)).segmentsCount, 1);
  await fill(client, 12);
  assert.deepEqual(await partition(client), segments(12, 11));
  await remove(client, 0);
  assert.deepEqual(await partition(client), segments(12, 11));
  await remove(client, 2);
  assert.deepEqual(await partition(client), segments(10, 11));
  await remove(client, 0xffff_ffff);
  assert.deepEqual(await partition(client), segments(1, 11));
  await remove(client, 1);
  assert.deepEqual(await partition(client), segments(1, 11));
  await client.call(sendMessages, sendRequest(['next'], 1));
  assert.deepEqual(await offsetsFrom(client, strategy('first')), [11, 12]);
  assert.deepEqual(broker.errors, []);
});

test('readers behind the cut go on at the oldest message that is left', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  await fill(client, 8);
  const [first] = await poll(client, { partitionId: 1, count: 1 });
  await remove(client, 5);
  for (const start of [
    strategy('offset', 0),
    strategy('offset', 4),
    strategy('offset', 5),
    strategy('first'),
    strategy('next'),
    strategy('timestamp', 0),
    strategy('timestamp', first.timestamp),
  ]) {
    assert.deepEqual(await offsetsFrom(client, start, 2), [5, 6], start.kind);
    assert.deepEqual(await offsetsFrom(client, start), [5, 6, 7], start.kind);
  }
  assert.deepEqual(await offsetsFrom(client, strategy('last'), 2), [6, 7]);
  assert.deepEqual(await offsetsFrom(client, strategy('last'), 7), [5, 6, 7]);
  const beyond = pollRequest({ partitionId: 1, strategy: strategy('offset', 8) });
  const { messagesCount, currentOffset } = await client.call(pollMessages, beyond);
  assert.deepEqual([messagesCount, currentOffset], [0, 7n]);
});

test('what is behind a stored offset stays until that is moved or deleted', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  await fill(client, 6);
  const mailer = { ...target, consumer: { kind: 'consumer', id: 'mailer' } } as const;
  await client.call(storeConsumerOffset, { ...reader, offset: 1n });
  await client.call(storeConsumerOffset, { ...mailer, offset: 5n });
  await remove(client, 100);
  assert.deepEqual(await offsetsFrom(client, strategy('first')), [2, 3, 4, 5]);
  assert.deepEqual(await offsetsFrom(client, strategy('next'), 1), [2]);
  await client.call(storeConsumerOffset, { ...reader, offset: 2n });
  await remove(client, 100);
  assert.deepEqual(await offsetsFrom(client, strategy('first')), [3, 4, 5]);
  await client.call(deleteConsumerOffset, reader);
  await remove(client, 1);
  assert.deepEqual(await offsetsFrom(client, strategy('first')), [4, 5]);
  await remove(client, 100);
  assert.deepEqual(await offsetsFrom(client, strategy('first')), [5]);
  assert.equal((await client.call(getConsumerOffset, mailer))?.storedOffset, 5n);
});

test('what was deleted stays deleted after a stop and after the death of the shard', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-segments-'));
  try {
    {
      await using broker = await startBroker({ settings, dataDir });
      await using client = await RawClient.login(broker);
      await createPlace(client, 2);
      await fill(client, 6);
      await client.call(storeConsumerOffset, { ...reader, offset: 4n });
      await remove(client, 3);
    }
    await using broker = await startBroker({ settings, dataDir });
    await using client = await RawClient.login(broker);
    assert.deepEqual(await partition(client), segments(3, 5));
    assert.deepEqual(await offsetsFrom(client, strategy('offset', 0)), [3, 4, 5]);
    await remove(client, 100);
    assert.deepEqual(await partition(client), segments(1, 5));
    broker.crashShard(1);
    const wanted = pollRequest({ partitionId: 1 });
    while ((await client.status(pollMessages, wanted)) !== 0);
    assert.deepEqual(await offsetsFrom(client, strategy('offset', 0)), [5]);
    assert.deepEqual(await offsetsFrom(client, strategy('next')), [5]);
    await client.call(sendMessages, sendRequest(['six'], 1));
    assert.deepEqual(texts(await poll(client, { partitionId: 1 })), [filling(5), 'six']);
    const dir = join(dataDir, 'streams/0/topics/0/partitions/1');
    assert.ok(!existsSync(join(dir, '00000000000000000004.index')));
    assert.ok(existsSync(join(dir, '00000000000000000005.index')));
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('a deletion is refused in the order 40, 1009, 2010, 3007, 41', async () => {
  await using broker = await startBroker({ settings });
  await using stranger = await RawClient.connect(broker);
  await using root = await RawClient.login(broker);
  await createPlace(root, 2);
  await addUser(root, 'ann');
  await using ann = await loginAs(broker, 'ann');
  const nowhere = { streamId: 9, topicId: 9, partitionId: 9, segmentsCount: 1 };
  assert.equal(await stranger.status(deleteSegments, nowhere), status.Unauthenticated);
  const steps = [
    [{}, status.StreamIdNotFound],
    [{ streamId: 'none' }, status.StreamIdNotFound],
    [{ streamId: 0 }, status.TopicIdNotFound],
    [{ streamId: 0, topicId: 0, partitionId: 2 }, status.PartitionNotFound],
    [{ streamId: 0, topicId: 0, partitionId: 0xffff_ffff }, status.PartitionNotFound],
    [{ streamId: 0, topicId: 0, partitionId: 1 }, status.Unauthorized],
  ] as const;
  for (const [changes, expected] of steps) {
    assert.equal(await ann.status(deleteSegments, { ...nowhere, ...changes }), expected);
  }
  assert.equal(await root.status(deleteSegments, { ...target, segmentsCount: 1 }), 0);
});
