import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { deleteConsumerOffset } from '../../src/wire/classic/commands/delete-consumer-offset.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import type { PollingStrategy } from '../../src/wire/classic/structures/polling-strategy.ts';
import { status } from '../../src/wire/status.ts';
import { xxhash32 } from '../../src/wire/xxhash32.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient, statusOf } from '../support/raw-client.ts';
import {
  createPlace,
  place,
  poll,
  pollRequest,
  sendRequest,
  strategy,
  texts,
} from '../support/topic-kit.ts';

const EMPTY_OK = { status: 0, payload: Buffer.alloc(0) };
const U32_MAX = 0xffff_ffff;
const U64_MAX = 2n ** 64n - 1n;

/** Where things are in the frame of a poll of the usual topic by consumer 1. */
const CONSUMER_KIND_AT = 8;
const PARTITION_FLAG_AT = 31;
const STRATEGY_AT = 36;
const AUTO_COMMIT_AT = 49;

function offsetsOf(messages: readonly { offset: bigint }[]): number[] {
  return messages.map(({ offset }) => Number(offset));
}

/** Numbers from `first` up to `last`. */
function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Ten messages `m0` to `m9` in four batches. */
async function sendTen(client: RawClient, partitionId = 0): Promise<void> {
  for (const batch of [['m0'], ['m1', 'm2', 'm3'], ['m4', 'm5'], ['m6', 'm7', 'm8', 'm9']]) {
    await client.call(sendMessages, sendRequest(batch, partitionId));
    // Batches of different times: messages of one batch share theirs.
    await delay(2);
  }
}

async function stored(client: RawClient, changes: Partial<PollMessagesRequest> = {}) {
  return (await client.call(getConsumerOffset, pollRequest(changes)))?.storedOffset;
}

test('an answer without messages still has 16 bytes', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 3);
  for (const kind of ['offset', 'timestamp', 'first', 'last', 'next'] as const) {
    const request = pollRequest({ partitionId: 2, strategy: strategy(kind), autoCommit: true });
    const { status: code, payload } = await client.request(pollMessages, request);
    assert.deepEqual([code, payload.toString('hex')], [0, `02000000${'00'.repeat(12)}`], kind);
  }
  assert.deepEqual(
    await client.request(getConsumerOffset, pollRequest({ partitionId: 2 })),
    EMPTY_OK,
  );
});

test('offset, first and last read where the table of the protocol says', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  await sendTen(client, 1);
  const rows: [kind: PollingStrategy['kind'], value: bigint, count: number, expected: number[]][] =
    [
      ['offset', 0n, 10, range(0, 9)],
      ['offset', 0n, U32_MAX, range(0, 9)],
      ['offset', 0n, 1, [0]],
      ['offset', 3n, 4, range(3, 6)],
      ['offset', 9n, 5, [9]],
      ['offset', 10n, 5, []],
      ['offset', U64_MAX, 5, []],
      ['offset', 2n ** 53n, 5, []],
      ['offset', 4n, 0, []],
      ['first', 7n, 3, range(0, 2)],
      ['first', U64_MAX, U32_MAX, range(0, 9)],
      ['last', 0n, 1, [9]],
      ['last', 0n, 4, range(6, 9)],
      ['last', U64_MAX, 10, range(0, 9)],
      ['last', 3n, U32_MAX, range(0, 9)],
      ['last', 0n, 0, []],
    ];
  for (const [kind, value, count, expected] of rows) {
    const request = pollRequest({ partitionId: 1, strategy: strategy(kind, value), count });
    const polled = await client.call(pollMessages, request);
    const { partitionId, currentOffset, messagesCount } = polled;
    const name = `${kind} ${value}, count ${count}`;
    assert.deepEqual([partitionId, currentOffset, messagesCount], [1, 9n, expected.length], name);
    const messages = await poll(client, request);
    assert.deepEqual(offsetsOf(messages), expected, name);
    assert.deepEqual(
      texts(messages),
      expected.map((offset) => `m${offset}`),
    );
  }
});

test('a timestamp reads from the first message that is not older', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await sendTen(client);
  const times = (await poll(client)).map(({ timestamp }) => timestamp);
  assert.ok(new Set(times).size > 1);
  const asked = [0n, 1n, ...times.flatMap((time) => [time - 1n, time, time + 1n])];
  for (const time of [...asked, times[9] + 1_000_000n, U64_MAX]) {
    const first = times.findIndex((candidate) => candidate >= time);
    const expected = first < 0 ? [] : range(first, Math.min(9, first + 2));
    const polled = await poll(client, { strategy: strategy('timestamp', time), count: 3 });
    assert.deepEqual(offsetsOf(polled), expected, `time ${time} of ${times}`);
  }
});

