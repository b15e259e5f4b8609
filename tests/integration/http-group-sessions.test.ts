import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { leaveConsumerGroup } from '../../src/wire/classic/commands/leave-consumer-group.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { EventReader, textsOf } from '../support/event-reader.ts';
import { eventually } from '../support/eventually.ts';
import { assignmentsSeenBy, groupPlace, groupPoll, joinAs, storeAs } from '../support/group-kit.ts';
import { addCaller, base64, HttpCaller, topicBody } from '../support/http-caller.ts';
import { place } from '../support/topic-kit.ts';

const topic = `/streams/${place.streamId}/topics/${place.topicId}`;
const group = `${topic}/consumer-groups/${groupPlace.groupId}`;
const http = { port: 0 };

interface Polled {
  readonly partition_id: number;
  readonly messages: readonly { readonly payload: string }[];
}

async function withGroup(broker: TestBroker, partitionsCount = 2): Promise<HttpCaller> {
  const root = await HttpCaller.login(broker);
  await root.post('/streams', { name: place.streamId });
  const body = topicBody({ name: place.topicId, partitions_count: partitionsCount });
  await root.post(`/streams/${place.streamId}/topics`, body);
  await root.post(`${topic}/consumer-groups`, { name: groupPlace.groupId });
  return root;
}

/** A new session; its path and its number among the clients. */
async function join(caller: HttpCaller, body: object = {}) {
  const { status, json, text } = await caller.post(`${group}/sessions`, body);
  assert.equal(status, 201, text);
  const session = json as { session_id: string; client_id: number; idle_timeout: number };
  return { ...session, path: `${group}/sessions/${session.session_id}` };
}

async function poll(caller: HttpCaller, path: string, query = '') {
  const { status, json, text } = await caller.get(`${path}/messages?${query}`);
  assert.equal(status, 200, text);
  const { partition_id: partitionId, messages } = json as Polled;
  const texts = messages.map(({ payload }) => Buffer.from(payload, 'base64').toString());
  return { partitionId, texts };
}

async function send(caller: HttpCaller, partitionId: number, ...texts: readonly string[]) {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(partitionId);
  const partitioning = { kind: 'partition_id', value: value.toString('base64') };
  const messages = texts.map((text) => ({ payload: base64(text) }));
  const { status, text } = await caller.post(`${topic}/messages`, { partitioning, messages });
  assert.equal(status, 201, text);
}

async function clientsOf(caller: HttpCaller) {
  const { json } = await caller.get('/clients');
  return json as readonly { client_id: number; transport: string }[];
}

