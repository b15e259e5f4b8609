import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { isTraced } from '../../src/commands/command-trace.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { ChannelRecorder } from '../support/channel-recorder.ts';
import { eventually } from '../support/eventually.ts';
import { HttpCaller } from '../support/http-caller.ts';

const SEGMENT_BYTES = 1024;
const place = { streamId: 0, topicId: 0, partitionId: 0 };

/** A client with a topic of one partition. */
async function connectTo(broker: TestBroker) {
  const client = await connect(broker.url);
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 1 });
  return client;
}

test('a broker tells its life, who is connected and what the catalog is changed to', async () => {
  using recorder = new ChannelRecorder();
  const broker = await startBroker({ threads: 1 });
  const { dataDir, addresses } = broker;
  const client = await connectTo(broker);
  await client.users.create('alice', 'a secret word');
  const { clientId, address } = await client.me();
  await client.close();
  await eventually('it is closed', () => recorder.of('veltro.connection.closed').length === 1);
  await broker[Symbol.asyncDispose]();

  const connection = { broker: dataDir, clientId, address, transport: 'tcp' };
  assert.deepEqual(recorder.of('veltro.broker.started'), [
    { broker: dataDir, addresses, threads: 1 },
  ]);
  assert.deepEqual(recorder.of('veltro.connection.opened'), [connection]);
  assert.deepEqual(recorder.of('veltro.connection.closed'), [connection]);
  assert.deepEqual(recorder.of('veltro.catalog.changed').slice(-3), [
    { broker: dataDir, change: 'stream.create', id: 0, name: 'dev' },
    { broker: dataDir, change: 'topic.create', id: 0, name: 'events', streamId: 0 },
    { broker: dataDir, change: 'user.create', id: 1, name: 'alice' },
  ]);
  assert.deepEqual(recorder.of('veltro.broker.draining'), [{ broker: dataDir }]);
  assert.deepEqual(recorder.of('veltro.broker.stopped'), [{ broker: dataDir, isClean: true }]);
  assert.doesNotMatch(recorder.text, /a secret word|scrypt/);
});

test('commands tell who asked for what, and how it ended', async () => {
  await using broker = await startBroker({ threads: 1, http: { port: 0 } });
  await using client = await connectTo(broker);
  await client.groups.create('dev', 'events', 'readers');
  await client.groups.join('dev', 'events', 'readers');
  const http = await HttpCaller.login(broker);
  using recorder = new ChannelRecorder();
  await client.messages.send('dev', 'events', [{ payload: 'one' }, { payload: 'two' }]);
  await client.messages.poll('dev', 'events', { group: 'readers', count: 10 });
  await client.offsets.store('dev', 'events', { group: 'readers', partition: 0, offset: 1n });
  await assert.rejects(client.streams.create('dev'));
  await http.get('/streams/dev');

  const ended = recorder.of('veltro.command.ended');
  const started = recorder.of('veltro.command.started');
  assert.deepEqual(
    ended.map(({ command, status, transport, user }) => [command, status, transport, user]),
    [
      ['message.send', 0, 'tcp', 'iggy'],
      ['message.poll', 0, 'tcp', 'iggy'],
      ['consumer_offset.store', 0, 'tcp', 'iggy'],
      ['stream.create', 1012, 'tcp', 'iggy'],
      ['stream.get', 0, 'http', 'iggy'],
    ],
  );
  assert.deepEqual(
    started.map(({ code, startedMs }) => [code, startedMs]),
    ended.map(({ code, startedMs }) => [code, startedMs]),
  );
  const [send, poll, store, create] = ended;
  const events = { stream: 'dev', topic: 'events', partitionId: 0 };
  const destination = ({ stream, topic, partitionId }: typeof send) => ({
    stream,
    topic,
    partitionId,
  });
  assert.deepEqual([send, poll, store].map(destination), [events, events, events]);
  assert.deepEqual(
    [send.messagesCount, poll.messagesCount, store.messagesCount],
    [2, 2, undefined],
  );
  assert.deepEqual([send.group, poll.group], [undefined, 'readers']);
  assert.equal(create.stream, undefined);
  assert.ok(send.requestBytes > 2 * 64 && poll.responseBytes > 2 * 64);
  assert.ok(
    ended.every(({ durationMs, broker: name }) => durationMs >= 0 && name === broker.dataDir),
  );
});