test('next reads behind the stored offset, from the start when none is stored', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await sendTen(client);
  const next = (count: number, autoCommit = false) =>
    poll(client, { strategy: strategy('next', 5), count, autoCommit }).then(offsetsOf);
  assert.deepEqual(await next(3), [0, 1, 2]);
  assert.deepEqual(await next(3), [0, 1, 2], 'a poll moves nothing by itself');
  assert.deepEqual(await next(0, true), []);
  assert.deepEqual(await next(3, true), [0, 1, 2]);
  assert.deepEqual(await next(4), [3, 4, 5, 6]);
  await client.call(storeConsumerOffset, { ...pollRequest(), offset: 7n });
  assert.deepEqual(await next(10, true), [8, 9]);
  assert.deepEqual(await next(10, true), []);
  assert.equal(await stored(client), 9n, 'an empty answer commits nothing');
  await client.call(sendMessages, sendRequest(['m10']));
  assert.deepEqual(await next(10), [10]);
});

test('auto-commit stores the last offset of the answer, whatever the strategy', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await sendTen(client);
  const rows = [
    [strategy('offset', 5), 3, 7n],
    [strategy('first'), 2, 1n],
    [strategy('last'), 4, 9n],
    [strategy('timestamp', 1), 5, 4n],
    [strategy('offset', 10), 5, 4n],
    [strategy('next'), 1, 5n],
    [strategy('first'), 0, 5n],
    [strategy('offset', 0), 1, 0n],
  ] as const;
  for (const [from, count, expected] of rows) {
    await poll(client, { strategy: from, count, autoCommit: true });
    assert.equal(await stored(client), expected, `${from.kind} ${from.value}`);
  }
  await poll(client, { strategy: strategy('last'), count: 1 });
  assert.equal(await stored(client), 0n, 'without auto-commit nothing is stored');
});

test('flags count as the protocol says: a partition with 1 only, auto-commit with any but 0', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  await client.call(sendMessages, sendRequest(['p0'], 0));
  await client.call(sendMessages, sendRequest(['p1'], 1));
  const frame = Buffer.from(encodeRequest(pollMessages, pollRequest({ partitionId: 1 })));
  const flags = [
    [1, 1],
    [0, 0],
    [2, 0],
    [255, 0],
  ];
  for (const [flag, expected] of flags) {
    frame[PARTITION_FLAG_AT] = flag;
    const { payload } = await client.exchange(frame);
    assert.equal(payload.readUInt32LE(0), expected);
  }
  frame[PARTITION_FLAG_AT] = 1;
  frame[AUTO_COMMIT_AT] = 7;
  assert.equal((await client.exchange(frame)).status, 0);
  assert.equal(await stored(client, { partitionId: 1 }), 0n);
  assert.equal(await stored(client, { partitionId: 0 }), undefined);
  assert.deepEqual(texts(await poll(client, { partitionId: null })), ['p0']);
});

test('a poll is refused for unknown kinds, then 1009, 2010, 5000, 3007', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const frame = encodeRequest(pollMessages, pollRequest());
  const kinds = [
    [CONSUMER_KIND_AT, 0],
    [CONSUMER_KIND_AT, 3],
    [STRATEGY_AT, 0],
    [STRATEGY_AT, 6],
  ];
  for (const [at, kind] of kinds) {
    const bytes = Buffer.from(frame);
    bytes[at] = kind;
    assert.equal(statusOf(await client.exchange(bytes)), status.InvalidCommand);
  }
  const group = { kind: 'group', id: 'none' } as const;
  const nowhere = { streamId: 'none', topicId: 'none', partitionId: 1, count: 0, consumer: group };
  const single = { kind: 'consumer', id: 'any' } as const;
  const steps = [
    [{}, status.StreamIdNotFound],
    [{ streamId: 0 }, status.TopicIdNotFound],
    [place, status.ConsumerGroupIdNotFound],
    [{ ...place, consumer: single }, status.PartitionNotFound],
    [{ ...place, consumer: single, partitionId: U32_MAX }, status.PartitionNotFound],
    [{ ...place, consumer: single, partitionId: 0 }, 0],
  ] as const;
  for (const [changes, expected] of steps) {
    const request = pollRequest({ ...nowhere, ...changes });
    assert.equal(await client.status(pollMessages, request), expected);
  }
});