for (const engine of ['auto', 'node'] as const) {
  const options = { http, settings: { 'http.engine': engine, 'polling.max_wait': '1 m' } };

  test(`a session reads the partitions of its group in turn, and commits (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withGroup(broker);
    await send(root, 0, 'a0', 'a1');
    await send(root, 1, 'b0');
    const { path } = await join(root);
    const read = [await poll(root, path), await poll(root, path)];
    read.sort((one, other) => one.partitionId - other.partitionId);
    assert.deepEqual(read, [
      { partitionId: 0, texts: ['a0', 'a1'] },
      { partitionId: 1, texts: ['b0'] },
    ]);
    const offsets = `${path}/offsets`;
    assert.equal((await root.put(offsets, { partition_id: 0, offset: 0 })).status, 204);
    assert.deepEqual((await poll(root, path, 'partition_id=0')).texts, ['a1']);
    assert.deepEqual((await poll(root, path, 'partition_id=1&auto_commit=true')).texts, ['b0']);
    assert.deepEqual((await poll(root, path, 'partition_id=1')).texts, []);
    await root.get(`${path}/messages`);
    assert.equal((await root.put(offsets, { offset: 1 })).status, 204);
    assert.equal((await root.put(offsets, { offset: 99 })).status, 400);
    assert.equal((await root.delete(path)).status, 204);
    for (const call of [root.get(path), root.get(`${path}/messages`), root.delete(path)]) {
      assert.equal((await call).status, 404);
    }
    assert.deepEqual(broker.errors, []);
  });

  test(`a poll of a session waits for any of its partitions (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withGroup(broker, 3);
    const { path } = await join(root);
    for (const partitionId of [2, 0, 1]) {
      const held = poll(root, path, 'auto_commit=true&wait=60000');
      await eventually('the poll waits', () => broker.statistics.watchedCount === 4);
      await send(root, partitionId, `p${partitionId}`);
      assert.deepEqual(await held, { partitionId, texts: [`p${partitionId}`] });
    }
  });

  test(`a session follows its partitions, and what it did not commit comes again (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withGroup(broker);
    const { path } = await join(root, { idle_timeout: 1000 });
    const events = `${path}/messages/events?payload=text`;
    {
      await using reader = await EventReader.open(root, events);
      await send(root, 0, 'a0', 'a1');
      assert.deepEqual(textsOf(await reader.take(2)), ['a0', 'a1']);
      await send(root, 1, 'b0');
      assert.deepEqual((await reader.take(1))[0].id, '1:0');
      await send(root, 0, 'a2');
      assert.deepEqual(textsOf(await reader.take(1)), ['a2']);
      await root.put(`${path}/offsets`, { partition_id: 0, offset: 0 });
    }
    await using again = await EventReader.open(root, events);
    const ids = (await again.take(3)).map(({ id }) => id);
    assert.deepEqual(ids.sort(), ['0:1', '0:2', '1:0']);
    await root.delete(path);
    assert.equal(await again.end(), 'consumer_group_member_not_found');
  });
}

const options = { http, settings: { 'polling.max_wait': '1 m' } };

test('sessions and connections share the partitions of a group', async () => {
  await using broker = await startBroker(options);
  const root = await withGroup(broker, 4);
  await using client = await joinAs(broker);
  const { path } = await join(root);
  assert.deepEqual(await assignmentsSeenBy(client), [
    [0, 1],
    [2, 3],
  ]);
  for (const partitionId of [0, 1, 2, 3]) await send(root, partitionId, `p${partitionId}`);
  const read = new Map<string, number>();
  for (let round = 0; round < 2; round++) {
    for (const { partitionId, texts } of [await poll(root, path), await groupPoll(client)]) {
      read.set(texts.join(), partitionId);
    }
  }
  assert.deepEqual(
    [...read.entries()].sort(),
    ['p0', 'p1', 'p2', 'p3'].map((text, id) => [text, id]),
  );
  // What the session has not committed stays with it, as with any other member.
  await using third = await joinAs(broker);
  await storeAs(client, 0, 0);
  await storeAs(client, 1, 0);
  const assigned = await assignmentsSeenBy(client);
  assert.equal(assigned.flat().length, 4);
  assert.ok(assigned.every((partitions) => partitions.length > 0));
  await root.delete(path);
  await third.call(leaveConsumerGroup, groupPlace);
  assert.deepEqual(await assignmentsSeenBy(client), [[0, 1, 2, 3]]);
  assert.deepEqual((await groupPoll(client)).texts.length <= 1, true);
});

test('a partition moves to a session once the connection that reads it has committed', async () => {
  await using broker = await startBroker(options);
  const root = await withGroup(broker, 2);
  await using client = await joinAs(broker);
  await send(root, 0, 'a');
  await send(root, 1, 'b');
  const seen = [await groupPoll(client), await groupPoll(client)];
  assert.deepEqual(seen.map(({ texts }) => texts[0]).sort(), ['a', 'b']);
  const { path } = await join(root);
  const [[kept], [moved]] = await assignmentsSeenBy(client);
  assert.deepEqual(await poll(root, path), { partitionId: 0, texts: [] });
  await using reader = await EventReader.open(root, `${path}/messages/events?payload=text`);
  await storeAs(client, moved, 0);
  await send(root, moved, 'c');
  const [event] = await reader.take(1);
  assert.equal(event.id, `${moved}:1`);
  await send(root, kept, 'd');
  assert.deepEqual((await groupPoll(client)).partitionId, kept);
});

test('a session that asks for nothing ends, and its partitions go to others', async () => {
  await using broker = await startBroker(options);
  const root = await withGroup(broker, 2);
  const { path } = await join(root, { idle_timeout: 1000 });
  await using client = await joinAs(broker);
  await eventually('the connection has all partitions', async () => {
    return (await assignmentsSeenBy(client)).length === 1;
  });
  assert.equal((await root.get(`${path}/messages`)).status, 404);
});

test('a session is a client as all others are, and of use to its user alone', async () => {
  await using broker = await startBroker(options);
  const root = await withGroup(broker);
  const { path, client_id: clientId, idle_timeout: idleTimeout } = await join(root);
  assert.equal(idleTimeout, 30_000);
  assert.deepEqual((await root.get(path)).json, {
    session_id: path.split('/').at(-1),
    client_id: clientId,
    idle_timeout: idleTimeout,
  });
  const [shown] = await clientsOf(root);
  assert.deepEqual([shown.client_id, shown.transport], [clientId, 'HTTP']);
  await using client = await connect(broker.url);
  const known = (await client.clients.list()).find((one) => one.clientId === clientId);
  assert.deepEqual([known?.transport, known?.consumerGroupsCount], ['http', 1]);
  const details = (await root.get(`/clients/${clientId}`)).json as { consumer_groups: unknown };
  assert.deepEqual(details.consumer_groups, [{ stream_id: 0, topic_id: 0, group_id: 0 }]);
  const { json } = await root.get(group);
  assert.equal((json as { members_count: number }).members_count, 1);
  const anna = await addCaller(broker, root);
  for (const call of [anna.get(path), anna.get(`${path}/messages`), anna.delete(path)]) {
    assert.equal((await call).status, 404);
  }
  assert.equal((await anna.post(`${group}/sessions`, {})).status, 403);
  assert.equal((await root.post(`${topic}/consumer-groups/nope/sessions`, {})).status, 404);
  for (const idle of [999, 600_001, 'x']) {
    const { status, json: refused } = await root.post(`${group}/sessions`, { idle_timeout: idle });
    assert.equal((refused as { field: string }).field, 'idle_timeout');
    assert.ok(status === 400 || status === 422);
  }
  // Who was refused is no client.
  assert.equal((await clientsOf(root)).length, 2);
  await root.delete(group);
  assert.equal((await root.get(`${path}/messages`)).status, 404);
});
