import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from '../support/broker.ts';
import { base64, batchBody, HttpCaller, type HttpSent, topicBody } from '../support/http-caller.ts';
import { type DescribedOperation, OpenApiContract } from '../support/openapi.ts';

const topic = '/streams/dev/topics/events';
const settings = { 'http.max_request_size': '64 KiB', 'polling.max_wait': '1 m' };
const limitBytes = 64 * 1024;

const sessions = `${topic}/consumer-groups/mail/sessions`;

/** A good call: the path with its query, and what is sent. */
interface GoodCall extends HttpSent {
  readonly path: string;
  /** What must be there before. */
  readonly before?: (root: HttpCaller) => Promise<unknown>;
}

const permissions = {
  global: Object.fromEntries(
    ['servers', 'users', 'streams', 'topics']
      .flatMap((what) => [`manage_${what}`, `read_${what}`])
      .concat('poll_messages', 'send_messages')
      .map((name) => [name, true]),
  ),
  streams: {
    0: {
      manage_stream: false,
      read_stream: true,
      manage_topics: false,
      read_topics: true,
      poll_messages: true,
      send_messages: false,
      topics: {
        0: { manage_topic: false, read_topic: true, poll_messages: true, send_messages: false },
      },
    },
  },
};
const anna = { username: 'anna', password: 'secret', status: 'active', permissions };
const backup = { name: 'backup', expiry: 0 };

