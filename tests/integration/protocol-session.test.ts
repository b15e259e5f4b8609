import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPartitions } from '../../src/wire/classic/commands/create-partitions.ts';
import { getClusterMetadata } from '../../src/wire/classic/commands/get-cluster-metadata.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { getStats } from '../../src/wire/classic/commands/get-stats.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { type LoginUserRequest, loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { logoutUser } from '../../src/wire/classic/commands/logout-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { status } from '../../src/wire/status.ts';
import { xxhash32 } from '../../src/wire/xxhash32.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, place, sendRequest } from '../support/topic-kit.ts';

const GET_ME = 'get me needs a login and so tells whether there is one';

function login(username: string, password: string): LoginUserRequest {
  return { username, password, version: '', context: '' };
}

async function assertLogin(client: RawClient, isLoggedIn: boolean): Promise<void> {
  const expected = isLoggedIn ? 0 : status.Unauthenticated;
  assert.equal(await client.status(getMe, undefined), expected, GET_ME);
}

test('a login answers the user id in four bytes', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const answer = await client.request(loginUser, login('iggy', 'iggy'));
  assert.deepEqual(answer, { status: 0, payload: Buffer.alloc(4) });
  await assertLogin(client, true);
});

test('a login is refused by the length of the name, of the password, then by both', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const rows: [username: string, password: string, expected: number][] = [
    ['ig', '', status.InvalidUsername],
    ['u'.repeat(51), 'pw', status.InvalidUsername],
    ['iggy', 'pw', status.InvalidPassword],
    ['nobody', '', status.InvalidPassword],
    ['iggy', 'p'.repeat(101), status.InvalidPassword],
    ['nobody', 'iggy', status.InvalidCredentials],
    ['u'.repeat(50), 'p'.repeat(100), status.InvalidCredentials],
    ['iggy', 'wrong', status.InvalidCredentials],
    ['Iggy', 'iggy', status.InvalidCredentials],
    ['éé', 'iggy', status.InvalidCredentials],
  ];
  for (const [username, password, expected] of rows) {
    const code = await client.status(loginUser, login(username, password));
    assert.equal(code, expected, `${username} with ${password}`);
    await assertLogin(client, false);
  }
});

test('a name of digits is also looked up as a user number', async () => {
  await using broker = await startBroker({ rootCredentials: { username: '7up', password: 'abc' } });
  await using client = await RawClient.connect(broker);
  assert.equal(await client.status(loginUser, login('000', 'abc')), 0);
  assert.equal(await client.status(loginUser, login('001', 'abc')), status.InvalidCredentials);
});

test('a failed login leaves the identity, a logout takes it', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  assert.equal(await client.status(logoutUser, undefined), status.Unauthenticated);
  await client.call(loginUser, login('iggy', 'iggy'));
  assert.equal(await client.status(loginUser, login('iggy', 'nope')), status.InvalidCredentials);
  await assertLogin(client, true);
  await client.call(loginUser, login('iggy', 'iggy'));
  await assertLogin(client, true);
  await client.call(logoutUser, undefined);
  await assertLogin(client, false);
  assert.equal(await client.status(getStreams, undefined), status.Unauthenticated);
  await client.call(ping, undefined);
  await client.call(loginUser, login('iggy', 'iggy'));
  await assertLogin(client, true);
});

test('get me tells the connection: client id is the hash of its address', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  const { localAddress, localPort } = client.socket;
  const address = `${localAddress}:${localPort}`;
  assert.deepEqual(await client.call(getMe, undefined), {
    clientId: xxhash32(Buffer.from(address)),
    userId: 0,
    transport: 'tcp',
    address,
    consumerGroups: [],
  });
});

test('the metadata of a cluster that is none names this node and its port', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  const { name, nodes } = await client.call(getClusterMetadata, undefined);
  assert.equal(name, 'single-node');
  assert.equal(nodes.length, 1);
  const { name: nodeName, ip, tcpPort, role, status: health } = nodes[0];
  assert.equal(`${ip}:${tcpPort}`, broker.addresses.tcp);
  assert.deepEqual([nodeName, role, health], ['iggy-node', 'leader', 'healthy']);
});

test('the statistics count streams, topics, partitions, segments, messages, clients', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await using other = await RawClient.login(broker);
  const empty = await client.call(getStats, undefined);
  assert.equal(empty.clientsCount, 2);
  assert.deepEqual([empty.streamsCount, empty.topicsCount, empty.partitionsCount], [0, 0, 0]);
  assert.deepEqual([empty.segmentsCount, empty.messagesCount], [0, 0n]);

  await createPlace(client, 2);
  await client.call(createPartitions, { ...place, partitionsCount: 1 });
  await client.call(sendMessages, sendRequest(['a', 'bc', 'def'], 2));
  const full = await client.call(getStats, undefined);
  assert.deepEqual([full.streamsCount, full.topicsCount, full.partitionsCount], [1, 1, 3]);
  assert.deepEqual([full.segmentsCount, full.messagesCount], [3, 3n]);
  assert.equal(full.messagesSizeBytes, 3n * 64n + 6n);
  assert.equal(full.processId, process.pid);
  assert.equal(full.consumerGroupsCount, 0);
  assert.deepEqual(full.cacheMetrics, []);
  assert.deepEqual([full.serverVersion, full.serverSemver], ['0.8.0', 8000]);
  assert.ok(full.threadsCount >= 3);
  assert.ok(full.runTimeMicros >= empty.runTimeMicros);
  for (const amount of [full.memoryUsageBytes, full.totalMemoryBytes, full.totalDiskSpaceBytes]) {
    assert.ok(amount > 0n);
  }
  assert.ok(other.isClosed === false);
});

test('clients that leave are no longer counted', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  const other = await RawClient.login(broker);
  assert.equal((await client.call(getStats, undefined)).clientsCount, 2);
  other.destroy();
  await eventually('one client is left', async () => {
    return (await client.call(getStats, undefined)).clientsCount === 1;
  });
});

test('a client of the 0.9 line is turned away without an answer', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const header = Buffer.alloc(256);
  header.writeUInt32LE(header.byteLength, 48);
  header[60] = 5;
  await client.write(header);
  await assert.rejects(client.next());
  await using next = await RawClient.connect(broker);
  await next.call(ping, undefined);
});
