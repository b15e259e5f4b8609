import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { FakeBroker } from '../../tests/support/fake-broker.ts';
import type { SendMessagesRequest } from '../wire/classic/commands/send-messages.ts';
import { encodeError } from '../wire/classic/frame.ts';
import { status } from '../wire/status.ts';
import { connect } from './client.ts';

const stream = {
  id: 1,
  createdAt: 2n,
  topicsCount: 0,
  sizeBytes: 0n,
  messagesCount: 0n,
  name: 'dev',
};

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

test('reads that were lost are sent again after a new login', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('stream.list', () => ({ response: [stream] }));
  broker.once('stream.list', 'drop');
  assert.deepEqual(await client.streams.list(), [stream]);
  assert.deepEqual(
    broker.arrivals.map(({ command, connectionId }) => [command, connectionId]),
    [
      ['user.login', 0],
      ['stream.list', 0],
      ['user.login', 1],
      ['stream.list', 1],
    ],
  );
});

test('sends that were lost go again, in order, in front of later ones', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.once('message.send', 'drop');
  const sends = ['a', 'b', 'c'].map((payload) => client.messages.send(1, 1, [{ payload }]));
  await until(() => broker.connections.size === 0);
  sends.push(client.messages.send(1, 1, [{ payload: 'd' }]));
  await Promise.all(sends);
  assert.deepEqual(broker.topic.payloads(0), ['a', 'b', 'c', 'd']);
});

test('other commands reject with status 206 and are not repeated', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.once('stream.create', 'drop');
  await assert.rejects(client.streams.create('dev'), {
    code: status.ConnectionClosed,
    name: 'ConnectionClosed',
  });
  broker.once('message.poll', 'drop');
  const poll = client.messages.poll(1, 1, { autoCommit: true });
  await assert.rejects(poll, { code: status.ConnectionClosed });
  await client.ping();
  assert.equal(broker.requests('stream.create').length, 1);
  assert.equal(broker.requests('message.poll').length, 1);
});

test('commands that were never sent wait for the connection', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('stream.create', () => ({ response: stream }));
  broker.once('user.login', 'silence');
  broker.dropConnections();
  await until(() => broker.requests('user.login').length === 2);
  const creating = client.streams.create('dev');
  broker.dropConnections();
  assert.deepEqual(await creating, stream);
});

test('a broker that forgot the login is told again, once', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('stream.create', () => ({ response: stream }));
  for (const connection of broker.connections) connection.isLoggedIn = false;
  const results = await Promise.all([client.streams.create('dev'), client.streams.create('dev')]);
  assert.deepEqual(results, [stream, stream]);
  assert.equal(broker.requests('user.login').length, 2);
  broker.on('stream.create', () => ({ status: status.Unauthenticated }));
  await assert.rejects(client.streams.create('dev'), { code: status.Unauthenticated });
  assert.equal(broker.requests('stream.create').length, 6);
});

test('after a logout nobody logs in again', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('user.logout', (_, connection) => {
    connection.isLoggedIn = false;
    return { response: undefined };
  });
  await client.logout();
  await assert.rejects(client.streams.list(), { code: status.Unauthenticated });
  broker.dropConnections();
  await client.ping();
  assert.equal(broker.requests('user.login').length, 1);
});

test('credentials that no longer hold end the client with their error', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('user.login', () => ({ status: status.InvalidCredentials }));
  broker.dropConnections();
  await assert.rejects(client.ping(), { code: status.InvalidCredentials });
  await assert.rejects(client.ping(), { code: status.InvalidCredentials });
});

test('a login that fails for a moment is tried again', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.once('user.login', { status: status.Error });
  broker.dropConnections();
  await client.ping();
  assert.equal(broker.requests('user.login').length, 3);
});

test('attempts are limited where asked', async () => {
  const broker = await FakeBroker.start();
  await using client = await connect(broker.url, { reconnect: { attemptsMax: 2 } });
  await broker[Symbol.asyncDispose]();
  await assert.rejects(client.ping(), { code: status.CannotEstablishConnection });
});

test('without reconnection the first loss ends the client', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url, { reconnect: { enabled: false } });
  broker.once('ping', 'drop');
  await assert.rejects(client.ping(), { code: status.ConnectionClosed });
  await assert.rejects(client.ping(), { code: status.ConnectionClosed });
  assert.equal(broker.requests('ping').length, 1);
});

test('the farewell of a broker that stops answers no request', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('stream.list', () => ({ response: [stream] }));
  const [connection] = broker.connections;
  broker.once('stream.list', 'silence');
  const listing = client.streams.list();
  await until(() => broker.requests('stream.list').length === 1);
  connection.socket.end(encodeError(status.Disconnected));
  assert.deepEqual(await listing, [stream]);
});

test('an answer without a request ends the connection, not the client', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const [{ socket }] = broker.connections;
  socket.write(encodeError(status.InvalidCommand));
  await once(socket, 'close');
  await client.ping();
});

test('closing while nothing is connected rejects what waits', async () => {
  await using broker = await FakeBroker.start();
  const client = await connect(broker.url);
  broker.once('user.login', 'silence');
  broker.dropConnections();
  await until(() => broker.requests('user.login').length === 2);
  const sending = client.messages.send(1, 1, [{ payload: 'a' }]);
  const outcome = assert.rejects(sending, { code: status.ClientShutdown });
  await client.close();
  await outcome;
});

test('a broker that comes back on its port is found again', async () => {
  const first = await FakeBroker.start();
  await using client = await connect(first.url);
  await first[Symbol.asyncDispose]();
  const sending = client.messages.send(1, 1, [{ payload: 'kept' }]);
  await using second = await FakeBroker.start(1, first.port);
  await sending;
  assert.equal(second.requests<SendMessagesRequest>('message.send').length, 1);
});
