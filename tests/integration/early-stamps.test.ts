import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import type { StoredMessage } from '../../src/wire/classic/messages.ts';
import { STATUS_OK, status } from '../../src/wire/status.ts';
import { receiveSettings, receiveWays, startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { RawClient, statusOf } from '../support/raw-client.ts';
import {
  createPlace,
  place,
  poll,
  pollRequest,
  sendFrame,
  sendRequest,
  strategy,
  texts,
  textsIn,
} from '../support/topic-kit.ts';

const LARGE = 300;
const TEXT_BYTES = 2000;
/** More than two clocks of one machine are apart. */
const PAUSE_MS = 30;

/** So many messages that their frame is large. */
const largeBatch = (name: string) =>
  Array.from({ length: LARGE }, (_, i) => `${name} ${i} `.padEnd(TEXT_BYTES, 'x'));

const nowMicros = () => BigInt(Date.now()) * 1000n;

/** Sends the first part of a frame, gives the broker time for it, then has something happen. */
async function begin(client: RawClient, frame: Buffer, share = 0.6): Promise<Buffer> {
  const bytes = Math.floor(frame.byteLength * share);
  await client.write(frame.subarray(0, bytes));
  await sleep(PAUSE_MS);
  return frame.subarray(bytes);
}

/** Bytes of all logs of a broker. */
function logBytes({ dataDir }: TestBroker): number {
  const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
  const logs = names.filter((name) => name.startsWith('streams') && name.endsWith('.log'));
  return logs.reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0);
}

async function lastOf(client: RawClient): Promise<StoredMessage> {
  const [message] = await poll(client, { strategy: strategy('last'), count: 1 });
  return message;
}

for (const way of receiveWays) {
  test(`a large frame is stamped while it arrives (${way})`, async () => {
    await using broker = await startBroker({ settings: receiveSettings[way] });
    await using client = await RawClient.login(broker);
    await createPlace(client);
    await client.call(sendMessages, sendRequest(['first']));
    for (const [round, name] of ['a', 'b', 'c'].entries()) {
      const rest = await begin(client, sendFrame(largeBatch(name)));
      const arrivingMicros = nowMicros();
      await sleep(PAUSE_MS);
      assert.equal(statusOf(await client.exchange(rest)), STATUS_OK);
      const last = await lastOf(client);
      assert.ok(last.timestamp <= arrivingMicros, 'its time is that of its beginning');
      assert.equal(last.offset, BigInt(LARGE * (round + 1)));
    }
    const all = [...largeBatch('a'), ...largeBatch('b'), ...largeBatch('c')];
    assert.deepEqual(await textsIn(client, 0), ['first', ...all]);
  });
}

test('a large frame is stored behind what others sent while it arrived', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await using other = await RawClient.login(broker);
  await createPlace(client);
  const rest = await begin(client, sendFrame(largeBatch('a')));
  await other.call(sendMessages, sendRequest(['between', 'them']));
  const behindMicros = nowMicros();
  assert.equal(statusOf(await client.exchange(rest)), STATUS_OK);
  assert.deepEqual(await textsIn(client, 0), ['between', 'them', ...largeBatch('a')]);
  assert.ok((await lastOf(client)).timestamp >= behindMicros);
});

test('two large frames for one partition can arrive at once', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await using other = await RawClient.login(broker);
  await createPlace(client);
  const rest = await begin(client, sendFrame(largeBatch('a')));
  const otherRest = await begin(other, sendFrame(largeBatch('b')));
  assert.equal(statusOf(await other.exchange(otherRest)), STATUS_OK);
  assert.equal(statusOf(await client.exchange(rest)), STATUS_OK);
  assert.deepEqual(await textsIn(client, 0), [...largeBatch('b'), ...largeBatch('a')]);
});

test('a topic can be purged, or deleted, while a large frame for it arrives', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await using other = await RawClient.login(broker);
  await createPlace(client);
  await client.call(sendMessages, sendRequest(['old']));
  let rest = await begin(client, sendFrame(largeBatch('a')));
  await other.call(purgeTopic, place);
  assert.equal(statusOf(await client.exchange(rest)), STATUS_OK);
  assert.deepEqual(await textsIn(client, 0), largeBatch('a'));
  rest = await begin(client, sendFrame(largeBatch('b')));
  await other.call(deleteTopic, place);
  assert.equal(statusOf(await client.exchange(rest)), status.TopicIdNotFound);
  assert.equal(await client.status(sendMessages, sendRequest(['x'])), status.TopicIdNotFound);
});

test('a large frame for a topic that is not there is read to its end and refused', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  const rest = await begin(client, sendFrame(largeBatch('a')));
  assert.equal(statusOf(await client.exchange(rest)), status.StreamIdNotFound);
  await createPlace(client);
  assert.equal(statusOf(await client.exchange(sendFrame(largeBatch('a')))), STATUS_OK);
  assert.deepEqual(await textsIn(client, 0), largeBatch('a'));
});

