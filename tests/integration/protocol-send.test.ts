import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPartitions } from '../../src/wire/classic/commands/create-partitions.ts';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { flushUnsavedBuffer } from '../../src/wire/classic/commands/flush-unsaved-buffer.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import type { Partitioning } from '../../src/wire/classic/structures/partitioning.ts';
import { encodeUserHeaders } from '../../src/wire/classic/user-headers.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient, statusOf } from '../support/raw-client.ts';
import {
  createPlace,
  place,
  poll,
  sendFrame,
  sendRequest,
  texts,
  textsIn,
  topicRequest,
} from '../support/topic-kit.ts';

const EMPTY_OK = { status: 0, payload: Buffer.alloc(0) };
const BALANCED: Partitioning = { kind: 'balanced' };

/** XXH32 of keys with seed 0 (protocol section 3.11). */
const keyHashes: [key: Buffer, hash: number][] = [
  [Buffer.from('user-42'), 1635883646],
  [Buffer.from('a'), 1426945110],
  [Buffer.from('key-1'), 962816521],
  [Buffer.from('order-1'), 3255428072],
  [Buffer.from('2a000000', 'hex'), 1161967057],
  [Buffer.from('127.0.0.1:54321'), 2650268133],
  [Buffer.from('[::1]:40000'), 1276173712],
  [Buffer.alloc(0), 0x02cc5d05],
];

/** Where things are in the frame of a batch for partition 0 of the usual topic. */
const METADATA_LENGTH_AT = 8;
const STREAM_KIND_AT = 12;
const TOPIC_KIND_AT = 20;
const PARTITIONING_AT = 28;
const COUNT_AT = 34;
const INDEX_AT = 38;
const METADATA_BYTES = 26;

function patched(frame: Buffer, at: number, hex: string): Buffer {
  const bytes = Buffer.from(frame);
  bytes.set(Buffer.from(hex, 'hex'), at);
  return bytes;
}

test('a batch goes to the partition that it names', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 3);
  assert.deepEqual(await client.exchange(sendFrame(['two', 'too'], 2)), EMPTY_OK);
  assert.deepEqual(await client.exchange(sendFrame(['zero'], 0)), EMPTY_OK);
  for (const [id, expected] of [['zero'], [], ['two', 'too']].entries()) {
    assert.deepEqual(await textsIn(client, id), expected);
  }
  for (const id of [3, 0xffff_ffff]) {
    assert.equal(statusOf(await client.exchange(sendFrame(['x'], id))), status.PartitionNotFound);
  }
});

test('a balanced batch goes to the next partition, one step a batch', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 3);
  await client.call(createTopic, topicRequest('orders', 'other', 2));
  const send = (text: string, topicId = 'events') =>
    client.call(sendMessages, { ...sendRequest([text, text], BALANCED), topicId });
  for (const text of ['a', 'b', 'c', 'd']) await send(text);
  await send('x', 'other');
  await client.call(sendMessages, sendRequest(['named'], 2));
  await send('e');
  await client.call(createPartitions, { ...place, partitionsCount: 1 });
  for (const text of ['f', 'g', 'h']) await send(text);
  const twice = (letters: string) => [...letters].flatMap((letter) => [letter, letter]);
  assert.deepEqual(await textsIn(client, 0), twice('adh'));
  assert.deepEqual(await textsIn(client, 1), twice('be'));
  assert.deepEqual(await textsIn(client, 2), [...twice('c'), 'named', ...twice('f')]);
  assert.deepEqual(await textsIn(client, 3), twice('g'));
  assert.deepEqual(texts(await poll(client, { topicId: 'other' })), ['x', 'x']);
});

test('a key goes to the partition that its hash tells', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  for (const count of [2, 3, 5, 10]) {
    const topicId = `${count} partitions`;
    await client.call(createTopic, topicRequest('orders', topicId, count));
    const expected: string[][] = Array.from({ length: count }, () => []);
    for (const [key, hash] of keyHashes) {
      const text = key.toString('hex');
      expected[hash % count].push(text);
      const partitioning: Partitioning = { kind: 'key', key };
      await client.call(sendMessages, { ...sendRequest([text], partitioning), topicId });
    }
    for (const [partitionId, list] of expected.entries()) {
      assert.deepEqual(texts(await poll(client, { topicId, partitionId })), list, topicId);
    }
  }
});

test('a topic without partitions takes no batch, however it is partitioned', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 0);
  const key: Partitioning = { kind: 'key', key: Buffer.from('k') };
  const rows = [
    [BALANCED, status.TopicIdNotFound],
    [key, status.TopicIdNotFound],
    [0, status.PartitionNotFound],
  ] as const;
  for (const [partitioning, expected] of rows) {
    const answer = await client.exchange(sendFrame(['x'], partitioning));
    assert.equal(statusOf(answer), expected);
  }
});

