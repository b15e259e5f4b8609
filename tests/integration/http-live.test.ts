import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { livePollBytesMax } from '../../src/wire/limits.ts';
import { startBroker } from '../support/broker.ts';
import { EventReader, type ReadEvent, textsOf } from '../support/event-reader.ts';
import { addCaller, HttpCaller } from '../support/http-caller.ts';
import {
  isIdle,
  LARGE_BYTES,
  LARGE_COUNT,
  polledUntilStill,
  send,
  sendLarge,
  topic,
  waits,
  withTopic,
} from '../support/http-kit.ts';

const events = `${topic}/messages/events?payload=text`;

function idsOf(read: readonly ReadEvent[]): (string | undefined)[] {
  return read.map(({ id }) => id);
}

async function storedOffset(caller: HttpCaller, consumer: string): Promise<number | undefined> {
  const path = `${topic}/consumer-offsets?consumer_id=${consumer}&partition_id=0`;
  const { json } = await caller.get(path);
  return (json as { stored_offset?: number }).stored_offset;
}

for (const engine of ['auto', 'node'] as const) {
  const options = { http: { port: 0 }, settings: { 'http.engine': engine } };

  test(`events come while messages are sent, over HTTP and over TCP (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await send(root, 'one', 'two');
    await using reader = await EventReader.open(root, events);
    const [first, second] = await reader.take(2);
    assert.deepEqual([first.id, second.id], ['0:0', '0:1']);
    const { partition_id: partitionId, header, text } = first.data as Record<string, unknown>;
    assert.deepEqual([partitionId, text], [0, 'one']);
    assert.equal((header as { offset: number }).offset, 0);
    await using client = await connect(broker.url);
    for (let number = 0; number < 50; number++) {
      if (number % 2 === 0) await send(root, `m${number}`);
      else {
        const message = { payload: `m${number}` };
        await client.messages.send('dev', 'events', [message], { partition: 0 });
      }
    }
    const read = await reader.take(50);
    const expected = Array.from({ length: 50 }, (_, number) => `m${number}`);
    assert.deepEqual(textsOf(read), expected);
    await reader[Symbol.asyncDispose]();
    await isIdle(broker);
    assert.deepEqual(broker.errors, []);
  });

  test(`reading begins where the caller says, and goes on behind the last event (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await send(root, 'a', 'b', 'c', 'd');
    const path = `${topic}/consumer-offsets`;
    await root.put(path, { consumer_id: 'me', partition_id: 0, offset: 0 });
    for (const [query, expected] of [
      ['kind=offset&value=2', ['c', 'd']],
      ['kind=timestamp&value=0', ['a', 'b', 'c', 'd']],
      ['kind=first&count=1', ['a', 'b', 'c', 'd']],
      ['kind=last&count=2', ['c', 'd']],
      ['kind=next&consumer_id=me', ['b', 'c', 'd']],
    ] as const) {
      await using reader = await EventReader.open(root, `${events}&${query}`);
      assert.deepEqual(textsOf(await reader.take(expected.length)), expected, query);
    }
    const headers = { 'last-event-id': '0:1' };
    await using resumed = await EventReader.open(root, `${events}&kind=first`, { headers });
    assert.deepEqual(idsOf(await resumed.take(2)), ['0:2', '0:3']);
    for (const bad of ['1:1', '1', 'x:1', '0:99999999999999999999']) {
      const answer = await root.get(events, { headers: { 'last-event-id': bad } });
      const { field } = answer.json as { field: string };
      assert.deepEqual([answer.status, field], [400, 'last-event-id'], bad);
    }
  });

  test(`an offset is stored with the events that it is about (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await send(root, 'a', 'b');
    const query = 'kind=next&consumer_id=me&auto_commit=true';
    await using reader = await EventReader.open(root, `${events}&${query}`);
    await reader.take(2);
    assert.equal(await storedOffset(root, 'me'), 1);
    await send(root, 'c');
    assert.deepEqual(textsOf(await reader.take(1)), ['c']);
    assert.equal(await storedOffset(root, 'me'), 2);
    await using plain = await EventReader.open(root, `${events}&kind=next&consumer_id=other`);
    assert.deepEqual(textsOf(await plain.take(3)), ['a', 'b', 'c']);
    assert.equal(await storedOffset(root, 'other'), undefined);
  });

  test(`a slow reader makes nobody read ahead for it (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await sendLarge(broker);
    await using reader = await EventReader.open(root, events);
    const read = await polledUntilStill(broker, 'bytes');
    // What the sockets hold is the system's affair; the broker has read one poll beyond it.
    const total = LARGE_COUNT * LARGE_BYTES;
    assert.ok(read < total / 2, `${read} bytes of ${total} were read`);
    assert.equal((await reader.take(LARGE_COUNT)).at(-1)?.id, `0:${LARGE_COUNT - 1}`);
    await reader[Symbol.asyncDispose]();
    await isIdle(broker);
  });

  test(`a stop ends all subscriptions with a word (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await using reader = await EventReader.open(root, events);
    await waits(broker);
    await broker.stop();
    assert.equal(await reader.end(), 'shard_communication_error');
  });

  test(`what cannot be followed is refused before the first event (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    for (const [path, code] of [
      [`/streams/nope/topics/events/messages/events`, 'stream_id_not_found'],
      [`/streams/dev/topics/nope/messages/events`, 'topic_id_not_found'],
      [`${events}&partition_id=7`, 'partition_not_found'],
    ]) {
      const answer = await root.get(path);
      assert.deepEqual([answer.status, (answer.json as { code: string }).code], [404, code]);
    }
    const anna = await addCaller(broker, root);
    assert.equal((await anna.get(events)).status, 403);
    assert.equal((await root.get(events, { token: null })).status, 401);
    assert.equal((await root.get(`${events}&count=0`)).status, 400);
    const head = await root.call('HEAD', events);
    assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/event-stream']);
    await isIdle(broker);
  });
}