/** One or more good calls of every operation. */
const goodCalls: Readonly<Record<string, GoodCall | readonly GoodCall[]>> = {
  root: { path: '/' },
  ping: { path: '/ping' },
  getStats: { path: '/stats' },
  getClusterMetadata: { path: '/cluster/metadata' },
  getClients: { path: '/clients' },
  getClient: { path: '/clients/1' },
  createSnapshot: {
    path: '/snapshot',
    body: { compression: 'deflated', snapshot_types: ['ServerConfig', 'ResourceUsage'] },
  },
  login: { path: '/users/login', body: { username: 'iggy', password: 'iggy', version: '1' } },
  loginWithPersonalAccessToken: { path: '/personal-access-tokens/login', body: { token: 'x' } },
  refreshToken: { path: '/users/refresh-token', body: { token: 'x' } },
  logout: { path: '/users/logout' },
  getPersonalAccessTokens: {
    path: '/personal-access-tokens',
    before: (root) => root.post('/personal-access-tokens', { name: 'other', expiry: 10 ** 9 }),
  },
  createPersonalAccessToken: { path: '/personal-access-tokens', body: backup },
  deletePersonalAccessToken: {
    path: '/personal-access-tokens/backup',
    before: (root) => root.post('/personal-access-tokens', backup),
  },
  getUsers: { path: '/users' },
  createUser: [
    { path: '/users', body: { ...anna, username: 'bob' } },
    { path: '/users', body: { ...anna, username: 'eve', permissions: null } },
  ],
  getUser: [{ path: '/users/0' }, { path: '/users/iggy' }],
  updateUser: {
    path: '/users/anna',
    body: { username: 'anna', status: 'active' },
    before: (root) => root.post('/users', anna),
  },
  deleteUser: { path: '/users/anna', before: (root) => root.post('/users', anna) },
  updatePermissions: {
    path: '/users/anna/permissions',
    body: { permissions },
    before: (root) => root.post('/users', anna),
  },
  changePassword: {
    path: '/users/anna/password',
    body: { current_password: 'secret', new_password: 'secreter' },
    before: (root) => root.post('/users', anna),
  },
  getStreams: { path: '/streams' },
  createStream: { path: '/streams', body: { name: 'another' } },
  getStream: [{ path: '/streams/0' }, { path: '/streams/dev' }],
  updateStream: { path: '/streams/dev', body: { name: 'dev' } },
  deleteStream: {
    path: '/streams/gone',
    before: (root) => root.post('/streams', { name: 'gone' }),
  },
  purgeStream: { path: '/streams/dev/purge' },
  getTopics: { path: '/streams/dev/topics' },
  createTopic: {
    path: '/streams/dev/topics',
    body: topicBody({
      name: 'more',
      compression_algorithm: 'GZIP',
      replication_factor: 1,
      acknowledgement: 'synced',
    }),
  },
  getTopic: { path: topic },
  updateTopic: { path: topic, body: topicBody({ acknowledgement: 'server_default' }) },
  deleteTopic: {
    path: '/streams/dev/topics/gone',
    before: (root) => root.post('/streams/dev/topics', topicBody({ name: 'gone' })),
  },
  purgeTopic: { path: `${topic}/purge` },
  createPartitions: { path: `${topic}/partitions`, body: { partitions_count: 2 } },
  deletePartitions: { path: `${topic}/partitions?partitions_count=1` },
  deleteSegments: { path: `${topic}/partitions/0?segments_count=1` },
  sendMessages: [
    { path: `${topic}/messages`, body: batchBody('a', 'b') },
    {
      path: `${topic}/messages?messages_key=k`,
      body: 'raw bytes',
      headers: { 'content-type': 'application/octet-stream' },
    },
    {
      path: `${topic}/messages?partition_id=0`,
      body: `{"text":"a"}\n{"payload":"${base64('b')}","id":"7"}`,
      headers: { 'content-type': 'application/x-ndjson' },
    },
  ],
  pollMessages: [
    { path: `${topic}/messages` },
    { path: `${topic}/messages?consumer_id=c&partition_id=1&kind=n&value=0&count=5&wait=1` },
    { path: `${topic}/messages?kind=first`, headers: { accept: 'application/x-ndjson' } },
  ],
  followMessages: [
    { path: `${topic}/messages/events`, isLive: true },
    {
      path: `${topic}/messages/events?kind=last&count=1&consumer_id=c&payload=text`,
      headers: { 'last-event-id': '0:0' },
      isLive: true,
    },
  ],
  connectMessages: { path: `${topic}/messages/socket?credit=1` },
  flushMessages: { path: `${topic}/messages/flush/0/true` },
  getConsumerOffset: {
    path: `${topic}/consumer-offsets?consumer_id=c&partition_id=0`,
    before: (root) =>
      root.put(`${topic}/consumer-offsets`, { consumer_id: 'c', partition_id: 0, offset: 0 }),
  },
  storeConsumerOffset: {
    path: `${topic}/consumer-offsets`,
    body: { consumer_id: 'c', partition_id: 0, offset: 1 },
  },
  deleteConsumerOffset: {
    path: `${topic}/consumer-offsets/c?partition_id=0`,
    before: (root) =>
      root.put(`${topic}/consumer-offsets`, { consumer_id: 'c', partition_id: 0, offset: 0 }),
  },
  getConsumerGroups: { path: `${topic}/consumer-groups` },
  createConsumerGroup: { path: `${topic}/consumer-groups`, body: { name: 'another' } },
  getConsumerGroup: { path: `${topic}/consumer-groups/mail` },
  deleteConsumerGroup: {
    path: `${topic}/consumer-groups/gone`,
    before: (root) => root.post(`${topic}/consumer-groups`, { name: 'gone' }),
  },
  createGroupSession: [
    { path: sessions, body: {} },
    { path: sessions, body: { idle_timeout: 600_000 } },
  ],
  getGroupSession: { path: `${sessions}/x` },
  deleteGroupSession: { path: `${sessions}/x` },
  pollGroupSession: { path: `${sessions}/x/messages?count=5&auto_commit=false&wait=1` },
  storeGroupSessionOffset: { path: `${sessions}/x/offsets`, body: { partition_id: 0, offset: 0 } },
  followGroupSession: { path: `${sessions}/x/messages/events?count=5&payload=text`, isLive: true },
  connectGroupSession: { path: `${sessions}/x/messages/socket?credit=5` },
  runCommand: {
    path: '/commands/stream.list',
    body: new Uint8Array(0),
    headers: { 'content-type': 'application/vnd.veltro.payload' },
  },
  getLiveness: { path: '/health/live' },
  getReadiness: { path: '/health/ready' },
  getMetrics: { path: '/metrics' },
  getOpenApi: { path: '/openapi.json' },
  getDocs: { path: '/docs' },
};

