import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { logoutUser } from '../../src/wire/classic/commands/logout-user.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { status } from '../../src/wire/status.ts';
import { receiveSettings, receiveWays, startBroker } from '../support/broker.ts';
import { checkAll, PipelineModel, refusal, type Step, step } from '../support/pipeline.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { decode, RawClient, rootLogin, statusOf } from '../support/raw-client.ts';
import {
  checkedMessages,
  createPlace,
  place,
  pollFrame,
  pollRequest,
  sendFrame,
  sendRequest,
  texts,
  topicRequest,
} from '../support/topic-kit.ts';

const PARTITIONS = 7;

function framesOf(steps: readonly Step[]): Buffer {
  return Buffer.concat(steps.map(({ frame }) => frame));
}

function answers<Response>(codec: Parameters<typeof decode<Response>>[0]): Step['check'] {
  return (response) => void decode(codec, response);
}

function polls(expected: readonly string[]): Step['check'] {
  return (response) => {
    assert.deepEqual(texts(checkedMessages(decode(pollMessages, response))), expected);
  };
}

for (const [limit, receive] of [
  [1, 'auto'],
  [3, 'copy'],
  [256, 'auto'],
  [256, 'copy'],
  [256, 'tls'],
] as const) {
  test(`mixed requests are answered in order, ${limit} at once (${receive})`, async (t) => {
    const random = new SeededRandom(testSeed());
    t.diagnostic(`seed ${random.seed}`);
    const settings = { 'tcp.max_requests_in_flight': limit, ...receiveSettings[receive] };
    await using broker = await startBroker({ threads: 3, settings });
    await using client = await RawClient.login(broker);
    await createPlace(client, PARTITIONS);
    const steps = new PipelineModel(random, PARTITIONS).steps(800);
    client.socket.write(framesOf(steps));
    checkAll(steps, await client.take(steps.length));
    assert.deepEqual(broker.errors, []);
  });
}

test('requests may be cut anywhere on their way', async (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  await using broker = await startBroker({ threads: 3 });
  await using client = await RawClient.login(broker);
  await createPlace(client, PARTITIONS);
  const steps = new PipelineModel(random, PARTITIONS).steps(300);
  const bytes = framesOf(steps);
  for (let start = 0; start < bytes.byteLength; ) {
    const end = start + random.integer(1, random.next() < 0.5 ? 20 : 2000);
    await client.write(bytes.subarray(start, end));
    start = end;
  }
  checkAll(steps, await client.take(steps.length));
});

test('several connections pipeline at once without mixing up', async (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  await using broker = await startBroker({ threads: 3 });
  const run = async (index: number) => {
    await using client = await RawClient.login(broker);
    const streamId = `stream ${index}`;
    await client.call(createStream, { name: streamId });
    await client.call(createTopic, topicRequest(streamId, 'events', 2));
    const steps = Array.from({ length: 200 }, (_, number) => {
      const isSend = number % 2 === 0;
      const text = `${index}/${number}/${'y'.repeat(random.integer(0, 500))}`;
      return { isSend, text };
    });
    const expected: string[] = [];
    const made = steps.map(({ isSend, text }) => {
      if (isSend) expected.push(text);
      const request = {
        ...pollRequest({ count: 1, strategy: { kind: 'last', value: 0n } }),
        streamId,
      };
      return isSend
        ? step('send', sendTo(streamId, text))
        : step('poll', encodeRequest(pollMessages, request), polls([expected.at(-1)!]));
    });
    client.socket.write(framesOf(made));
    checkAll(made, await client.take(made.length));
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => run(index)));
});

function sendTo(streamId: string, text: string): Buffer {
  return encodeRequest(sendMessages, { ...sendRequest([text]), streamId });
}

test('a login counts for everything that comes behind it in the same write', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const large = Buffer.alloc(100_000, 'z');
  const steps = [
    refusal('send before', sendFrame(['early']), status.Unauthenticated),
    refusal('poll before', pollFrame(0, 0), status.Unauthenticated),
    step('login', encodeRequest(loginUser, rootLogin), answers(loginUser)),
    step('stream', encodeRequest(createStream, { name: 'orders' }), answers(createStream)),
    step('topic', encodeRequest(createTopic, topicRequest(0, 'events')), answers(createTopic)),
    step('send', sendFrame(['first'])),
    step('large send', sendFrame([large])),
    step('poll', pollFrame(0, 0, 2), polls(['first', large.toString()])),
    step('logout', encodeRequest(logoutUser, undefined)),
    refusal('send after', sendFrame(['late']), status.Unauthenticated),
    refusal('large send after', sendFrame([large]), status.Unauthenticated),
    refusal('me after', encodeRequest(getMe, undefined), status.Unauthenticated),
    step('second login', encodeRequest(loginUser, rootLogin), answers(loginUser)),
    step('large send first', sendFrame([large])),
    step('second poll', pollFrame(0, 2, 2), polls([large.toString()])),
  ];
  client.socket.write(framesOf(steps));
  checkAll(steps, await client.take(steps.length));
});

