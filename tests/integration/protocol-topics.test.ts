import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPartitions } from '../../src/wire/classic/commands/create-partitions.ts';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { deletePartitions } from '../../src/wire/classic/commands/delete-partitions.ts';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { getTopics } from '../../src/wire/classic/commands/get-topics.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { updateTopic } from '../../src/wire/classic/commands/update-topic.ts';
import { UNLIMITED } from '../../src/wire/classic/structures/topic.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  createPlace,
  place,
  pollRequest,
  sendRequest,
  textsIn,
  topicRequest,
} from '../support/topic-kit.ts';

const EMPTY_OK = { status: 0, payload: Buffer.alloc(0) };
const SEGMENT_BYTES = 1024n ** 3n;
const defaults = { messageExpiryMicros: 0n, maxSizeBytes: 0n, replicationFactor: 0 } as const;

/** Places that do not exist, with the status of a command that would change them. */
const missing = [
  { streamId: 9, topicId: 0, expected: status.StreamIdNotFound },
  { streamId: 'none', topicId: 'events', expected: status.StreamIdNotFound },
  { streamId: 'orders', topicId: 7, expected: status.TopicIdNotFound },
  { streamId: 0, topicId: 'none', expected: status.TopicIdNotFound },
  { streamId: 0, topicId: '0', expected: status.TopicIdNotFound },
] as const;

test('a created topic is answered with resolved defaults and partitions without segments', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  const request = { ...topicRequest('orders', 'events', 2), ...defaults, compressionAlgorithm: 2 };
  const created = await client.call(createTopic, request);
  assert.ok(created.createdAt > 0n);
  const partition = { createdAt: created.createdAt, sizeBytes: 0n, messagesCount: 0n };
  const partitions = [0, 1].map((id) => ({
    ...partition,
    id,
    segmentsCount: 0,
    currentOffset: 0n,
  }));
  const settings = { compressionAlgorithm: 2, replicationFactor: 1 };
  const unlimited = { messageExpiryMicros: UNLIMITED, maxSizeBytes: UNLIMITED };
  const counters = { partitionsCount: 2, sizeBytes: 0n, messagesCount: 0n };
  const head = { id: 0, createdAt: created.createdAt, name: 'events' };
  const expected = { ...head, ...settings, ...unlimited, ...counters };
  assert.deepEqual(created, { ...expected, partitions });

  const opened = partitions.map((entry) => ({ ...entry, segmentsCount: 1 }));
  assert.deepEqual(await client.call(getTopic, place), { ...expected, partitions: opened });
  assert.deepEqual(await client.call(getTopics, { streamId: 0 }), [expected]);
});

test('an update fills in the defaults of the configuration as a creation does', async () => {
  const settings = { 'system.topic.max_size': '2 GiB', 'system.topic.message_expiry': '10 s' };
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const filled = { messageExpiryMicros: 10_000_000n, maxSizeBytes: 2n * SEGMENT_BYTES };
  const request = { ...topicRequest('orders', 'second'), ...defaults };
  const created = await client.call(createTopic, request);
  const update = { ...place, ...request, name: 'renamed', compressionAlgorithm: 2 };
  assert.deepEqual(await client.request(updateTopic, update), EMPTY_OK);
  const updated = await client.call(getTopic, { streamId: 0, topicId: 'renamed' });
  for (const topic of [created, updated!]) {
    const { messageExpiryMicros, maxSizeBytes, replicationFactor } = topic;
    assert.deepEqual({ messageExpiryMicros, maxSizeBytes }, filled);
    assert.equal(replicationFactor, 1);
  }
  assert.deepEqual([updated?.id, updated?.compressionAlgorithm], [0, 2]);
  assert.equal(await client.call(getTopic, place), null);
});

