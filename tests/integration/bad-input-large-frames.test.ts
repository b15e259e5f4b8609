import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import type { StoredMessage } from '../../src/wire/classic/messages.ts';
import { messagePayloadBytesMax } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { receiveSettings, receiveWays, startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { decode, RawClient, statusOf } from '../support/raw-client.ts';
import {
  checkedMessages,
  createPlace,
  place,
  poll,
  pollFrame,
  sendFrame,
  sendRequest,
  strategy,
} from '../support/topic-kit.ts';

const MIB = 1024 * 1024;
const EMPTY_OK = { status: 0, payload: Buffer.alloc(0) };
/** The least memory that two threads can have, with frames that just take the largest message. */
const tight = { 'system.memory_pool.size': '256 MiB', 'tcp.max_frame_size': '62 MiB' } as const;

/** A payload that no other name and place in it has: every 32 bytes tell where they belong. */
function payloadOf(name: string, bytes: number): Buffer {
  const payload = Buffer.alloc(bytes, `${name} `.padEnd(24, '.').concat('00000000'));
  for (let at = 24; at + 8 <= bytes; at += 4096) payload.write(`${at}`.padStart(8, '0'), at);
  return payload;
}

function assertPayload({ payload, offset }: StoredMessage, name: string, bytes: number): void {
  const isSame = payload.equals(payloadOf(name, bytes));
  assert.ok(isSame, `${name} of ${bytes} bytes at offset ${offset}`);
}

async function assertNoMemoryHeld(broker: TestBroker): Promise<void> {
  await eventually('all memory is free again', () => {
    const { connectionsCount } = broker.statistics;
    return isDeepStrictEqual(broker.statistics, { ...broker.idle, connectionsCount });
  });
  assert.deepEqual(broker.errors, []);
}

for (const receive of receiveWays) {
  test(`messages of every size arrive unchanged, cut anywhere (${receive})`, async (t) => {
    const random = new SeededRandom(testSeed());
    t.diagnostic(`seed ${random.seed}`);
    await using broker = await startBroker({ settings: receiveSettings[receive] });
    await using client = await RawClient.login(broker);
    await createPlace(client, 2);
    const near = [32_000, 32_768, 33_000, 65_000, 65_536, 66_000, 131_072];
    const sizes = [1, MIB, 3, 20 * MIB, 100, messagePayloadBytesMax, 0, ...near, 5, MIB + 1];
    const frames = sizes.map((bytes, index) =>
      Buffer.from(sendFrame([payloadOf(`m${index}`, bytes), 'small'], index % 2)),
    );
    const bytes = Buffer.concat(frames);
    for (let start = 0; start < bytes.byteLength; ) {
      const end = start + random.integer(1, random.next() < 0.2 ? 100 : 2 * MIB);
      await client.write(bytes.subarray(start, end));
      start = end;
    }
    for (const response of await client.take(frames.length)) assert.deepEqual(response, EMPTY_OK);
    for (const [index, size] of sizes.entries()) {
      const from = strategy('offset', 2 * Math.floor(index / 2));
      const [message] = await poll(client, { partitionId: index % 2, strategy: from, count: 1 });
      assertPayload(message, `m${index}`, size);
    }
    await client.call(purgeTopic, place);
    await assertNoMemoryHeld(broker);
  });
}

test('a message above the largest size is refused and nothing of it is kept', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const request = sendRequest([Buffer.alloc(messagePayloadBytesMax)]);
  const frame = Buffer.concat([encodeRequest(sendMessages, request), Buffer.alloc(1)]);
  frame.writeUInt32LE(frame.byteLength - 4, 0);
  const payloadLengthAt = frame.byteLength - messagePayloadBytesMax - 1 - 64 + 52;
  frame.writeUInt32LE(messagePayloadBytesMax + 1, payloadLengthAt);
  assert.equal(statusOf(await client.exchange(frame)), status.TooBigMessagePayload);
  assert.deepEqual(await poll(client), []);
  await assertNoMemoryHeld(broker);
});

test('large batches interleave with small ones of the same connection', async () => {
  await using broker = await startBroker({ threads: 3 });
  await using client = await RawClient.login(broker);
  await createPlace(client, 3);
  const sizes = Array.from({ length: 60 }, (_, index) => (index % 5 === 0 ? 2 * MIB : index * 7));
  const frames = sizes.flatMap((bytes, index) => {
    const partition = index % 3;
    const offset = Math.floor(index / 3);
    return [sendFrame([payloadOf(`m${index}`, bytes)], partition), pollFrame(partition, offset)];
  });
  client.socket.write(Buffer.concat(frames));
  const responses = await client.take(frames.length);
  for (const [index, bytes] of sizes.entries()) {
    assert.deepEqual(responses[2 * index], EMPTY_OK);
    const [message] = checkedMessages(decode(pollMessages, responses[2 * index + 1]));
    assertPayload(message, `m${index}`, bytes);
  }
});