test('a batch for what does not exist answers 1009, 2010, then 3007', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const request = { ...sendRequest(['x'], 9), streamId: 'none', topicId: 'none' };
  const steps = [
    [{}, status.StreamIdNotFound],
    [{ streamId: 0 }, status.TopicIdNotFound],
    [{ streamId: 0, topicId: 0 }, status.PartitionNotFound],
  ] as const;
  for (const [changes, expected] of steps) {
    assert.equal(await client.status(sendMessages, { ...request, ...changes }), expected);
  }
});

test('what precedes the messages is refused with 6, 3 or 4009, and the next frame is served', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const frame = sendFrame(['hello'], 0);
  const rows: [name: string, at: number, hex: string, expected: number][] = [
    ['stream kind 0', STREAM_KIND_AT, '00', status.InvalidIdentifier],
    ['numeric stream of 6 bytes', STREAM_KIND_AT, '01', status.InvalidIdentifier],
    ['empty stream name', STREAM_KIND_AT + 1, '00', status.InvalidIdentifier],
    ['stream name, no UTF-8', STREAM_KIND_AT + 2, 'ff', status.InvalidIdentifier],
    ['stream name beyond the metadata', STREAM_KIND_AT + 1, '19', status.InvalidIdentifier],
    ['topic kind 3', TOPIC_KIND_AT, '03', status.InvalidIdentifier],
    ['topic name beyond the metadata', TOPIC_KIND_AT + 1, '40', status.InvalidIdentifier],
    ['partitioning kind 0', PARTITIONING_AT, '00', status.InvalidCommand],
    ['partitioning kind 4', PARTITIONING_AT, '04', status.InvalidCommand],
    ['balanced with a value', PARTITIONING_AT, '0104', status.InvalidCommand],
    ['partition of 3 bytes', PARTITIONING_AT, '0203', status.InvalidCommand],
    ['key beyond the metadata', PARTITIONING_AT, '0309', status.InvalidCommand],
    ['no messages', COUNT_AT, '00000000', status.InvalidMessagesCount],
    ['more entries than bytes', COUNT_AT, '07000000', status.InvalidCommand],
    ['4 G messages', COUNT_AT, 'ffffffff', status.InvalidCommand],
    ['metadata longer than the frame', METADATA_LENGTH_AT, 'ff000000', status.InvalidCommand],
    ['metadata of 4 GiB', METADATA_LENGTH_AT, 'ffffffff', status.InvalidCommand],
    ['metadata without the count', METADATA_LENGTH_AT, '16000000', status.InvalidCommand],
    ['no metadata', METADATA_LENGTH_AT, '00000000', status.InvalidIdentifier],
  ];
  for (const [name, at, hex, expected] of rows) {
    assert.equal(statusOf(await client.exchange(patched(frame, at, hex))), expected, name);
  }
  assert.deepEqual(await textsIn(client, 0), []);
  assert.deepEqual(await client.exchange(frame), EMPTY_OK);
});

test('bytes of the metadata behind the count are skipped', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const frame = sendFrame(['hello'], 0);
  const extra = Buffer.from('more metadata than anybody needs');
  const longer = Buffer.concat([frame.subarray(0, INDEX_AT), extra, frame.subarray(INDEX_AT)]);
  longer.writeUInt32LE(longer.byteLength - 4, 0);
  longer.writeUInt32LE(METADATA_BYTES + extra.byteLength, METADATA_LENGTH_AT);
  assert.deepEqual(await client.exchange(longer), EMPTY_OK);
  assert.deepEqual(await textsIn(client, 0), ['hello']);
});

test('the checks of a batch, each with its status; a refused batch leaves nothing', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const frame = sendFrame(['one', 'three', 'x'], 0);
  const entry = (index: number, field: number) => INDEX_AT + 16 * index + field;
  const messages = INDEX_AT + 3 * 16;
  const second = messages + 64 + 3;
  const rows: [name: string, at: number, hex: string, expected: number][] = [
    ['index offset', entry(1, 0), '01', status.NonZeroOffset],
    ['index timestamp', entry(2, 8), '01', status.NonZeroTimestamp],
    ['end behind the messages', entry(1, 4), 'ffff0000', status.MissingIndex],
    ['end before the header', entry(0, 4), '3f000000', status.MissingIndex],
    ['ends that go back', entry(1, 4), '42000000', status.MissingIndex],
    ['payload longer than its bounds', second + 52, '06', status.MissingIndex],
    ['headers longer than their bounds', second + 48, '01', status.MissingIndex],
    ['payload of 4 GiB', second + 52, 'ffffffff', status.MissingIndex],
    ['payload shorter than its bounds', second + 52, '04', status.InvalidMessagesSize],
    ['offsets that go back', messages + 24, '01', status.InvalidOffset],
    ['last end before the one in front', entry(2, 4), '00000000', status.CannotReadIndexPosition],
  ];
  for (const [name, at, hex, expected] of rows) {
    assert.equal(statusOf(await client.exchange(patched(frame, at, hex))), expected, name);
  }
  const topic = await client.call(getTopic, place);
  assert.deepEqual([topic?.messagesCount, topic?.sizeBytes], [0n, 0n]);
  assert.deepEqual(await client.exchange(frame), EMPTY_OK);
  assert.deepEqual(await textsIn(client, 0), ['one', 'three', 'x']);
});

