import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { FakeBroker } from '../../tests/support/fake-broker.ts';
import type { CreateTopicRequest } from '../wire/classic/commands/create-topic.ts';
import type { LoginUserRequest } from '../wire/classic/commands/login-user.ts';
import type { UpdateTopicRequest } from '../wire/classic/commands/update-topic.ts';
import { status } from '../wire/status.ts';
import { connect } from './client.ts';
import { VeltroError } from './errors.ts';

const stream = {
  id: 1,
  createdAt: 2n,
  topicsCount: 0,
  sizeBytes: 0n,
  messagesCount: 0n,
  name: 'dev',
};

test('connecting logs in, closing may be repeated', async () => {
  await using broker = await FakeBroker.start();
  const client = await connect(broker.url);
  const [login] = broker.requests<LoginUserRequest>('user.login');
  assert.equal(login.username, 'iggy');
  await client.ping();
  await Promise.all([client.close(), client.close()]);
  await client[Symbol.asyncDispose]();
  await assert.rejects(client.ping(), { code: status.ClientShutdown, name: 'ClientShutdown' });
});

test('without a user nobody logs in until asked to', async () => {
  await using broker = await FakeBroker.start();
  broker.on('stream.list', () => ({ response: [stream] }));
  await using client = await connect(`127.0.0.1:${broker.port}`);
  await client.ping();
  await assert.rejects(client.streams.list(), { code: status.Unauthenticated });
  assert.deepEqual(await client.login({ username: 'iggy', password: 'iggy' }), { userId: 0 });
  assert.deepEqual(await client.streams.list(), [stream]);
});

test('a wrong password is the error of connecting', async () => {
  await using broker = await FakeBroker.start();
  const connecting = connect(broker.url, { password: 'wrong' });
  await assert.rejects(connecting, { code: status.InvalidCredentials, name: 'InvalidCredentials' });
});

test('a port where nobody listens is status 9 with the address', async () => {
  const broker = await FakeBroker.start();
  const { url, port } = broker;
  await broker[Symbol.asyncDispose]();
  await assert.rejects(connect(url), (error) => {
    assert.ok(error instanceof VeltroError);
    assert.equal(error.code, status.CannotEstablishConnection);
    assert.match(error.message, new RegExp(`127.0.0.1:${port}.*ECONNREFUSED`));
    return true;
  });
});

test('a server that never answers the login ends the connecting', async () => {
  await using broker = await FakeBroker.start();
  broker.on('user.login', () => 'silence');
  await assert.rejects(connect(broker.url, { requestTimeoutMs: 20 }), { code: status.TaskTimeout });
});

test('connecting can be aborted', async () => {
  await using broker = await FakeBroker.start();
  broker.on('user.login', () => 'silence');
  const abort = new AbortController();
  const connecting = connect(broker.url, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await assert.rejects(connecting, /enough/);
});

test('pipelined requests have their own answers, whatever their outcome', async () => {
  await using broker = await FakeBroker.start();
  broker.on('stream.get', async ({ streamId }: { streamId: number }) => {
    if (streamId % 3 === 0) return { response: null };
    if (streamId % 3 === 1) return { status: status.Unauthorized };
    return { response: { ...stream, id: streamId, topics: [] } };
  });
  await using client = await connect(broker.url);
  const gets = Array.from({ length: 300 }, (_, id) => client.streams.get(id));
  const results = await Promise.allSettled(gets);
  for (const [id, result] of results.entries()) {
    if (id % 3 === 1) assert.equal(result.status, 'rejected');
    else if (id % 3 === 0) assert.deepEqual(result, { status: 'fulfilled', value: null });
    else assert.equal(result.status === 'fulfilled' && result.value?.id, id);
  }
});

test('a refusal is one class with code, name and a sentence', async () => {
  await using broker = await FakeBroker.start();
  broker.on('stream.delete', () => ({ status: status.StreamIdNotFound }));
  await using client = await connect(broker.url);
  await assert.rejects(client.streams.delete('dev'), (error) => {
    assert.ok(error instanceof VeltroError);
    assert.equal(error.code, 1009);
    assert.equal(error.name, 'StreamIdNotFound');
    assert.equal(
      error.message,
      'The broker refused stream.delete: stream id not found (status 1009).',
    );
    return true;
  });
});

test('what no field can hold is refused before it is sent', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await assert.rejects(client.streams.get(-1), { code: status.InvalidIdentifier });
  await assert.rejects(client.streams.create(''), { code: status.InvalidFormat });
  await assert.rejects(client.partitions.create(1, 1, 2 ** 32), { code: status.InvalidFormat });
  await assert.rejects(client.topics.create(1, 't', { partitions: 1001 }), /partitions is '1001'/);
  await assert.rejects(
    client.topics.create(1, 't', { compression: 'zip' as 'gzip' }),
    /compression is 'zip'.*none, gzip/,
  );
  await client.ping();
});

test('an answer that cannot be decoded is status 303', async () => {
  await using broker = await FakeBroker.start();
  broker.on('message.poll', () => ({
    response: { partitionId: 0, currentOffset: 0n, messagesCount: 1, frames: Buffer.alloc(3) },
  }));
  await using client = await connect(broker.url);
  await assert.rejects(client.messages.poll(1, 1), VeltroError);
  await client.ping();
});