test('a poll answers at most 16 MiB, but always a whole message', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const sizes = [5, 5, 5, 3, 20, 1, 1].map((mebibytes) => mebibytes * MIB);
  for (const [index, bytes] of sizes.entries()) {
    await client.exchange(sendFrame([payloadOf(`m${index}`, bytes)]));
  }
  const counts: number[] = [];
  for (let offset = 0; offset < sizes.length; offset += counts.at(-1)!) {
    const messages = await poll(client, { strategy: strategy('offset', offset), count: 100 });
    counts.push(messages.length);
    for (const [index, message] of messages.entries()) {
      assertPayload(message, `m${offset + index}`, sizes[offset + index]);
    }
  }
  assert.deepEqual(counts, [3, 1, 1, 2]);
});

test('more is sent and read at once than there is memory for: all is answered', async (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  await using broker = await startBroker({ threads: 2, settings: tight });
  await using setup = await RawClient.login(broker);
  const partitions = 4;
  await createPlace(setup, partitions);
  const batches = Array.from({ length: partitions }, () =>
    Array.from({ length: 8 }, () => random.integer(1, random.next() < 0.2 ? 25 * MIB : 5 * MIB)),
  );
  const send = async (partition: number) => {
    await using client = await RawClient.login(broker);
    for (const [index, bytes] of batches[partition].entries()) {
      client.socket.write(sendFrame([payloadOf(`${partition}/${index}`, bytes)], partition));
    }
    for (const response of await client.take(8)) assert.deepEqual(response, EMPTY_OK);
  };
  const read = async (partition: number) => {
    await using client = await RawClient.login(broker);
    for (let offset = 0; offset < 8; ) {
      const from = { partitionId: partition, strategy: strategy('offset', offset) };
      for (const message of await poll(client, { ...from, count: 3 })) {
        assertPayload(message, `${partition}/${offset}`, batches[partition][offset]);
        offset++;
      }
    }
  };
  const all = [...batches.keys()];
  await Promise.all([...all.map(send), ...all.map(read), ...all.map(read)]);
  await setup.call(purgeTopic, place);
  await assertNoMemoryHeld(broker);
});

test('answers that wait for each other on two shards do not wait for ever', async () => {
  // What is sent from files would hold no memory that others wait for.
  const copying = { ...tight, 'tcp.send_files': false };
  const settings = { ...copying, 'tcp.max_response_bytes_in_flight': '256 MiB' };
  await using broker = await startBroker({ threads: 2, settings });
  await using setup = await RawClient.login(broker);
  await createPlace(setup, 2);
  const sizes = Array.from({ length: 60 }, (_, index) => (index === 0 ? 50 * MIB : MIB));
  for (const partition of [0, 1]) {
    for (const [index, bytes] of sizes.entries()) {
      await setup.exchange(sendFrame([payloadOf(`${partition}/${index}`, bytes)], partition));
    }
  }
  // It takes so much of both shards' memory that the largest message does not fit beside it.
  await using slow = await RawClient.login(broker);
  slow.socket.pause();
  slow.socket.write(Buffer.concat([pollFrame(0, 1, 16), pollFrame(1, 1, 16)]));
  await eventually('the slow one has its answers', () => broker.statistics.repliesOut === 2);
  const readers = await Promise.all([0, 1].map(() => RawClient.login(broker)));
  for (const [first, reader] of readers.entries()) {
    const others = Array.from({ length: 5 }, () => pollFrame(1 - first, 1, 8));
    reader.socket.write(Buffer.concat([pollFrame(first, 0), ...others]));
    await eventually('only the largest wait', () => broker.statistics.callsWaiting === first + 1);
  }
  slow.destroy();
  for (const [first, reader] of readers.entries()) {
    const answers = (await reader.take(6)).map((response) => decode(pollMessages, response));
    const [largest, ...others] = answers.map(checkedMessages);
    assertPayload(largest[0], `${first}/0`, 50 * MIB);
    for (const messages of others) {
      assert.equal(messages.length, 8);
      for (const [index, message] of messages.entries()) {
        assertPayload(message, `${1 - first}/${1 + index}`, MIB);
      }
    }
    reader.destroy();
  }
  await setup.call(purgeTopic, place);
  await assertNoMemoryHeld(broker);
});

test('senders that stop inside large frames are cut when others need the memory', async () => {
  const settings = { ...tight, 'tcp.frame_timeout': '1 h' };
  await using broker = await startBroker({ threads: 2, settings });
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const frame = sendFrame([Buffer.alloc(50 * MIB)]);
  const stalled = [await RawClient.login(broker), await RawClient.login(broker)];
  for (const sender of stalled) await sender.write(frame.subarray(0, MIB));
  await eventually('both frames hold memory', () => broker.statistics.frameBytesUsed > 100 * MIB);
  for (let index = 0; index < 4; index++) {
    const sent = client.exchange(sendFrame([payloadOf(`m${index}`, 30 * MIB)]));
    assert.deepEqual(await sent, EMPTY_OK);
  }
  assert.ok(stalled.some(({ isClosed }) => isClosed));
  for (const sender of stalled) sender.destroy();
});