test('balanced large frames go to one partition after the other', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 3);
  for (const name of ['a', 'b', 'c', 'd']) {
    const rest = await begin(client, sendFrame(largeBatch(name), { kind: 'balanced' }));
    assert.equal(statusOf(await client.exchange(rest)), STATUS_OK);
  }
  assert.deepEqual(await textsIn(client, 0), [...largeBatch('a'), ...largeBatch('d')]);
  assert.deepEqual(await textsIn(client, 1), largeBatch('b'));
  assert.deepEqual(await textsIn(client, 2), largeBatch('c'));
});

test('a large frame that must be refused is, however much of it was stamped', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const frame = sendFrame(largeBatch('a'));
  const last = frame.byteLength - TEXT_BYTES;
  const tooLong = Buffer.from(frame);
  tooLong.writeUInt32LE(TEXT_BYTES + 1, last - 64 + 52);
  const otherOffset = Buffer.from(frame);
  otherOffset.writeBigUInt64LE(5n, last - 64 + 24);
  assert.equal(statusOf(await client.exchange(await begin(client, tooLong))), status.MissingIndex);
  assert.equal(statusOf(await client.exchange(await begin(client, otherOffset))), STATUS_OK);
  assert.deepEqual(await textsIn(client, 0), largeBatch('a'));
});

test('a client that goes away amid a large frame leaves nothing', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  for (let round = 0; round < 3; round++) {
    await using other = await RawClient.login(broker);
    await begin(other, sendFrame(largeBatch('gone')));
  }
  await eventually('its memory is back', () => {
    return broker.statistics.frameBytesUsed <= broker.idle.frameBytesUsed;
  });
  await eventually('nothing of it is in a file', () => logBytes(broker) === 0);
  const rest = await begin(client, sendFrame(largeBatch('a')));
  const arrivingMicros = nowMicros();
  await sleep(PAUSE_MS);
  assert.equal(statusOf(await client.exchange(rest)), STATUS_OK);
  assert.ok((await lastOf(client)).timestamp <= arrivingMicros, 'frames are stamped as before');
  assert.deepEqual(await textsIn(client, 0), largeBatch('a'));
});

test('a shard can die while a large frame for it arrives', async () => {
  await using broker = await startBroker({ threads: 1 });
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await client.call(sendMessages, sendRequest(['first']));
  let stored = ['first'];
  for (const name of ['a', 'b', 'c']) {
    const rest = await begin(client, sendFrame(largeBatch(name)));
    broker.crashShard(0);
    const isTaken = statusOf(await client.exchange(rest)) === STATUS_OK;
    await eventually('the shard is back', async () => {
      const { status } = await client.request(pollMessages, pollRequest({ count: 1 }));
      return status === STATUS_OK;
    });
    // What it had written of the frame is kept; the frame itself was acknowledged or not.
    const found = texts(await poll(client, { count: 5000 }));
    const batch = largeBatch(name);
    assert.deepEqual(found.slice(0, stored.length), stored);
    const ahead = found.slice(stored.length, found.length - (isTaken ? batch.length : 0));
    assert.deepEqual(ahead, batch.slice(0, ahead.length));
    if (isTaken) assert.deepEqual(found.slice(-batch.length), batch);
    stored = found;
  }
  assert.equal(statusOf(await client.exchange(sendFrame(largeBatch('last')))), STATUS_OK);
  assert.deepEqual(texts(await poll(client, { count: 5000 })), [...stored, ...largeBatch('last')]);
});

/** Sends batches of all sizes in pieces, some at once; returns what was acknowledged. */
async function produce(broker: TestBroker, name: string, random: SeededRandom): Promise<string[]> {
  await using client = await RawClient.login(broker);
  const sent: string[] = [];
  for (let round = 0; round < 12; round++) {
    const frames = Array.from({ length: random.integer(1, 3) }, () => {
      const count = random.next() < 0.6 ? random.integer(130, 500) : random.integer(1, 30);
      const first = sent.length;
      const batch = Array.from({ length: count }, (_, i) =>
        `${name} ${first + i} `.padEnd(random.integer(1000, 3000), 'x'),
      );
      sent.push(...batch);
      return sendFrame(batch, random.integer(0, 1));
    });
    const bytes = Buffer.concat(frames);
    for (let at = 0; at < bytes.byteLength; ) {
      const end = at + random.integer(1, 400_000);
      await client.write(bytes.subarray(at, end));
      if (random.next() < 0.2) await sleep(random.integer(0, 5));
      at = end;
    }
    for (const response of await client.take(frames.length)) {
      assert.equal(statusOf(response), STATUS_OK);
    }
  }
  return sent;
}

test('what many clients send in pieces to the same partitions is stored once', async (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  await using broker = await startBroker({ settings: { 'system.segment.size': '4 MiB' } });
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  const names = ['a', 'b', 'c'];
  const producers = names.map((name, i) =>
    produce(broker, name, new SeededRandom(random.seed + i + 1)),
  );
  const sent = await Promise.all(producers);
  const stored: string[] = [];
  for (const partitionId of [0, 1]) {
    for (let offset = 0; ; ) {
      const found = await poll(client, { partitionId, strategy: strategy('offset', offset) });
      if (found.length === 0) break;
      assert.equal(found[0].offset, BigInt(offset), 'no gap between polls');
      stored.push(...texts(found));
      offset += found.length;
    }
  }
  assert.deepEqual(stored.sort(), sent.flat().sort());
});
