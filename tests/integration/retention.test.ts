import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '../../src/broker/logger.ts';
import { connect } from '../../src/client/client.ts';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { updateTopic } from '../../src/wire/classic/commands/update-topic.ts';
import { UNLIMITED } from '../../src/wire/classic/structures/topic.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  messagesOf,
  poll,
  strategy,
  texts,
  toPartition,
  topicRequest,
} from '../support/topic-kit.ts';

const SEGMENT_BYTES = 1024;
const MILLISECOND = 1000n;
const HOUR = 3_600_000_000n;
const settings = {
  'system.segment.size': `${SEGMENT_BYTES} B`,
  'data_maintenance.messages.interval': '5 ms',
};
const never = { messageExpiryMicros: UNLIMITED, maxSizeBytes: UNLIMITED };

/** A topic of the stream `orders` with what it keeps. */
async function addTopic(
  client: RawClient,
  name: string,
  keeps: Partial<typeof never>,
  partitions = 1,
): Promise<void> {
  await client.call(createTopic, { ...topicRequest('orders', name, partitions), ...keeps });
}

/** Sends a message that fills a segment. */
async function send(client: RawClient, topicId: string, number: number, partitionId = 0) {
  const messages = messagesOf([String(number).padEnd(SEGMENT_BYTES - 64, '.')]);
  const target = { streamId: 'orders', topicId, partitioning: toPartition(partitionId) };
  await client.call(sendMessages, { ...target, messages });
}

async function partitionOf(client: RawClient, topicId: string, partitionId = 0) {
  const topic = await client.call(getTopic, { streamId: 'orders', topicId });
  const { segmentsCount, messagesCount, sizeBytes, currentOffset } = topic!.partitions[partitionId];
  return { segmentsCount, messagesCount, sizeBytes, currentOffset };
}

async function countIn(client: RawClient, topicId: string): Promise<number> {
  const topic = await client.call(getTopic, { streamId: 'orders', topicId });
  return Number(topic!.messagesCount);
}

async function numbersIn(client: RawClient, topicId: string, partitionId = 0): Promise<number[]> {
  const found = texts(await poll(client, { topicId, partitionId }));
  return found.map((text) => Number(text.replaceAll('.', '')));
}

test('messages go when they have passed the expiry of their topic, the last ones too', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  await addTopic(client, 'short', { messageExpiryMicros: 20n * MILLISECOND }, 3);
  await addTopic(client, 'long', { messageExpiryMicros: HOUR });
  await addTopic(client, 'endless', {});
  for (let i = 0; i < 6; i++) {
    for (const id of [0, 1]) await send(client, 'short', i, id);
    for (const topic of ['long', 'endless']) await send(client, topic, i);
  }
  await eventually('everything expired', async () => (await countIn(client, 'short')) === 0);
  const empty = { segmentsCount: 1, messagesCount: 0n, sizeBytes: 0n };
  for (const id of [0, 1]) {
    assert.deepEqual(await partitionOf(client, 'short', id), { ...empty, currentOffset: 5n });
  }
  assert.deepEqual(await partitionOf(client, 'short', 2), { ...empty, currentOffset: 0n });
  for (const start of [strategy('first'), strategy('offset', 3), strategy('next')]) {
    assert.deepEqual(await poll(client, { topicId: 'short', strategy: start }), []);
  }
  for (const topic of ['long', 'endless']) {
    assert.deepEqual(await numbersIn(client, topic), [0, 1, 2, 3, 4, 5]);
  }
  assert.deepEqual(broker.errors, []);
});

test('an update changes what a topic keeps, and offsets go on', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  await addTopic(client, 'events', {});
  for (let i = 0; i < 4; i++) await send(client, 'events', i);
  const target = { streamId: 'orders', topicId: 'events' };
  const update = { ...topicRequest('orders', 'events'), ...target };
  await client.call(updateTopic, { ...update, messageExpiryMicros: MILLISECOND });
  await eventually('everything expired', async () => (await countIn(client, 'events')) === 0);
  await client.call(updateTopic, { ...update, ...never });
  await send(client, 'events', 4);
  const [message] = await poll(client, { topicId: 'events' });
  assert.equal(message.offset, 4n);
});

test('what a stored offset has not passed stays, however old it is', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  await addTopic(client, 'events', {});
  for (let i = 0; i < 5; i++) await send(client, 'events', i);
  const target = { streamId: 'orders', topicId: 'events', partitionId: 0 };
  const reader = { ...target, consumer: { kind: 'consumer', id: 1 } } as const;
  await client.call(storeConsumerOffset, { ...reader, offset: 1n });
  const update = { ...topicRequest('orders', 'events'), ...target };
  await client.call(updateTopic, { ...update, messageExpiryMicros: MILLISECOND });
  await eventually('the rest expired', async () => (await countIn(client, 'events')) === 3);
  assert.deepEqual(await numbersIn(client, 'events'), [2, 3, 4]);
  await client.call(storeConsumerOffset, { ...reader, offset: 4n });
  await eventually('everything expired', async () => (await countIn(client, 'events')) === 0);
});

