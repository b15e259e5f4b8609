import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BrokerOptions } from '../../src/broker/options.ts';
import { type Client, connect } from '../../src/client/client.ts';
import type { ConnectOptions } from '../../src/client/types.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { HttpCaller } from '../support/http-caller.ts';

const http = { port: 0 };
const ROOT = 'iggy:iggy@';
const PAYLOAD = { 'content-type': 'application/vnd.veltro.payload' };

function connectTo({ httpUrl }: TestBroker, user = ROOT, options?: ConnectOptions) {
  return connect(`iggy+http://${user}${new URL(httpUrl!).host}`, options);
}

async function createTopic(client: Client): Promise<void> {
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 2 });
}

/** The smallest body that may be configured is too small for what is sent here. */
const large: BrokerOptions = { http, settings: { 'http.max_request_size': '16 MB' } };

for (const engine of ['auto', 'node'] as const) {
  test(`messages, errors and logins are the same over HTTP as over TCP (${engine})`, async () => {
    const settings = { ...large.settings, 'http.engine': engine };
    await using broker = await startBroker({ ...large, settings });
    await using client = await connectTo(broker);
    await using byTcp = await connect(broker.url);
    await createTopic(client);
    const payload = Buffer.alloc(3_000_000, 'large');
    const key = Buffer.from([0xff, 0x00, 0xfe]);
    const id = 2n ** 128n - 1n;
    const sent = { id, payload, headers: { key: 'value', number: { kind: 'uint64', value: 7n } } };
    await client.messages.send('dev', 'events', [sent as never], { key });
    await byTcp.messages.send('dev', 'events', [{ payload: 'small' }], { key });
    for (const reader of [client, byTcp]) {
      const polls = [0, 1].map((partition) =>
        reader.messages.poll('dev', 'events', { partition, strategy: 'first' }),
      );
      const messages = (await Promise.all(polls)).flatMap((polled) => polled.messages);
      assert.deepEqual([messages.length, messages[0].id], [2, id]);
      assert.ok(messages[0].payload.equals(payload));
      assert.deepEqual(
        [...messages[0].headers],
        [
          ['key', 'value'],
          ['number', 7n],
        ],
      );
      assert.equal(String(messages[1].payload), 'small');
    }
    assert.equal(await client.streams.get('none'), null);
    await assert.rejects(client.streams.create('dev'), { code: status.StreamNameAlreadyExists });
    await assert.rejects(client.messages.send('none', 'x', [{ payload: 'x' }]), {
      code: status.StreamIdNotFound,
    });
    await assert.rejects(connectTo(broker, 'iggy:wrong-password@'), {
      code: status.InvalidCredentials,
    });
    await assert.rejects(connectTo(broker, 'no-token@'), { code: status.ResourceNotFound });
    assert.deepEqual(broker.errors, []);
  });
}

test('who has not logged in, or has logged out, may do no more than ping', async () => {
  await using broker = await startBroker({ http });
  await using client = await connectTo(broker, '');
  await client.ping();
  await assert.rejects(client.streams.list(), { code: status.Unauthenticated });
  await client.login({ username: 'iggy', password: 'iggy' });
  const token = await client.tokens.create('other');
  assert.deepEqual(await client.streams.list(), []);
  await client.logout();
  await assert.rejects(client.streams.list(), { code: status.Unauthenticated });
  await using other = await connectTo(broker, '', { token });
  assert.equal((await other.tokens.list())[0].name, 'other');
});

test('a batch that is larger than a body may be is refused with the status for that', async () => {
  await using broker = await startBroker({ http });
  await using client = await connectTo(broker);
  await createTopic(client);
  const messages = [{ payload: Buffer.alloc(2_000_001) }];
  await assert.rejects(client.messages.send('dev', 'events', messages), {
    code: status.TooBigMessagePayload,
  });
});

test('a token that has expired is followed by a new login', async () => {
  // Tokens expire at whole seconds: the new one holds for two of them at least.
  const settings = { 'http.jwt.access_token_expiry': '3 s', 'http.jwt.clock_skew': '0 s' };
  await using broker = await startBroker({ http, settings });
  await using client = await connectTo(broker);
  await createTopic(client);
  const stale = await HttpCaller.login(broker);
  await eventually('the token has expired', async () => {
    return (await stale.get('/streams')).status === 401;
  });
  assert.equal((await client.streams.list()).length, 1);
});

