import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { STATUS_OK } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { noFileSending } from '../support/file-sending.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { decode, RawClient, type RawResponse } from '../support/raw-client.ts';
import {
  checkedMessages,
  createPlace,
  place,
  pollFrame,
  sendRequest,
  texts,
} from '../support/topic-kit.ts';

const MESSAGES = 4000;
const BATCH = 500;
const TEXT_BYTES = 2000;
/** More than sockets take of somebody who does not read. */
const POLLS = 8;
const skip = noFileSending;

const textOf = (offset: number) => `${offset} `.padEnd(TEXT_BYTES, `${offset % 7}`);
const textsFrom = (first: number, count: number) =>
  Array.from({ length: Math.min(count, MESSAGES - first) }, (_, i) => textOf(first + i));

/** Descriptors of logs that this process has, with its broker. */
function logDescriptors(): number {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => /\.log( \(deleted\))?$/.test(target)).length;
}

/** Eight megabytes in one partition. */
async function fill(broker: TestBroker): Promise<RawClient> {
  const client = await RawClient.login(broker);
  await createPlace(client);
  for (let first = 0; first < MESSAGES; first += BATCH) {
    await client.call(sendMessages, sendRequest(textsFrom(first, BATCH)));
  }
  return client;
}

function assertTexts(response: RawResponse, first: number, count: number): void {
  const found = texts(checkedMessages(decode(pollMessages, response)));
  assert.deepEqual(found, textsFrom(first, count));
}

test('polls of all sizes are what was sent, in the order of the requests', { skip }, async (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  await using broker = await startBroker();
  await using client = await fill(broker);
  for (let round = 0; round < 20; round++) {
    const asked = Array.from({ length: random.integer(1, 12) }, () => {
      const count = random.next() < 0.5 ? random.integer(1, 100) : random.integer(150, 2000);
      return { first: random.integer(0, MESSAGES - 1), count, isTopic: random.next() < 0.2 };
    });
    const frames = asked.map(({ first, count, isTopic }) =>
      isTopic ? encodeRequest(getTopic, place) : pollFrame(0, first, count),
    );
    client.socket.write(Buffer.concat(frames));
    if (round % 4 === 0) {
      client.socket.pause();
      await sleep(20);
      client.socket.resume();
    }
    for (const { first, count, isTopic } of asked) {
      const response = await client.next();
      if (isTopic) assert.equal(decode(getTopic, response)?.messagesCount, BigInt(MESSAGES));
      else assertTexts(response, first, count);
    }
  }
});

test('what is being sent outlives the topic that it came from', { skip }, async () => {
  await using broker = await startBroker();
  await using other = await fill(broker);
  await using client = await RawClient.login(broker);
  const before = logDescriptors();
  client.socket.pause();
  const polls = [0, 1, 2];
  client.socket.write(Buffer.concat(polls.map((first) => pollFrame(0, first, MESSAGES))));
  await eventually('all are being sent', () => broker.statistics.repliesOut === polls.length);
  assert.ok(logDescriptors() > before);
  await other.call(purgeTopic, place);
  await other.call(sendMessages, sendRequest(['something else']));
  await other.call(deleteTopic, place);
  client.socket.resume();
  for (const first of polls) assertTexts(await client.next(), first, MESSAGES);
  await eventually('no file of it is open', () => logDescriptors() === 0);
});

/** Sends batches of one generation of messages after the other, with a purge in between. */
async function rewrite(client: RawClient, random: SeededRandom): Promise<void> {
  for (let generation = 0; generation < 12; generation++) {
    for (let first = 0; first < 2000; first += 400) {
      const batch = Array.from({ length: 400 }, (_, i) =>
        `${generation} ${first + i} `.padEnd(random.integer(500, 1500), 'x'),
      );
      await client.call(sendMessages, sendRequest(batch));
    }
    await sleep(random.integer(0, 60));
    await client.call(purgeTopic, place);
  }
}

/** Polls at random until told to end, and now and then goes away amid an answer. */
async function readWhile(
  isOn: () => boolean,
  broker: TestBroker,
  random: SeededRandom,
): Promise<number> {
  let found = 0;
  while (isOn()) {
    await using client = await RawClient.login(broker);
    for (let round = random.integer(1, 8); round > 0 && isOn(); round--) {
      const firsts = Array.from({ length: random.integer(1, 4) }, () => random.integer(0, 1500));
      client.socket.write(Buffer.concat(firsts.map((first) => pollFrame(0, first, 1500))));
      if (random.next() < 0.1) break;
      for (const response of await client.take(firsts.length)) found += messagesIn(response);
    }
  }
  return found;
}