test('the end of the last message may say anything from its start on', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const lastEnd = INDEX_AT + 4;
  for (const hex of ['00000000', '07000000', 'ffffffff']) {
    assert.deepEqual(await client.exchange(patched(sendFrame([hex]), lastEnd, hex)), EMPTY_OK);
  }
  assert.deepEqual(await textsIn(client, 0), ['00000000', '07000000', 'ffffffff']);
});

test('user headers have a limit of 100,000 bytes a message', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const message = {
    originTimestamp: 0n,
    payload: Buffer.from('p'),
    userHeaders: Buffer.alloc(1e5),
  };
  const request = { ...sendRequest([]), messages: [message] };
  assert.equal(await client.status(sendMessages, request), 0);
  const frame = encodeRequest(sendMessages, request);
  const headers = Buffer.concat([frame, Buffer.alloc(1)]);
  headers.writeUInt32LE(headers.byteLength - 4, 0);
  headers.writeUInt32LE(100_001, INDEX_AT + 16 + 48);
  assert.equal(statusOf(await client.exchange(headers)), status.TooBigUserHeaders);
  const [stored] = await poll(client);
  assert.equal(stored.userHeaders.byteLength, 100_000);
});

test('a message is kept as it was sent, with offset, time, id and checksum filled in', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const userHeaders = Buffer.from(
    encodeUserHeaders([
      [
        { kind: 'string', value: 'k' },
        { kind: 'uint32', value: 42 },
      ],
    ]),
  );
  const id = 0x0123456789abcdef_fedcba9876543210n;
  const messages = [
    { id, originTimestamp: 123n, payload: Buffer.from('with headers'), userHeaders },
    { originTimestamp: 2n ** 64n - 1n, payload: Buffer.alloc(0) },
    { originTimestamp: 0n, payload: Buffer.from([0, 255, 0]), userHeaders: Buffer.from('rubbish') },
  ];
  const frame = encodeRequest(sendMessages, { ...sendRequest([]), messages });
  const first = INDEX_AT + 3 * 16;
  const sent = patched(patched(frame, first, 'ff'.repeat(8)), first + 56, 'ee'.repeat(8));
  const before = BigInt(Date.now()) * 1000n;
  assert.deepEqual(await client.exchange(sent), EMPTY_OK);
  const stored = await poll(client);
  assert.deepEqual(
    stored.map(({ originTimestamp, payload, userHeaders: headers }) => [
      originTimestamp,
      payload.toString('hex'),
      headers.toString('hex'),
    ]),
    messages.map((message) => [
      message.originTimestamp,
      message.payload.toString('hex'),
      (message.userHeaders ?? Buffer.alloc(0)).toString('hex'),
    ]),
  );
  assert.deepEqual([stored[0].id, stored[0].offset, stored[2].offset], [id, 0n, 2n]);
  assert.ok(stored[1].id !== 0n && stored[2].id !== 0n && stored[1].id !== stored[2].id);
  assert.equal(new Set(stored.map(({ timestamp }) => timestamp)).size, 1);
  assert.ok(stored[0].timestamp >= before);
  assert.ok(stored[0].timestamp <= BigInt(Date.now()) * 1000n);
});

test('counters of a topic count frames with their headers', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  for (let round = 1n; round <= 3n; round++) {
    await client.call(sendMessages, sendRequest(['12345', ''], 1));
    const topic = await client.call(getTopic, place);
    const expected = { sizeBytes: round * 133n, messagesCount: round * 2n };
    assert.deepEqual({ ...topic, ...expected }, topic);
    const [untouched, written] = topic!.partitions;
    assert.deepEqual([untouched.sizeBytes, untouched.messagesCount], [0n, 0n]);
    assert.deepEqual({ ...written, ...expected, currentOffset: 2n * round - 1n }, written);
  }
});

test('a flush answers an empty success, also with nothing to flush', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  await client.call(sendMessages, sendRequest(['x'], 1));
  for (const fsync of [true, false]) {
    for (const partitionId of [0, 1]) {
      const request = { ...place, partitionId, fsync };
      assert.deepEqual(await client.request(flushUnsavedBuffer, request), EMPTY_OK);
    }
  }
  const request = { streamId: 9, topicId: 9, partitionId: 9, fsync: true };
  const steps = [
    [{}, status.StreamIdNotFound],
    [{ streamId: 0 }, status.TopicIdNotFound],
    [{ streamId: 0, topicId: 0 }, status.PartitionNotFound],
  ] as const;
  for (const [changes, expected] of steps) {
    assert.equal(await client.status(flushUnsavedBuffer, { ...request, ...changes }), expected);
  }
});