test('an update keeps what it is given, also a size that a creation refuses', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const given = { messageExpiryMicros: 5n, maxSizeBytes: 1n, replicationFactor: 3 };
  const settings = { ...given, compressionAlgorithm: 1, name: 'events' };
  await client.call(updateTopic, { ...place, ...settings });
  const topic = await client.call(getTopic, place);
  assert.deepEqual({ ...topic, ...settings }, topic);
});

test('a creation is refused in the order 2015, 3, 1009, 1019, 2013', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const tooSmall = { maxSizeBytes: SEGMENT_BYTES - 1n };
  const everything = {
    ...topicRequest('none', 'events', 1001),
    ...tooSmall,
    compressionAlgorithm: 3,
  };
  const steps = [
    [{}, status.TooManyPartitions],
    [{ partitionsCount: 1 }, status.InvalidCommand],
    [{ partitionsCount: 1, compressionAlgorithm: 1 }, status.StreamIdNotFound],
    [{ partitionsCount: 1, compressionAlgorithm: 1, streamId: 0 }, status.InvalidTopicSize],
    [
      { partitionsCount: 1, compressionAlgorithm: 1, streamId: 0, maxSizeBytes: SEGMENT_BYTES },
      status.TopicNameAlreadyExists,
    ],
  ] as const;
  for (const [changes, expected] of steps) {
    assert.equal(await client.status(createTopic, { ...everything, ...changes }), expected);
  }
  const fitting = { ...topicRequest(0, 'other'), maxSizeBytes: SEGMENT_BYTES };
  assert.equal((await client.call(createTopic, fitting)).maxSizeBytes, SEGMENT_BYTES);
});

test('an update is refused in the order 3, 1009, 2010, 2013', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await client.call(createTopic, topicRequest('orders', 'other'));
  const request = { ...topicRequest('none', 'other'), topicId: 9, compressionAlgorithm: 0 };
  const steps = [
    [{}, status.InvalidCommand],
    [{ compressionAlgorithm: 1 }, status.StreamIdNotFound],
    [{ compressionAlgorithm: 1, streamId: 0 }, status.TopicIdNotFound],
    [{ compressionAlgorithm: 1, streamId: 0, topicId: 0 }, status.TopicNameAlreadyExists],
    [{ compressionAlgorithm: 1, streamId: 0, topicId: 1 }, 0],
  ] as const;
  for (const [changes, expected] of steps) {
    assert.equal(await client.status(updateTopic, { ...request, ...changes }), expected);
  }
});

test('topic ids and names belong to their stream; ids come back last freed first', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  for (const name of ['one', 'two']) await client.call(createStream, { name });
  const create = async (streamId: string, name: string) =>
    (await client.call(createTopic, topicRequest(streamId, name))).id;
  for (const stream of ['one', 'two']) {
    for (const [id, name] of ['a', 'b', 'c'].entries()) {
      assert.equal(await create(stream, name), id);
    }
  }
  await client.call(deleteTopic, { streamId: 'one', topicId: 0 });
  await client.call(deleteTopic, { streamId: 'one', topicId: 'b' });
  assert.equal(await create('two', 'd'), 3);
  assert.equal(await create('one', 'd'), 1);
  assert.equal(await create('one', 'e'), 0);
  assert.equal(await create('one', 'f'), 3);
  const listed = await client.call(getTopics, { streamId: 'one' });
  assert.deepEqual(
    listed.map(({ id, name }) => `${id}${name}`),
    ['0e', '1d', '2c', '3f'],
  );
});

test('what is missing is an empty success to ask for and a status to change', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  for (const { expected, ...target } of missing) {
    assert.deepEqual(await client.request(getTopic, target), EMPTY_OK);
    const update = { ...topicRequest(target.streamId, 'new'), ...target };
    assert.equal(await client.status(updateTopic, update), expected);
    assert.equal(await client.status(deleteTopic, target), expected);
    assert.equal(await client.status(purgeTopic, target), expected);
    const partitions = { ...target, partitionsCount: 1 };
    assert.equal(await client.status(createPartitions, partitions), expected);
    assert.equal(await client.status(deletePartitions, partitions), expected);
  }
  assert.deepEqual(await client.request(getTopics, { streamId: 'none' }), EMPTY_OK);
  await client.call(createStream, { name: 'bare' });
  assert.deepEqual(await client.request(getTopics, { streamId: 'bare' }), EMPTY_OK);
});