/** The call of the table in a session that is the only member of its group. */
async function inSession(root: HttpCaller, operationId: string): Promise<GoodCall> {
  await root.delete(`${topic}/consumer-groups/mail`);
  await root.post(`${topic}/consumer-groups`, { name: 'mail' });
  const { json } = await root.post(sessions, {});
  const { session_id: id } = json as { session_id: string };
  const [call] = [goodCalls[operationId]].flat();
  return { ...call, path: call.path.replace('/x', `/${id}`) };
}

/** Those whose good call needs something that only a broker can give. */
const preparations: Readonly<Record<string, (root: HttpCaller) => Promise<GoodCall>>> = {
  getClient: async () => ({ path: '/clients/4294967295' }),
  loginWithPersonalAccessToken: async (root) => {
    const { json } = await root.post('/personal-access-tokens', { name: 'login', expiry: 0 });
    return { path: '/personal-access-tokens/login', body: json };
  },
  refreshToken: async (root) => {
    const { token: fresh } = await HttpCaller.login({ httpUrl: root.url });
    return { path: '/users/refresh-token', body: { token: fresh } };
  },
  logout: async (root) => {
    const { token: fresh } = await HttpCaller.login({ httpUrl: root.url });
    return { path: '/users/logout', token: fresh };
  },
};

/** Operations whose good call of the table is answered with an error, as the document says. */
const errorsOfGoodCalls: Readonly<Record<string, number>> = {
  getClient: 404,
  // By a plain request; what a WebSocket says is for other tests.
  connectMessages: 426,
  connectGroupSession: 426,
};

/** Makes what the calls are about; what is there already stays. */
async function prepare(root: HttpCaller): Promise<void> {
  await root.post('/streams', { name: 'dev' });
  await root.post('/streams/dev/topics', topicBody({ partitions_count: 3 }));
  await root.post(`${topic}/messages`, batchBody('one', 'two', 'three'));
  await root.post(`${topic}/consumer-groups`, { name: 'mail' });
}

function isOpen({ operation }: DescribedOperation): boolean {
  return operation.security?.length === 0;
}

function* withBadBodies(sent: unknown): Generator<[note: string, body: unknown]> {
  yield ['malformed', '{"a":'];
  yield ['empty', ''];
  yield ['a list', []];
  yield ['a number', 7];
  if (typeof sent !== 'object' || sent === null) return;
  for (const [name, value] of Object.entries(sent)) {
    const { [name]: _, ...without } = sent as Record<string, unknown>;
    yield [`without ${name}`, without];
    for (const bad of [null, -1, 2 ** 53, 'no such thing', {}, [[]], true, value?.[0]]) {
      yield [`${name} is ${JSON.stringify(bad)}`, { ...sent, [name]: bad }];
    }
  }
}

function* withBadParameters(
  { path, operation }: DescribedOperation,
  good: string,
): Generator<[note: string, path: string]> {
  const [goodPath, goodQuery = ''] = good.split('?');
  const goodSegments = goodPath.split('/');
  for (const [index, segment] of path.split('/').entries()) {
    if (!segment.startsWith('{')) continue;
    for (const bad of ['no-such-thing', '4294967295', '99999999999', '%ff', '-1', 'true']) {
      const segments = goodSegments.with(index, bad);
      yield [`${segment} is ${bad}`, `${segments.join('/')}?${goodQuery}`];
    }
  }
  for (const { name } of (operation.parameters ?? []).filter(
    ({ in: place }) => place === 'query',
  )) {
    for (const bad of ['', 'no such thing', '-1', '99999999999999999999999', '1.5']) {
      const query = new URLSearchParams(goodQuery);
      query.set(name, bad);
      yield [`${name} is "${bad}"`, `${goodPath}?${query}`];
    }
  }
}