test('a command of the catalog waits for what is in front and holds what is behind', async () => {
  await using broker = await startBroker({ threads: 3 });
  await using client = await RawClient.login(broker);
  await createPlace(client, PARTITIONS);
  const rounds = Array.from({ length: 20 }, (_, round) => {
    const sends = Array.from({ length: PARTITIONS }, (_unused, partition) =>
      step('send', sendFrame([`round ${round}`], partition)),
    );
    const reads = Array.from({ length: PARTITIONS }, (_unused, partition) =>
      step('poll', pollFrame(partition, 0, 9), polls([`round ${round}`])),
    );
    const empty = Array.from({ length: PARTITIONS }, (_unused, partition) =>
      step('poll behind the purge', pollFrame(partition, 0, 9), polls([])),
    );
    const purge = step('purge', encodeRequest(purgeTopic, place));
    return [...sends, ...reads, purge, ...empty];
  });
  const end = [
    step('delete', encodeRequest(deleteTopic, place)),
    refusal('poll of nothing', pollFrame(0, 0), status.TopicIdNotFound),
    refusal('send to nothing', sendFrame(['x']), status.TopicIdNotFound),
  ];
  const steps = [...rounds.flat(), ...end];
  client.socket.write(framesOf(steps));
  checkAll(steps, await client.take(steps.length));
});

for (const receive of receiveWays) {
  test(`a client that ends its side gets every answer, then the end (${receive})`, async () => {
    const settings = { 'tcp.max_requests_in_flight': 5, ...receiveSettings[receive] };
    await using broker = await startBroker({ threads: 3, settings });
    await using client = await RawClient.login(broker);
    await createPlace(client, PARTITIONS);
    const steps = new PipelineModel(new SeededRandom(5), PARTITIONS).steps(2000);
    client.socket.end(framesOf(steps));
    checkAll(steps, await client.take(steps.length));
    await client.closed();
  });
}

test('a broker that stops answers what is under way, says 8 and closes', async () => {
  await using broker = await startBroker({ threads: 3 });
  await using client = await RawClient.login(broker);
  await using idle = await RawClient.connect(broker);
  await createPlace(client, PARTITIONS);
  const steps = new PipelineModel(new SeededRandom(7), PARTITIONS).steps(3000);
  client.socket.write(framesOf(steps));
  await client.take(1);
  await broker.stop();
  await Promise.all([client.closed(), idle.closed()]);
  assert.deepEqual(idle.received().map(statusOf), [status.Disconnected]);
  const responses = client.received();
  assert.equal(statusOf(responses.pop()!), status.Disconnected);
  checkAll(steps.slice(1, 1 + responses.length), responses);
});

test('what was asked before a frame that ends the connection is answered first', async () => {
  await using broker = await startBroker({ threads: 3 });
  await using client = await RawClient.login(broker);
  await createPlace(client, PARTITIONS);
  const steps = new PipelineModel(new SeededRandom(6), PARTITIONS).steps(200);
  const data = Array.from({ length: PARTITIONS }, (_, partition) =>
    step('last send', sendFrame(['last'], partition)),
  );
  const impossible = Buffer.alloc(8);
  impossible.writeUInt32LE(0xffff_ffff, 0);
  impossible.writeUInt32LE(pollMessages.code, 4);
  const all = [...steps, ...data, refusal('4 GiB', impossible, status.InvalidCommand)];
  client.socket.write(framesOf(all));
  checkAll(all, await client.take(all.length));
  await client.closed();
});

test('more requests than one connection may have under way are served all the same', async () => {
  await using broker = await startBroker({ settings: { 'tcp.max_requests_in_flight': 2 } });
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  const count = 3000;
  const frames = Array.from({ length: count }, (_, index) => sendFrame([`${index}`], index % 2));
  client.socket.write(Buffer.concat(frames));
  const codes = (await client.take(count)).map(statusOf);
  assert.deepEqual(new Set(codes), new Set([0]));
  const expected = Array.from({ length: count }, (_, index) => `${index}`);
  for (const partition of [0, 1]) {
    const { payload } = await client.exchange(pollFrame(partition, 0, count));
    const polled = checkedMessages(decode(pollMessages, { status: 0, payload }));
    assert.deepEqual(
      texts(polled),
      expected.filter((_, index) => index % 2 === partition),
    );
  }
});