test('an offset is stored up to the newest message, forwards and backwards', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  const store = (offset: bigint, changes: Partial<PollMessagesRequest> = {}) =>
    client.status(storeConsumerOffset, { ...pollRequest(changes), offset });
  assert.equal(await store(0n), status.InvalidOffset, 'there never was a message');
  await sendTen(client);
  for (const offset of [9n, 3n, 0n, 4n]) {
    assert.equal(await store(offset), 0);
    const { status: code, payload } = await client.request(getConsumerOffset, pollRequest());
    assert.deepEqual([code, payload.byteLength, payload.readUInt32LE(0)], [0, 20, 0]);
    assert.deepEqual([payload.readBigUInt64LE(4), payload.readBigUInt64LE(12)], [9n, offset]);
  }
  for (const offset of [10n, 2n ** 53n, U64_MAX]) {
    assert.equal(await store(offset), status.InvalidOffset);
  }
  assert.equal(await stored(client), 4n, 'a refused offset changes nothing');
  assert.equal(await store(0n, { partitionId: 2 }), status.PartitionNotFound);
  assert.equal(await store(0n, { partitionId: 1 }), status.InvalidOffset);
  assert.equal(await store(5n, { partitionId: null }), 0);
  assert.equal(await stored(client), 5n, 'without a partition it is partition 0');
});

test('stored offsets belong to one consumer of one partition', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  for (const id of [0, 1]) await sendTen(client, id);
  const consumers = [0, 1, U32_MAX, 'worker', 'Worker', '1', '語'].map(
    (id) => ({ kind: 'consumer', id }) as const,
  );
  const everywhere = consumers.flatMap((consumer) =>
    [0, 1].map((partitionId) => ({ consumer, partitionId })),
  );
  const offsetOf = (index: number) => BigInt(index % 10);
  for (const [index, where] of everywhere.entries()) {
    const request = { ...pollRequest(where), offset: offsetOf(index) };
    await client.call(storeConsumerOffset, request);
  }
  for (const [index, where] of everywhere.entries()) {
    assert.equal(await stored(client, where), offsetOf(index));
  }
  const number = { kind: 'consumer', id: xxhash32(Buffer.from('worker')) } as const;
  assert.equal(await stored(client, { consumer: number, partitionId: 1 }), offsetOf(7));
});

test('a deleted offset is gone; what is not there answers 3021', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await sendTen(client);
  const drop = (changes: Partial<PollMessagesRequest> = {}) =>
    client.status(deleteConsumerOffset, pollRequest(changes));
  assert.equal(await drop(), status.ConsumerOffsetNotFound);
  await client.call(storeConsumerOffset, { ...pollRequest(), offset: 3n });
  assert.deepEqual(await client.request(deleteConsumerOffset, pollRequest()), EMPTY_OK);
  assert.equal(await stored(client), undefined);
  assert.equal(await drop(), status.ConsumerOffsetNotFound);
  assert.equal(await drop({ partitionId: 9 }), status.PartitionNotFound);
  const first = await poll(client, { strategy: strategy('next'), count: 1 });
  assert.deepEqual(texts(first), ['m0']);
});

test('offsets of what is missing: an empty success to ask for, a status to change', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const group = { kind: 'group', id: 'none' } as const;
  const rows = [
    [{ streamId: 'none' }, status.StreamIdNotFound],
    [{ topicId: 'none' }, status.TopicIdNotFound],
    [{ consumer: group }, status.ConsumerGroupIdNotFound],
    [{ partitionId: 1 }, status.PartitionNotFound],
  ] as const;
  for (const [changes, expected] of rows) {
    const request = pollRequest(changes);
    assert.deepEqual(await client.request(getConsumerOffset, request), EMPTY_OK);
    assert.equal(await client.status(storeConsumerOffset, { ...request, offset: 0n }), expected);
    assert.equal(await client.status(deleteConsumerOffset, request), expected);
  }
});

test('a poll spans segments', async () => {
  await using broker = await startBroker({ settings: { 'system.segment.size': '1 KiB' } });
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const all = range(0, 59).map((number) => `message ${number} ${'x'.repeat(number)}`);
  for (let first = 0; first < 60; first += 3) {
    await client.call(sendMessages, sendRequest(all.slice(first, first + 3)));
  }
  assert.deepEqual(texts(await poll(client, { count: 60 })), all);
  for (let offset = 0; offset < 60; offset += 7) {
    const from = strategy('offset', offset);
    const polled = await poll(client, { strategy: from, count: 20 });
    assert.deepEqual(texts(polled), all.slice(offset, offset + 20));
  }
});