test('a nearly full topic loses its oldest segments, whichever partition has them', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  await addTopic(client, 'capped', { maxSizeBytes: 10n * BigInt(SEGMENT_BYTES) }, 3);
  await addTopic(client, 'roomy', { maxSizeBytes: 100n * BigInt(SEGMENT_BYTES) });
  const order = [2, 0, 1, 1, 0, 2, 0, 1, 2, 2, 1, 0, 2, 1, 0, 1, 2, 0, 0, 1, 2, 0, 2, 1];
  for (const [number, partitionId] of order.entries()) {
    await send(client, 'capped', number, partitionId);
    await send(client, 'roomy', number);
    // Times have milliseconds; which message is older must not be a matter of chance.
    await delay(2);
  }
  // 9 segments are 90 %: one goes as soon as there are 9.
  await eventually('8 are left', async () => (await countIn(client, 'capped')) === 8);
  const newest = order.length - 8;
  for (const id of [0, 1, 2]) {
    const left = [...order.keys()].filter((number) => number >= newest && order[number] === id);
    assert.deepEqual(await numbersIn(client, 'capped', id), left);
  }
  assert.equal(await countIn(client, 'roomy'), order.length);
  assert.deepEqual(broker.errors, []);
});

test('sends to a topic above its size succeed, and a person is told what holds it back', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level: 'warn', format: 'json', destination });
  await using broker = await startBroker({ settings, logger });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  await addTopic(client, 'capped', { maxSizeBytes: 4n * BigInt(SEGMENT_BYTES) });
  await send(client, 'capped', 0);
  const target = { streamId: 'orders', topicId: 'capped', partitionId: 0 };
  const reader = { ...target, consumer: { kind: 'consumer', id: 1 } } as const;
  await client.call(storeConsumerOffset, { ...reader, offset: 0n });
  for (let i = 1; i < 12; i++) await send(client, 'capped', i);
  const told = () => lines.filter((line) => line.includes('Stored offsets keep a topic above'));
  await eventually('it is told', () => told().length > 0);
  await eventually('the first went', async () => (await countIn(client, 'capped')) === 11);
  await client.call(storeConsumerOffset, { ...reader, offset: 11n });
  await eventually('the rest went', async () => (await countIn(client, 'capped')) === 3);
  assert.equal(told().length, 1);
  assert.deepEqual(await numbersIn(client, 'capped'), [9, 10, 11]);
});

test('nothing goes when the cleaner is switched off', async () => {
  const off = { ...settings, 'data_maintenance.messages.cleaner_enabled': false };
  await using broker = await startBroker({ settings: off });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  const keeps = { messageExpiryMicros: MILLISECOND, maxSizeBytes: BigInt(SEGMENT_BYTES) };
  await addTopic(client, 'events', keeps);
  for (let i = 0; i < 4; i++) await send(client, 'events', i);
  await delay(200);
  assert.deepEqual(await numbersIn(client, 'events'), [0, 1, 2, 3]);
});

test('a restart changes nothing of what is kept, and goes on cleaning', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-retention-'));
  try {
    {
      await using broker = await startBroker({ settings, dataDir });
      await using client = await RawClient.login(broker);
      await client.call(createStream, { name: 'orders' });
      await addTopic(client, 'gone', { messageExpiryMicros: MILLISECOND });
      await addTopic(client, 'kept', {});
      for (let i = 0; i < 3; i++)
        for (const topic of ['gone', 'kept']) await send(client, topic, i);
      await eventually('everything expired', async () => (await countIn(client, 'gone')) === 0);
      const target = { streamId: 'orders', topicId: 'kept' };
      const update = { ...topicRequest('orders', 'kept'), ...target };
      await client.call(updateTopic, { ...update, messageExpiryMicros: 10n * HOUR });
    }
    await using broker = await startBroker({ settings, dataDir });
    await using client = await RawClient.login(broker);
    assert.deepEqual(await numbersIn(client, 'kept'), [0, 1, 2]);
    assert.equal((await partitionOf(client, 'gone')).currentOffset, 2n);
    await send(client, 'gone', 3);
    await eventually('it expired', async () => {
      const { messagesCount, currentOffset } = await partitionOf(client, 'gone');
      return messagesCount === 0n && currentOffset === 3n;
    });
    assert.deepEqual(broker.errors, []);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('a consumer that stores its offsets gets everything while segments go behind it', async () => {
  const MESSAGES = 3000;
  await using broker = await startBroker({ settings });
  await using client = await connect(broker.url);
  await client.streams.create('orders');
  await client.topics.create('orders', 'events', { partitions: 2 });
  const first = ['first'].map((payload) => ({ payload }));
  for (const partition of [0, 1]) {
    await client.messages.send('orders', 'events', first, { partition });
    await client.offsets.store('orders', 'events', { consumer: 1, partition, offset: 0n });
  }
  await client.topics.update('orders', 'events', { messageExpiryMicros: MILLISECOND });
  const sending = (async () => {
    for (let i = 0; i < MESSAGES; i += 2) {
      const pair = [0, 1].map((partition) =>
        client.messages.send('orders', 'events', [{ payload: `${i + partition}` }], { partition }),
      );
      await Promise.all(pair);
    }
  })();
  const found: number[] = [];
  const reading = { consumer: 1, strategy: 'next', autoCommit: true, count: 7 } as const;
  while (found.length < MESSAGES) {
    for (const partition of [0, 1]) {
      const { messages } = await client.messages.poll('orders', 'events', {
        ...reading,
        partition,
      });
      for (const { payload } of messages) found.push(Number(payload.toString()));
    }
  }
  await sending;
  for (const partition of [0, 1]) {
    const expected = Array.from({ length: MESSAGES / 2 }, (_, i) => 2 * i + partition);
    assert.deepEqual(
      found.filter((number) => number % 2 === partition),
      expected,
    );
  }
  await eventually('everything expired', async () => {
    return (await client.topics.get('orders', 'events'))?.messagesCount === 0n;
  });
  assert.deepEqual(broker.errors, []);
});