for (const engine of ['auto', 'node'] as const) {
  const options = { http: { port: 0 }, settings: { ...settings, 'http.engine': engine } };

  test(`every operation does what the document says (${engine})`, async (t) => {
    await using broker = await startBroker(options);
    const root = await HttpCaller.login(broker);
    await prepare(root);
    const contract = new OpenApiContract((await root.get('/openapi.json')).text);
    const ids = contract.operations.map(({ operation }) => operation.operationId).sort();
    assert.deepEqual(ids, Object.keys(goodCalls).sort());
    for (const described of contract.operations) {
      const { operationId } = described.operation;
      await t.test(operationId, async () => {
        for (const call of [goodCalls[operationId]].flat()) {
          await callWell(root, contract, described, call);
        }
      });
    }
    assert.deepEqual(broker.errors, []);
  });

  test(`every operation refuses as the document says (${engine})`, async (t) => {
    await using broker = await startBroker(options);
    const root = await HttpCaller.login(broker);
    const contract = new OpenApiContract((await root.get('/openapi.json')).text);
    for (const described of contract.operations) {
      // Of what is bad for one operation, some is good for another.
      await prepare(root);
      const { operationId } = described.operation;
      await t.test(operationId, () => callBadly(root, contract, described));
    }
    const kinds = [200, 201, 204, 400, 401, 404, 413, 415, 422, 426];
    assert.deepEqual([...contract.statuses].sort(), kinds);
    assert.deepEqual(broker.errors, []);
  });
}

async function callBadly(
  root: HttpCaller,
  contract: OpenApiContract,
  described: DescribedOperation,
): Promise<void> {
  const { method, operation } = described;
  const [call] = [goodCalls[operation.operationId]].flat();
  if (!isOpen(described)) {
    for (const token of [null, 'no.such.token']) {
      const answer = await root.call(method, call.path, { ...call, token });
      assert.equal(answer.status, 401);
      contract.check(described, answer, 'without a token that holds');
    }
  }
  for (const [note, path] of withBadParameters(described, call.path)) {
    contract.check(described, await root.call(method, path, call), note);
  }
  if (operation.requestBody !== undefined) await sendBadBodies(root, contract, described, call);
}

async function sendBadBodies(
  root: HttpCaller,
  contract: OpenApiContract,
  described: DescribedOperation,
  call: GoodCall,
): Promise<void> {
  const { method } = described;
  const wrongType = { ...call, headers: { 'content-type': 'application/xml' } };
  const unknown = await root.call(method, call.path, wrongType);
  assert.equal(unknown.status, 415);
  contract.check(described, unknown, 'of another content type');
  const large = { ...call, body: `{"a":"${'x'.repeat(limitBytes)}"}` };
  const tooLarge = await root.call(method, call.path, large);
  assert.equal(tooLarge.status, 413);
  contract.check(described, tooLarge, 'too large');
  for (const [note, body] of withBadBodies(call.body)) {
    contract.check(described, await root.call(method, call.path, { ...call, body }), note);
  }
}

async function callWell(
  root: HttpCaller,
  contract: OpenApiContract,
  described: DescribedOperation,
  inTable: GoodCall,
): Promise<void> {
  const { operationId } = described.operation;
  const isInSession = described.path.includes('{session_id}');
  const preparation = isInSession ? inSession : preparations[operationId];
  const call = (await preparation?.(root, operationId)) ?? inTable;
  await call.before?.(root);
  const answer = await root.call(described.method, call.path, call);
  const error = errorsOfGoodCalls[operationId];
  const expected = error === undefined ? answer.status < 300 : answer.status === error;
  assert.ok(expected, `${operationId}: ${answer.status} ${answer.text}`);
  contract.check(described, answer, 'good');
}