test('topics have defaults on creation and keep what an update leaves out', async () => {
  await using broker = await FakeBroker.start();
  const present = {
    id: 0,
    createdAt: 0n,
    partitionsCount: 0,
    messageExpiryMicros: 5n,
    compressionAlgorithm: 2,
    maxSizeBytes: 6n,
    replicationFactor: 7,
    sizeBytes: 0n,
    messagesCount: 0n,
    name: 'events',
    partitions: [],
  };
  broker.on('topic.create', () => ({ response: present }));
  broker.on('topic.get', () => ({ response: present }));
  broker.on('topic.update', () => ({ response: undefined }));
  await using client = await connect(broker.url);

  const created = await client.topics.create('dev', 'events');
  assert.equal(created.compression, 'gzip');
  assert.deepEqual(broker.requests<CreateTopicRequest>('topic.create')[0], {
    streamId: 'dev',
    name: 'events',
    partitionsCount: 1,
    compressionAlgorithm: 1,
    messageExpiryMicros: 0n,
    maxSizeBytes: 0n,
    replicationFactor: 1,
  });

  await client.topics.update('dev', 'events', { name: 'renamed', maxSizeBytes: undefined });
  assert.deepEqual(broker.requests<UpdateTopicRequest>('topic.update')[0], {
    streamId: 'dev',
    topicId: 'events',
    name: 'renamed',
    compressionAlgorithm: 2,
    messageExpiryMicros: 5n,
    maxSizeBytes: 6n,
    replicationFactor: 7,
  });
  broker.on('topic.get', () => ({ response: null }));
  await assert.rejects(client.topics.update('dev', 'none', {}), { code: status.TopicIdNotFound });
});

test('an aborted request leaves the others in order', async () => {
  await using broker = await FakeBroker.start();
  broker.on('stream.get', ({ streamId }: { streamId: number }) => ({
    response: { ...stream, id: streamId, topics: [] },
  }));
  await using client = await connect(broker.url);
  const abort = new AbortController();
  const first = client.streams.get(1, { signal: abort.signal });
  const second = client.streams.get(2);
  abort.abort(new Error('not needed'));
  await assert.rejects(first, /not needed/);
  assert.equal((await second)?.id, 2);
  await assert.rejects(client.ping({ signal: abort.signal }), /not needed/);
});

test('a connection that does not answer in time is given up', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url, { requestTimeoutMs: 1000 });
  broker.once('ping', 'silence');
  await assert.rejects(client.ping(), { code: status.TaskTimeout });
  await client.ping();
  assert.deepEqual(
    broker.arrivals.filter(({ command }) => command === 'ping').map((ping) => ping.connectionId),
    [0, 1],
  );
});

test('requests beyond the limit are refused at once', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url, { requestsMax: 2 });
  const allowed = [client.ping(), client.ping()];
  await assert.rejects(client.ping(), { code: status.BackgroundSendBufferFull });
  await Promise.all(allowed);
  await client.ping();
});

test('closing waits for the answers that are due', async () => {
  await using broker = await FakeBroker.start();
  const client = await connect(broker.url);
  let answer!: () => void;
  broker.on(
    'ping',
    () => new Promise((resolve) => (answer = () => resolve({ response: undefined }))),
  );
  const pinging = client.ping();
  const arrived = async () => {
    while (broker.requests('ping').length === 0) await new Promise(setImmediate);
  };
  await arrived();
  const closing = client.close();
  answer();
  await pinging;
  await closing;
});

test('large answers arrive whole, in pieces and in a row', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const payload = Buffer.alloc(3_000_000, 'large ');
  await client.messages.send(1, 1, [{ payload }, { payload: 'small' }]);
  broker.answerPieceBytes = 70_001;
  const polls = [1, 2, 3].map(() => client.messages.poll(1, 1, { count: 2 }));
  for (const { messages } of await Promise.all(polls)) {
    assert.ok(messages[0].payload.equals(payload));
    assert.equal(messages[1].payload.toString(), 'small');
  }
});

test('a polled message has its fields and commits its offset', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const sent = { payload: 'hello', id: 9n, headers: { type: 'greeting' }, originTimestamp: 5n };
  await client.messages.send('dev', 'events', [sent, sent], { partition: 0 });
  const polled = await client.messages.poll('dev', 'events', { consumer: 'mail', partition: 0 });
  const [, message] = polled.messages;
  assert.equal(polled.currentOffset, 1n);
  assert.equal(message.partitionId, 0);
  assert.equal(message.offset, 1n);
  assert.equal(message.id, 9n);
  assert.equal(message.originTimestamp, 5n);
  assert.equal(message.timestamp, 1n);
  assert.equal(message.checksum, 0n);
  assert.equal(message.payload.toString(), 'hello');
  assert.deepEqual([...message.headers], [['type', 'greeting']]);
  await message.commit();
  assert.equal(broker.topic.offsets.get('mail/0'), 1n);
});

test('polls start where they are told to', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await client.messages.send(1, 1, [{ payload: 'a' }, { payload: 'b' }, { payload: 'c' }]);
  const offsets = async (options: Parameters<typeof client.messages.poll>[2]) =>
    (await client.messages.poll(1, 1, options)).messages.map(({ offset }) => offset);
  assert.deepEqual(await offsets({ strategy: { offset: 1n } }), [1n, 2n]);
  assert.deepEqual(await offsets({ strategy: 'last', count: 1 }), [2n]);
  assert.deepEqual(await offsets({ strategy: 'first', count: 2, autoCommit: true }), [0n, 1n]);
  assert.deepEqual(await offsets({}), [2n]);
  await assert.rejects(offsets({ strategy: 'middle' as 'next' }), /strategy is 'middle'/);
  await assert.rejects(offsets({ strategy: { offset: -1n } }), /offset is '-1'/);
  await assert.rejects(offsets({ consumer: 1, group: 2 }), /consumer is '1'.*group/);
});

test('a server that speaks something else ends the connecting', async () => {
  const server = createServer((socket) => {
    socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await assert.rejects(connect(`iggy://a:b@127.0.0.1:${port}`), VeltroError);
  await new Promise((resolve) => server.close(resolve));
});