/** How many messages there are; they must be of one generation and follow each other. */
function messagesIn(response: RawResponse): number {
  const messages = checkedMessages(decode(pollMessages, response));
  if (messages.length === 0) return 0;
  const [generation] = texts(messages)[0].split(' ');
  const offset = Number(messages[0].offset);
  const names = texts(messages).map((text) => text.split(' ', 2).join(' '));
  assert.deepEqual(
    names,
    messages.map((_, i) => `${generation} ${offset + i}`),
  );
  return messages.length;
}

test('readers of a topic that is purged again and again get what was sent', { skip }, async (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  await using broker = await startBroker({ settings: { 'system.segment.size': '1 MiB' } });
  await using writer = await RawClient.login(broker);
  await createPlace(writer);
  let isOn = true;
  const readers = [1, 2, 3].map((n) =>
    readWhile(() => isOn, broker, new SeededRandom(random.seed + n)),
  );
  await rewrite(writer, random).finally(() => {
    isOn = false;
  });
  for (const found of await Promise.all(readers)) assert.ok(found > 0);
  await eventually('nothing is held', () => broker.statistics.repliesOut === 0);
  await eventually('one log is open at most', () => logDescriptors() <= 1);
});

test('who goes away in the middle leaves no descriptor', { skip }, async () => {
  await using broker = await startBroker();
  await using other = await fill(broker);
  const before = logDescriptors();
  for (const end of ['destroy', 'resetAndDestroy'] as const) {
    const client = await RawClient.login(broker);
    client.socket.pause();
    const frames = Array.from({ length: POLLS }, () => pollFrame(0, 0, MESSAGES));
    client.socket.write(Buffer.concat(frames));
    await eventually('a file is being sent', () => logDescriptors() > before);
    client.socket[end]();
    await eventually('its descriptors are closed', () => logDescriptors() === before);
  }
  await eventually('nothing is held', () => broker.statistics.repliesOut === 0);
  assertTexts(await other.exchange(pollFrame(0, 0, 10)), 0, 10);
});

test('a shard that dies ends what is sent from its files', { skip }, async () => {
  await using broker = await startBroker({ threads: 1 });
  await using other = await fill(broker);
  const before = logDescriptors();
  await using client = await RawClient.login(broker);
  client.socket.pause();
  client.socket.write(
    Buffer.concat(Array.from({ length: POLLS }, () => pollFrame(0, 0, MESSAGES))),
  );
  await eventually('a file is being sent', () => logDescriptors() > before);
  broker.crashShard(0);
  await eventually('it is cut', () => broker.statistics.connectionsCount === 1);
  await eventually('its descriptors are closed', () => logDescriptors() <= before);
  await eventually('another shard answers', async () => {
    const response = await other.exchange(pollFrame(0, 0, 10));
    if (response.status !== STATUS_OK) return false;
    assertTexts(response, 0, 10);
    return true;
  });
});

test('who reads slowly is not cut, who reads nothing is', { skip }, async () => {
  await using broker = await startBroker({ settings: { 'tcp.write_timeout': '2 s' } });
  await using _filled = await fill(broker);
  await using slow = await RawClient.login(broker);
  const idle = await RawClient.login(broker);
  const frames = Buffer.concat(Array.from({ length: POLLS }, (_, i) => pollFrame(0, i, MESSAGES)));
  idle.socket.pause();
  idle.socket.write(frames);
  slow.socket.write(frames);
  const startedMs = Date.now();
  while (Date.now() - startedMs < 5000) {
    slow.socket.pause();
    await sleep(400);
    slow.socket.resume();
    await sleep(1);
  }
  for (let i = 0; i < POLLS; i++) assertTexts(await slow.next(), i, MESSAGES);
  idle.socket.resume();
  await idle.closed();
  assert.ok(idle.received().length < POLLS);
});

test('nothing is sent from files where that is switched off', { skip }, async () => {
  await using broker = await startBroker({ settings: { 'tcp.send_files': false } });
  await using _filled = await fill(broker);
  await using client = await RawClient.login(broker);
  const before = logDescriptors();
  client.socket.pause();
  client.socket.write(
    Buffer.concat(Array.from({ length: POLLS }, () => pollFrame(0, 0, MESSAGES))),
  );
  await eventually('replies are on their way', () => broker.statistics.repliesOut > 0);
  assert.equal(logDescriptors(), before);
  client.socket.resume();
  for (let i = 0; i < POLLS; i++) assertTexts(await client.next(), 0, MESSAGES);
});
