import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from '../support/broker.ts';
import { base64, HttpCaller, topicBody } from '../support/http-caller.ts';

const topic = '/streams/dev/topics/events';
/** Few characters, and more bytes than any name may have. */
const LONG = 'é'.repeat(130);
const lines = { 'content-type': 'application/x-ndjson' };
const bytes = { 'content-type': 'application/octet-stream' };
const user = { username: 'anna', password: 'secret', status: 'active' };
const session = `${topic}/consumer-groups/workers/sessions`;

interface Case {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly field: string;
}

function inPath(method: string, path: string, field: string, body?: unknown): Case {
  return { method, path: path.replace('*', encodeURIComponent(LONG)), field, body };
}

function inBody(method: string, path: string, field: string, body: object): Case {
  return { method, path, field, body: { ...body, [field]: LONG } };
}

const header = { kind: 'string', value: base64(LONG) };
const short = { kind: 'string', value: base64('a') };
const partitioning = { kind: 'balanced', value: '' };

function batch(userHeaders: unknown) {
  return { partitioning, messages: [{ payload: 'YQ==', user_headers: userHeaders }] };
}

const cases: readonly Case[] = [
  inBody('POST', '/streams', 'name', {}),
  inBody('PUT', '/streams/dev', 'name', {}),
  inBody('POST', '/streams/dev/topics', 'name', topicBody()),
  inBody('PUT', topic, 'name', topicBody()),
  inBody('POST', `${topic}/consumer-groups`, 'name', {}),
  inBody('POST', '/users', 'username', user),
  inBody('POST', '/users', 'password', user),
  inBody('PUT', '/users/anna', 'username', {}),
  inBody('PUT', '/users/anna/password', 'new_password', { current_password: 'secret' }),
  inBody('PUT', '/users/anna/password', 'current_password', { new_password: 'secret' }),
  inBody('POST', '/personal-access-tokens', 'name', { expiry: 0 }),
  inBody('POST', '/personal-access-tokens/login', 'token', {}),
  inBody('POST', '/users/login', 'username', { password: 'secret' }),
  inBody('POST', '/users/login', 'password', { username: 'iggy' }),
  // What the protocol can carry, and is too long all the same.
  { ...inBody('POST', '/users', 'username', user), body: { ...user, username: 'é'.repeat(26) } },
  { ...inBody('POST', '/users', 'password', user), body: { ...user, password: 'é'.repeat(51) } },
  {
    ...inBody('PUT', '/users/anna/password', 'new_password', {}),
    body: { current_password: 'secret', new_password: 'é'.repeat(51) },
  },
  {
    ...inBody('POST', '/personal-access-tokens', 'name', {}),
    body: { name: 'é'.repeat(16), expiry: 0 },
  },
  inBody('PUT', `${topic}/consumer-offsets`, 'consumer_id', { partition_id: 0, offset: 0 }),
  inPath('GET', '/streams/*', 'stream_id'),
  inPath('PUT', '/streams/*', 'stream_id', { name: 'dev' }),
  inPath('DELETE', '/streams/*', 'stream_id'),
  inPath('GET', '/streams/*/topics', 'stream_id'),
  inPath('GET', '/streams/dev/topics/*', 'topic_id'),
  inPath('GET', '/streams/dev/topics/*/messages', 'topic_id'),
  inPath('GET', '/streams/dev/topics/*/messages/events', 'topic_id'),
  inPath('GET', `${topic}/messages?consumer_id=*`, 'consumer_id'),
  inPath('GET', `${topic}/messages/events?consumer_id=*`, 'consumer_id'),
  inPath('GET', `${topic}/messages/socket?consumer_id=*`, 'consumer_id'),
  inPath('GET', `${topic}/consumer-offsets?consumer_id=*`, 'consumer_id'),
  inPath('DELETE', `${topic}/consumer-offsets/*`, 'consumer_id'),
  inPath('GET', `${topic}/consumer-groups/*`, 'group_id'),
  inPath('DELETE', `${topic}/consumer-groups/*`, 'group_id'),
  inPath('POST', `${topic}/consumer-groups/*/sessions`, 'group_id', {}),
  inPath('GET', `${session.replace('workers', '*')}/x/messages`, 'group_id'),
  inPath('GET', '/users/*', 'user_id'),
  inPath('DELETE', '/users/*', 'user_id'),
  inPath('DELETE', '/personal-access-tokens/*', 'name'),
  { ...inPath('POST', `${topic}/messages?messages_key=*`, 'messages_key', 'a'), headers: bytes },
  {
    ...inPath('POST', `${topic}/messages?messages_key=*`, 'messages_key', '{"text":"a"}'),
    headers: lines,
  },
  {
    method: 'POST',
    path: `${topic}/messages`,
    body: { ...batch(null), partitioning: { kind: 'messages_key', value: base64(LONG) } },
    field: 'partitioning',
  },
  ...[
    [{ key: header, value: short }],
    [{ key: short, value: header }],
    [{ key: { kind: 'string', value: '' }, value: short }],
    [{ key: short, value: { kind: 'string', value: '' } }],
    base64('x'.repeat(100_001)),
  ].map((headers) => ({
    method: 'POST',
    path: `${topic}/messages`,
    body: batch(headers),
    field: 'user_headers',
  })),
  {
    method: 'POST',
    path: `${topic}/messages`,
    body: JSON.stringify({ text: 'a', user_headers: [{ key: header, value: short }] }),
    headers: lines,
    field: 'user_headers',
  },
];

test('what has too many bytes is refused with the name of its field', async (t) => {
  await using broker = await startBroker({ http: { port: 0 } });
  const root = await HttpCaller.login(broker);
  await root.post('/streams', { name: 'dev' });
  await root.post('/streams/dev/topics', topicBody());
  await root.post(`${topic}/consumer-groups`, { name: 'workers' });
  await root.post('/users', user);
  for (const { method, path, field, ...sent } of cases) {
    await t.test(`${method} ${path.replace(encodeURIComponent(LONG), '*')}: ${field}`, async () => {
      const { status, text, json } = await root.call(method, path, sent);
      assert.equal(status, 400, text);
      assert.equal((json as { field: string }).field, field, text);
    });
  }
  assert.deepEqual(broker.errors, []);
});