test('what is about a connection is not offered, and says so', async () => {
  await using broker = await startBroker({ http });
  await using client = await connectTo(broker);
  await createTopic(client);
  const code = status.FeatureUnavailable;
  await assert.rejects(client.me(), { code, message: 'me is not offered over HTTP.' });
  await client.groups.create('dev', 'events', 'mail');
  const join = { code, message: 'consumer_group.join is not offered over HTTP.' };
  await assert.rejects(client.groups.join('dev', 'events', 'mail'), join);
  const consumer = client.consumer('dev', 'events', { group: 'mail' });
  await assert.rejects(consumer[Symbol.asyncIterator]().next(), join);
});

test('producers and consumers work, and a poll waits at the broker', async () => {
  await using broker = await startBroker({ http });
  await using client = await connectTo(broker);
  await createTopic(client);
  const producer = client.producer('dev', 'events', { partition: 1 });
  const texts = Array.from({ length: 5000 }, (_, index) => `message ${index}`);
  await Promise.all(texts.map((payload) => producer.send({ payload })));
  const read: string[] = [];
  for await (const { payload } of client.consumer('dev', 'events', { partition: 1 })) {
    read.push(String(payload));
    if (read.length === texts.length) break;
  }
  assert.deepEqual(read, texts);
  const waiting = client.messages.poll('dev', 'events', { partition: 0, waitMs: 60_000 });
  await client.messages.send('dev', 'events', [{ payload: 'late' }], { partition: 0 });
  assert.equal(String((await waiting).messages[0].payload), 'late');
});

test('a client comes back when its broker does', async () => {
  const port = await freePort();
  const options = { http: { port } };
  await using first = await startBroker(options);
  await using client = await connectTo(first, ROOT, { reconnect: { delayMs: 10 } });
  await client.streams.create('dev');
  await first.stop();
  const waiting = client.streams.list();
  await using _second = await startBroker(options);
  assert.deepEqual(await waiting, []);
});

test('where nobody answers there is no connection', async () => {
  const port = await freePort();
  const code = status.CannotEstablishConnection;
  await assert.rejects(connect(`iggy+http://127.0.0.1:${port}`), { code, message: /ECONNREFUSED/ });
});

test('HTTPS is spoken where the url says so, with a certificate that is trusted', async () => {
  const settings = { 'http.tls.enabled': true, 'http.tls.self_signed': true };
  await using broker = await startBroker({ http, settings });
  const caFile = join(broker.dataDir, 'tls', 'self_signed_cert.pem');
  await using client = await connectTo(broker, ROOT, { tls: { caFile, serverName: 'localhost' } });
  assert.deepEqual(await client.streams.list(), []);
  const code = status.CannotEstablishConnection;
  await assert.rejects(connectTo(broker, ROOT, { tls: true }), { code });
  await assert.rejects(connectTo(broker), { code });
});

test('a command is run by its name, with a payload that is checked', async () => {
  await using broker = await startBroker({ http });
  const root = await HttpCaller.login(broker);
  const run = async (command: string, body: Uint8Array) => {
    const answer = await root.post(`/commands/${command}`, body, { headers: PAYLOAD });
    return [answer.status, (answer.json as { code?: string } | undefined)?.code];
  };
  assert.deepEqual(await run('stream.list', Buffer.alloc(0)), [200, undefined]);
  assert.deepEqual(await run('stream.explode', Buffer.alloc(0)), [404, 'not_found']);
  assert.deepEqual(await run('stream.create', Buffer.from([200])), [400, 'invalid_command']);
  assert.deepEqual(await run('message.send', Buffer.alloc(3)), [400, 'invalid_command']);
  assert.deepEqual(await run('user.login', Buffer.alloc(0)), [400, 'feature_unavailable']);
  const anonymous = new HttpCaller(broker);
  const { status: code } = await anonymous.post('/commands/ping', '', { headers: PAYLOAD });
  assert.equal(code, 401);
});