test('nothing is noted of a command while nobody listens', () => {
  assert.equal(isTraced(), false);
  {
    using _ = new ChannelRecorder(['veltro.command.started']);
    assert.equal(isTraced(), true);
  }
  {
    using _ = new ChannelRecorder(['veltro.command.ended']);
    assert.equal(isTraced(), true);
  }
  assert.equal(isTraced(), false);
});

test('failed logins are told, and not with which name', async () => {
  await using broker = await startBroker({ threads: 1, http: { port: 0 } });
  using recorder = new ChannelRecorder();
  const url = new URL(broker.url);
  url.username = 'somebody';
  await assert.rejects(connect(url.href));
  const http = new HttpCaller(broker);
  await http.post('/users/login', { username: 'iggy', password: 'wrong word' });
  assert.deepEqual(
    recorder.of('veltro.login.failed').map(({ transport, status }) => [transport, status]),
    [
      ['tcp', 42],
      ['http', 42],
    ],
  );
  assert.doesNotMatch(recorder.text, /somebody|wrong word/);
});

test('members of a group that come and go are told', async () => {
  await using broker = await startBroker({ threads: 1 });
  await using client = await connectTo(broker);
  await client.groups.create('dev', 'events', 'readers');
  using recorder = new ChannelRecorder();
  await client.groups.join('dev', 'events', 'readers');
  await client.groups.leave('dev', 'events', 'readers');
  const group = { broker: broker.dataDir, streamId: 0, topicId: 0, groupId: 0, isMoving: false };
  assert.deepEqual(recorder.of('veltro.group.changed'), [
    { ...group, membersCount: 1, generation: 1 },
    { ...group, membersCount: 0, generation: 2 },
  ]);
});

test('a shard that dies and comes back is told', async () => {
  await using broker = await startBroker({ threads: 2 });
  await using client = await connectTo(broker);
  using recorder = new ChannelRecorder();
  broker.crashShard(0);
  await eventually('it is back', () => recorder.of('veltro.shard.replaced').length === 1);
  const [{ reason, ...death }] = recorder.of('veltro.shard.died');
  assert.deepEqual(death, { broker: broker.dataDir, shard: 0 });
  assert.notEqual(reason, '');
  assert.deepEqual(recorder.of('veltro.shard.replaced'), [
    { broker: broker.dataDir, shard: 0, partitionsCount: 1 },
  ]);
  await client.ping();
});

test('segments that begin in a worker and go away are told', async () => {
  const settings = {
    'system.segment.size': `${SEGMENT_BYTES} B`,
    'data_maintenance.messages.interval': '5 ms',
  };
  await using broker = await startBroker({ threads: 1, settings });
  await using client = await connectTo(broker);
  using recorder = new ChannelRecorder();
  const payload = Buffer.alloc(SEGMENT_BYTES - 64);
  for (let i = 0; i < 4; i++) await client.messages.send('dev', 'events', [{ payload }]);
  await eventually('all have begun', () => recorder.of('veltro.segment.begun').length === 3);
  const partition = { broker: broker.dataDir, ...place };
  assert.deepEqual(
    recorder.of('veltro.segment.begun'),
    [1, 2, 3].map((baseOffset) => ({ ...partition, baseOffset })),
  );

  await client.segments.delete('dev', 'events', 0, 1);
  await client.topics.update('dev', 'events', { messageExpiryMicros: 1000n });
  const removed = recorder.of('veltro.segments.removed');
  await eventually('the others went', () => {
    return removed.reduce((sum, { segmentsCount }) => sum + segmentsCount, 0) === 4;
  });
  assert.deepEqual(removed[0], { ...partition, segmentsCount: 1, reason: 'request' });
  assert.ok(removed.slice(1).every(({ reason }) => reason === 'expiry'));
});
