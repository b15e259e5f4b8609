import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { deleteStream } from '../../src/wire/classic/commands/delete-stream.ts';
import { getStream } from '../../src/wire/classic/commands/get-stream.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { purgeStream } from '../../src/wire/classic/commands/purge-stream.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { updateStream } from '../../src/wire/classic/commands/update-stream.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, place, sendRequest, textsIn, topicRequest } from '../support/topic-kit.ts';

const EMPTY_OK = { status: 0, payload: Buffer.alloc(0) };
const MICROS_PER_MS = 1000n;

async function create(client: RawClient, ...names: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names) ids.push((await client.call(createStream, { name })).id);
  return ids;
}

test('a created stream is answered as a header with zeros and the present time', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  const before = BigInt(Date.now()) * MICROS_PER_MS;
  const { status: code, payload } = await client.request(createStream, { name: 'orders' });
  const after = BigInt(Date.now()) * MICROS_PER_MS;
  assert.equal(code, 0);
  assert.equal(payload.byteLength, 33 + 6);
  const createdAt = payload.readBigUInt64LE(4);
  assert.ok(createdAt >= before && createdAt <= after);
  payload.fill(0, 4, 12);
  assert.equal(payload.toString('hex'), `${'00'.repeat(32)}066f7264657273`);
});

test('stream ids start at 0, and the one that was freed last comes back first', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  assert.deepEqual(await create(client, 'a', 'b', 'c', 'd'), [0, 1, 2, 3]);
  await client.call(deleteStream, { streamId: 'b' });
  await client.call(deleteStream, { streamId: 3 });
  await client.call(deleteStream, { streamId: 0 });
  assert.deepEqual(await create(client, 'e', 'f', 'g', 'h'), [0, 3, 1, 4]);
  const listed = await client.call(getStreams, undefined);
  assert.deepEqual(
    listed.map(({ id, name }) => [id, name]),
    [
      [0, 'e'],
      [1, 'g'],
      [2, 'c'],
      [3, 'f'],
      [4, 'h'],
    ],
  );
});

test('names are any text of 1 to 255 bytes and are compared byte for byte', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  const names = ['a', 'A', ' a', 'a ', '\0', '0', '\ufeffa', 'é', 'e\u0301', '語'.repeat(85)];
  names.push('x'.repeat(255), '../../etc', 'a\nb', '__proto__', '%2e%2e/');
  assert.deepEqual(await create(client, ...names), [...names.keys()]);
  for (const [id, name] of names.entries()) {
    assert.equal((await client.call(getStream, { streamId: name }))?.id, id, name);
    assert.equal((await client.call(getStream, { streamId: id }))?.name, name, name);
    assert.equal(await client.status(createStream, { name }), status.StreamNameAlreadyExists);
  }
});

test('a missing stream is an empty success to ask for, 1009 to change', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await create(client, 'only');
  for (const streamId of [1, 0xffff_ffff, 'none', '0', 'Only', 'only ']) {
    assert.deepEqual(await client.request(getStream, { streamId }), EMPTY_OK);
    const change = { streamId, name: 'new' };
    assert.equal(await client.status(updateStream, change), status.StreamIdNotFound);
    assert.equal(await client.status(deleteStream, { streamId }), status.StreamIdNotFound);
    assert.equal(await client.status(purgeStream, { streamId }), status.StreamIdNotFound);
  }
});

test('without any stream the list is an empty success', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  assert.deepEqual(await client.request(getStreams, undefined), EMPTY_OK);
});

test('a stream is renamed to its own name or to one that is free', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await create(client, 'a', 'b');
  assert.deepEqual(await client.request(updateStream, { streamId: 0, name: 'a' }), EMPTY_OK);
  const taken = await client.status(updateStream, { streamId: 'a', name: 'b' });
  assert.equal(taken, status.StreamNameAlreadyExists);
  await client.call(updateStream, { streamId: 'a', name: 'c' });
  assert.equal((await client.call(getStream, { streamId: 'c' }))?.id, 0);
  assert.equal(await client.call(getStream, { streamId: 'a' }), null);
  assert.deepEqual(await create(client, 'a'), [2]);
});

test('a stream tells its topics by ascending id with sums over their partitions', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 3);
  await client.call(createTopic, topicRequest('orders', 'audit', 0));
  for (const [payload, partition] of ['one', 'four', 'x'].map((p, i) => [p, i] as const)) {
    await client.call(sendMessages, sendRequest([payload, payload], partition));
  }
  const bytes = 6n * 64n + 2n * 8n;
  const stream = await client.call(getStream, { streamId: 0 });
  assert.deepEqual([stream?.topicsCount, stream?.messagesCount, stream?.sizeBytes], [2, 6n, bytes]);
  assert.deepEqual(
    stream?.topics.map((topic) => [topic.id, topic.name, topic.partitionsCount, topic.sizeBytes]),
    [
      [0, 'events', 3, bytes],
      [1, 'audit', 0, 0n],
    ],
  );
  const [listed] = await client.call(getStreams, undefined);
  const { topics, ...header } = stream!;
  assert.deepEqual(listed, header);
});

test('a purged stream keeps its topics and begins at offset 0 again', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  for (const partition of [0, 1]) {
    await client.call(sendMessages, sendRequest(['old', 'older'], partition));
  }
  assert.deepEqual(await client.request(purgeStream, { streamId: 'orders' }), EMPTY_OK);
  const stream = await client.call(getStream, { streamId: 0 });
  assert.deepEqual([stream?.topicsCount, stream?.messagesCount, stream?.sizeBytes], [1, 0n, 0n]);
  for (const partition of [0, 1]) {
    assert.deepEqual(await textsIn(client, partition), []);
    await client.call(sendMessages, sendRequest(['new'], partition));
    assert.deepEqual(await textsIn(client, partition), ['new']);
  }
  const topic = await client.call(getTopic, place);
  assert.deepEqual(
    topic?.partitions.map(({ currentOffset, messagesCount }) => [currentOffset, messagesCount]),
    [
      [0n, 1n],
      [0n, 1n],
    ],
  );
});

test('a deleted stream takes its messages along: its successor starts empty', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await client.call(sendMessages, sendRequest(['secret']));
  assert.deepEqual(await client.request(deleteStream, { streamId: 'orders' }), EMPTY_OK);
  const sent = await client.status(sendMessages, sendRequest(['late']));
  assert.equal(sent, status.StreamIdNotFound);
  await createPlace(client);
  assert.equal((await client.call(getStream, { streamId: 'orders' }))?.id, 0);
  assert.deepEqual(await textsIn(client, 0), []);
});
