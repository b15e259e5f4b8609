import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { liveCommitsWaitingMax, liveFrameBytesMax } from '../../src/wire/limits.ts';
import { startBroker } from '../support/broker.ts';
import { EventReader } from '../support/event-reader.ts';
import { HttpCaller, topicBody } from '../support/http-caller.ts';
import {
  isIdle,
  LARGE_COUNT,
  polledUntilStill,
  send,
  sendLarge,
  topic,
  waits,
  withTopic,
} from '../support/http-kit.ts';
import { LiveSocketClient } from '../support/live-socket.ts';

const path = `${topic}/messages/socket?payload=text`;
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

for (const engine of ['auto', 'node'] as const) {
  const options = { http: { port: 0 }, settings: { 'http.engine': engine } };

  test(`messages come as they are sent, as many as the client takes (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await send(root, 'a', 'b', 'c', 'd', 'e');
    await using client = await LiveSocketClient.open(root, path);
    client.say({ credit: 2 });
    const first = await client.next();
    assert.deepEqual([first.partition_id, first.current_offset, first.count], [0, 4, 2]);
    assert.deepEqual(
      first.messages?.map(({ text }) => text),
      ['a', 'b'],
    );
    client.say({ credit: 1 });
    assert.deepEqual(await client.take(1), ['c']);
    client.say({ commit: { partition_id: 0, offset: 2 } });
    // Nothing comes without a credit: the next frame is the answer.
    assert.deepEqual(await client.next(), { committed: { partition_id: 0, offset: 2 } });
    client.say({ credit: 100 });
    assert.deepEqual(await client.take(2), ['d', 'e']);
    await using tcp = await connect(broker.url);
    for (const payload of ['f', 'g']) {
      await waits(broker);
      await tcp.messages.send('dev', 'events', [{ payload }], { partition: 0 });
      assert.deepEqual(await client.take(1), [payload]);
    }
    client.socket.close();
    await client.closed;
    await isIdle(broker);
    assert.deepEqual(broker.errors, []);
  });

  test(`a credit in the query is enough to begin, wherever that is (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await send(root, 'a', 'b', 'c');
    await using last = await LiveSocketClient.open(root, `${path}&kind=last&count=1&credit=9`);
    assert.deepEqual(await last.take(1), ['c']);
    const query = 'kind=next&consumer_id=me&auto_commit=true&credit=2';
    await using next = await LiveSocketClient.open(root, `${path}&${query}`);
    assert.deepEqual(await next.take(2), ['a', 'b']);
    const { json } = await root.get(`${topic}/consumer-offsets?consumer_id=me&partition_id=0`);
    assert.equal((json as { stored_offset: number }).stored_offset, 1);
  });

  test(`commits are answered, and one that is refused ends nothing (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await send(root, 'a');
    await using client = await LiveSocketClient.open(root, path);
    client.say({ commit: { partition_id: 0, offset: 7 } });
    const { refused, error } = await client.next();
    assert.deepEqual([refused?.offset, error?.code], [7, 'invalid_offset']);
    client.say({ credit: 1, commit: { partition_id: 0, offset: 0 } });
    const answers = [await client.next(), await client.next()];
    assert.equal(answers.filter(({ committed }) => committed?.offset === 0).length, 1);
    assert.equal(answers.filter(({ count }) => count === 1).length, 1);
  });

  test(`what a client may not say ends it with a word (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    for (const bad of [
      '{',
      '7',
      '{"credit":-1}',
      '{"credits":1}',
      '{"commit":{}}',
      '{"credit":1.5}',
    ]) {
      await using client = await LiveSocketClient.open(root, path);
      client.socket.send(bad);
      assert.deepEqual(await client.end(), ['invalid_http_request', POLICY_VIOLATION], bad);
    }
    await using many = await LiveSocketClient.open(root, path);
    for (let count = 0; count < 4 * liveCommitsWaitingMax; count++) {
      many.say({ commit: { partition_id: 0, offset: 0 } });
    }
    await many.closed;
    await using large = await LiveSocketClient.open(root, path);
    large.socket.send('x'.repeat(liveFrameBytesMax + 1));
    await large.closed;
    await isIdle(broker);
    assert.deepEqual(broker.errors, []);
  });

  test(`what cannot be followed is refused before there is a WebSocket (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    const opened = (where: string, headers?: Record<string, string>, protocols?: string[]) =>
      LiveSocketClient.open(root, where, { headers, protocols });
    await assert.rejects(opened('/streams/nope/topics/events/messages/socket'), /status 404/);
    await assert.rejects(opened(`${path}&partition_id=7`), /status 404/);
    await assert.rejects(opened(`${path}&credit=x`), /status 400/);
    await assert.rejects(opened(path, {}), /status 401/);
    await assert.rejects(opened(path, {}, ['veltro', 'bearer.nope']), /status 401/);
    await assert.rejects(opened(`${topic}/messages/events`), /status 400/);
    await assert.rejects(opened('/no/such/path'), /status 404/);
    await assert.rejects(opened('/ping'), /status 200/);
    const plain = await root.get(path);
    assert.deepEqual([plain.status, plain.headers.get('upgrade')], [426, 'websocket']);
    const protocols = ['veltro', `bearer.${root.token}`];
    await using client = await LiveSocketClient.open(root, path, { headers: {}, protocols });
    assert.equal(client.socket.protocol, 'veltro');
    await client[Symbol.asyncDispose]();
    await isIdle(broker);
  });

  test(`a stop, an expiry and a deletion end a WebSocket with a word (${engine})`, async () => {
    const settings = { 'http.jwt.access_token_expiry': '3 s', 'http.jwt.clock_skew': '0 s' };
    await using broker = await startBroker({
      ...options,
      settings: { ...options.settings, ...settings },
    });
    const root = await withTopic(broker);
    // Without a credit nothing is polled, and the end comes all the same.
    await using expiring = await LiveSocketClient.open(root, path);
    assert.deepEqual(await expiring.end(), ['unauthenticated', POLICY_VIOLATION]);
    const again = await HttpCaller.login(broker);
    await using client = await LiveSocketClient.open(again, `${path}&credit=1`);
    await waits(broker);
    await again.delete(topic);
    assert.deepEqual(await client.end(), ['topic_id_not_found', POLICY_VIOLATION]);
    await again.post('/streams/dev/topics', topicBody());
    await using idle = await LiveSocketClient.open(again, path);
    await using waiting = await LiveSocketClient.open(again, `${path}&credit=1`);
    await waits(broker);
    await broker.stop();
    assert.deepEqual(await idle.end(), ['shard_communication_error', GOING_AWAY]);
    assert.deepEqual(await waiting.end(), ['shard_communication_error', GOING_AWAY]);
  });

  test(`nothing is left out of a topic that is emptied while nothing is taken (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await send(root, 'a');
    await using client = await LiveSocketClient.open(root, `${path}&credit=1`);
    assert.deepEqual(await client.take(1), ['a']);
    await root.delete(`${topic}/purge`);
    await send(root, 'b', 'c', 'd');
    client.say({ credit: 3 });
    assert.deepEqual(await client.take(3), ['b', 'c', 'd']);
  });

  test(`a reader that takes nothing is not read for (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await sendLarge(broker);
    await using client = await LiveSocketClient.open(root, path);
    client.socket.pause();
    client.say({ credit: 1_000_000 });
    const read = await polledUntilStill(broker, 'messages');
    assert.ok(read < 100, `${read} of ${LARGE_COUNT} messages were read`);
    client.socket.resume();
    assert.equal((await client.take(LARGE_COUNT)).length, LARGE_COUNT);
  });

  test(`a member of a group follows over a WebSocket and commits what it has done (${engine})`, async () => {
    await using broker = await startBroker(options);
    const root = await withTopic(broker);
    await root.post(`${topic}/consumer-groups`, { name: 'workers' });
    const sessions = `${topic}/consumer-groups/workers/sessions`;
    const { json } = await root.post(sessions, {});
    const session = `${sessions}/${(json as { session_id: string }).session_id}`;
    const socket = `${session}/messages/socket?payload=text&credit=100`;
    await send(root, 'a', 'b');
    {
      await using client = await LiveSocketClient.open(root, socket);
      assert.deepEqual(await client.take(2), ['a', 'b']);
      client.say({ commit: { partition_id: 0, offset: 0 } });
      assert.deepEqual((await client.next()).committed, { partition_id: 0, offset: 0 });
      client.say({ commit: { partition_id: 7, offset: 0 } });
      assert.equal((await client.next()).error?.code, 'not_resolved_consumer');
    }
    await using again = await LiveSocketClient.open(root, socket);
    assert.deepEqual(await again.take(1), ['b']);
    await using events = await EventReader.open(root, `${session}/messages/events`);
    assert.equal((await events.take(1))[0].id, '0:1');
    await root.delete(session);
    const [code] = await again.end();
    assert.equal(code, 'consumer_group_member_not_found');
    assert.equal(await events.end(), code);
  });
}