test('a topic has up to 1000 partitions from its creation, and may have none', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  for (const count of [0, 1000]) {
    const { id, partitions } = await client.call(createTopic, topicRequest(0, `${count}`, count));
    assert.equal(partitions.length, count);
    const topic = await client.call(getTopic, { streamId: 0, topicId: id });
    assert.deepEqual(
      topic?.partitions.map((partition) => partition.id),
      [...Array(count).keys()],
    );
  }
});

test('partitions are added behind the last and taken from the end', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 1);
  const ids = async () =>
    (await client.call(getTopic, place))?.partitions.map((partition) => partition.id);
  const change = (codec: typeof createPartitions, partitionsCount: number) =>
    client.status(codec, { ...place, partitionsCount });
  for (const count of [0, 1001, 0xffff_ffff]) {
    assert.equal(await change(createPartitions, count), status.TooManyPartitions);
  }
  assert.equal(await change(createPartitions, 3), 0);
  assert.deepEqual(await ids(), [0, 1, 2, 3]);
  for (const id of [0, 1, 2, 3]) await client.call(sendMessages, sendRequest([`p${id}`], id));
  assert.equal(await change(deletePartitions, 0), status.TooManyPartitions);
  assert.equal(await change(deletePartitions, 5), status.InvalidPartitionsCount);
  assert.equal(await change(deletePartitions, 2), 0);
  assert.deepEqual(await ids(), [0, 1]);
  assert.equal(await client.status(sendMessages, sendRequest(['x'], 2)), status.PartitionNotFound);
  assert.equal(await change(createPartitions, 2), 0);
  for (const [id, expected] of [['p0'], ['p1'], [], []].entries()) {
    assert.deepEqual(await textsIn(client, id), expected);
  }
  assert.equal(await change(deletePartitions, 4), 0);
  assert.deepEqual(await ids(), []);
});

test('a purge takes messages, stored offsets and counters, and the next offset is 0', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  for (const id of [0, 1]) {
    await client.call(sendMessages, sendRequest(['a', 'b', 'c'], id));
    await client.call(storeConsumerOffset, { ...pollRequest({ partitionId: id }), offset: 2n });
  }
  assert.deepEqual(await client.request(purgeTopic, place), EMPTY_OK);
  const topic = await client.call(getTopic, place);
  assert.deepEqual([topic?.messagesCount, topic?.sizeBytes], [0n, 0n]);
  for (const id of [0, 1]) {
    const { segmentsCount, currentOffset, sizeBytes } = topic!.partitions[id];
    assert.deepEqual([segmentsCount, currentOffset, sizeBytes], [1, 0n, 0n]);
    const asked = pollRequest({ partitionId: id });
    assert.deepEqual(await client.request(getConsumerOffset, asked), EMPTY_OK);
    await client.call(sendMessages, sendRequest(['new'], id));
    assert.deepEqual(await textsIn(client, id), ['new']);
  }
});

test('a deleted topic takes its messages along: its successor starts empty', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await client.call(sendMessages, sendRequest(['secret']));
  await client.call(storeConsumerOffset, { ...pollRequest(), offset: 0n });
  await client.call(deleteTopic, place);
  assert.equal(await client.status(sendMessages, sendRequest(['x'])), status.TopicIdNotFound);
  assert.equal((await client.call(createTopic, topicRequest(0, 'events'))).id, 0);
  assert.deepEqual(await textsIn(client, 0), []);
  assert.equal(await client.call(getConsumerOffset, pollRequest()), null);
});