const options = { http: { port: 0 } };

test('a subscription ends when its topic, its partition, or its permission goes', async () => {
  await using broker = await startBroker(options);
  const root = await withTopic(broker);
  const anna = await addCaller(broker, root, permissionsOf(true));
  await using hers = await EventReader.open(anna, events);
  await using second = await EventReader.open(root, `${events}&partition_id=1`);
  await using first = await EventReader.open(root, events);
  await waits(broker, 2);
  await root.put('/users/anna/permissions', { permissions: permissionsOf(false) });
  await send(root, 'a');
  assert.equal(await hers.end(), 'unauthorized');
  await root.delete(`${topic}/partitions?partitions_count=1`);
  assert.equal(await second.end(), 'partition_not_found');
  await first.take(1);
  await root.delete(topic);
  assert.equal(await first.end(), 'topic_id_not_found');
  await isIdle(broker);
});

test('a subscription ends with its token, and with its user', async () => {
  const settings = { 'http.jwt.access_token_expiry': '2 s', 'http.jwt.clock_skew': '0 s' };
  await using broker = await startBroker({ ...options, settings });
  const root = await withTopic(broker);
  await using expiring = await EventReader.open(root, events);
  assert.equal(await expiring.end(), 'unauthenticated');
  await using other = await startBroker(options);
  const admin = await withTopic(other);
  const anna = await addCaller(other, admin, permissionsOf(true));
  await using hers = await EventReader.open(anna, events);
  const again = await HttpCaller.login(other);
  await using his = await EventReader.open(again, events);
  await waits(other);
  await admin.put('/users/anna', { status: 'inactive' });
  await again.delete('/users/logout');
  await send(admin, 'not for them');
  assert.equal(await hers.end(), 'unauthenticated');
  assert.equal(await his.end(), 'unauthenticated');
});

test('a topic that is emptied is followed from its new beginning', async () => {
  await using broker = await startBroker(options);
  const root = await withTopic(broker);
  await send(root, 'a');
  await using reader = await EventReader.open(root, events);
  await reader.take(1);
  for (const what of [topic, '/streams/dev']) {
    await waits(broker);
    await root.delete(`${what}/purge`);
    await send(root, 'new');
    assert.deepEqual(idsOf(await reader.take(1)), ['0:0'], what);
  }
});

test('messages that are larger than what is polled at once come one by one', async () => {
  await using broker = await startBroker(options);
  const root = await withTopic(broker);
  const large = 'y'.repeat(3 * livePollBytesMax);
  await send(root, large, 'small', large);
  await using reader = await EventReader.open(root, events);
  const texts = textsOf(await reader.take(3));
  assert.deepEqual(texts, [large, 'small', large]);
});

/** Permissions of one who may poll, or may do nothing. */
function permissionsOf(mayPoll: boolean) {
  const names = ['servers', 'users', 'streams', 'topics'].flatMap((what) => [
    `manage_${what}`,
    `read_${what}`,
  ]);
  const global = Object.fromEntries([...names, 'send_messages'].map((name) => [name, false]));
  return { global: { ...global, poll_messages: mayPoll }, streams: null };
}
