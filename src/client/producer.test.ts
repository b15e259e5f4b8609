import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBroker } from '../../tests/support/fake-broker.ts';
import type { SendMessagesRequest } from '../wire/classic/commands/send-messages.ts';
import { decodeMessages } from '../wire/classic/messages.ts';
import { idempotentMessagesInFlightMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import { connect } from './client.ts';

function batchesOf(broker: FakeBroker): string[][] {
  return broker
    .requests<SendMessagesRequest>('message.send')
    .map(({ messages }) => messages.map(({ payload }) => Buffer.from(payload).toString()));
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

test('messages of one moment share batches of the given length', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { batchLength: 4 });
  await Promise.all(texts(10).map((payload) => producer.send({ payload })));
  assert.deepEqual(batchesOf(broker), [
    texts(10).slice(0, 4),
    texts(10).slice(4, 8),
    texts(10).slice(8),
  ]);
});

test('a batch goes by its bytes as well, and a larger message alone', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { batchBytesMax: 400, lingerMs: 0 });
  const sizes = [100, 100, 100, 1000, 10];
  await Promise.all(sizes.map((size) => producer.send({ payload: 'x'.repeat(size) })));
  const lengths = batchesOf(broker).map((batch) => batch.map((payload) => payload.length));
  assert.deepEqual(lengths, [[100, 100], [100], [1000], [10]]);
});

test('a lone message does not wait for others longer than lingerMs', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  for (const lingerMs of [0, 1]) {
    const producer = client.producer('dev', 'events', { lingerMs });
    await producer.send({ payload: 'first' });
    await producer.send({ payload: 'second' });
  }
  assert.equal(batchesOf(broker).length, 4);
});

test('messages of one key stay together and in order', async () => {
  await using broker = await FakeBroker.start(4);
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { batchLength: 3 });
  const sends = texts(40).map((payload, index) =>
    producer.send({
      payload,
      key: index % 2 === 0 ? `key-${index % 5}` : Buffer.from([index % 3]),
    }),
  );
  await Promise.all(sends);
  for (const { partitioning, messages } of broker.requests<SendMessagesRequest>('message.send')) {
    assert.ok(partitioning.kind === 'key');
    assert.ok(messages.length <= 3);
    const partition = broker.topic.payloads(xxhash32(partitioning.key) % 4);
    const positions = messages.map(({ payload }) =>
      partition.indexOf(Buffer.from(payload).toString()),
    );
    assert.deepEqual(
      positions,
      [...positions].sort((left, right) => left - right),
    );
  }
  assert.equal([0, 1, 2, 3].flatMap((id) => broker.topic.payloads(id)).length, 40);
});

test('partition and default key decide where messages without a key go', async () => {
  await using broker = await FakeBroker.start(3);
  await using client = await connect(broker.url);
  await client.producer('dev', 'events', { partition: 2 }).send({ payload: 'to two' });
  await client.producer('dev', 'events', { key: 'k' }).send({ payload: 'by key' });
  assert.deepEqual(broker.topic.payloads(2).at(0), 'to two');
  assert.ok(broker.topic.payloads(xxhash32(Buffer.from('k')) % 3).includes('by key'));
  const keyed = client.producer('dev', 'events', { partition: 2 }).send({ payload: 'x', key: 'k' });
  await assert.rejects(keyed, /partition is '2'.*key/);
});

test('a failed batch rejects exactly its messages', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { batchLength: 2 });
  broker.once('message.send', { status: status.Unauthorized });
  const results = await Promise.allSettled(texts(4).map((payload) => producer.send({ payload })));
  assert.deepEqual(
    results.map((result) => result.status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(broker.topic.payloads(0), texts(4).slice(2));
});

test('a message that cannot be sent fails alone', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events');
  const results = await Promise.allSettled([
    producer.send({ payload: 'good' }),
    producer.send({ payload: 'bad', headers: { type: '' } }),
    producer.send({ payload: 'bad', id: -1n }),
    producer.send({ payload: 'bad', originTimestamp: 2n ** 64n }),
    producer.send({ payload: Buffer.alloc(64_000_001) }),
    producer.send({ payload: 'bad', key: '' }),
  ]);
  const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 0));
  assert.deepEqual(codes, [
    0,
    status.InvalidHeaderValue,
    status.InvalidFormat,
    status.InvalidFormat,
    status.TooBigMessagePayload,
    status.InvalidKeyValueLength,
  ]);
  assert.deepEqual(broker.topic.payloads(0), ['good']);
});

test('messages are numbered, unless they bring an id', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events');
  await Promise.all([1, 2].map(() => producer.send({ payload: 'x' })));
  await producer.send({ payload: 'x', id: 5n });
  const [first, second, third] = broker.topic.frames[0].map(
    (frame) => decodeMessages(frame, 1)[0].id,
  );
  assert.ok(first >> 64n > 0n);
  assert.equal(second, first + 1n);
  assert.equal(third, 5n);
});

test('a full buffer holds messages back until there is room', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  let unanswered = 0;
  let unansweredMax = 0;
  broker.on('message.send', async ({ messages }: SendMessagesRequest) => {
    unanswered += messages.length;
    unansweredMax = Math.max(unansweredMax, unanswered);
    await new Promise(setImmediate);
    unanswered -= messages.length;
    return { response: undefined };
  });
  const frameBytes = 64 + 16 + 20;
  const bufferBytesMax = 3 * frameBytes;
  const producer = client.producer('dev', 'events', { batchLength: 1, bufferBytesMax });
  const sends = texts(30).map((text) => producer.send({ payload: text.padEnd(20) }));
  await producer.flush();
  assert.equal(broker.requests('message.send').length, 30);
  assert.ok(unansweredMax <= 3);
  await Promise.all(sends);
  assert.deepEqual(
    batchesOf(broker)
      .flat()
      .map((text) => text.trimEnd()),
    texts(30),
  );
  await producer.send({ payload: 'larger than the buffer'.repeat(100) });
});

test('flush waits for what was sent before, whatever its outcome', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { lingerMs: 60_000 });
  broker.once('message.send', { status: status.Unauthorized });
  const failing = assert.rejects(producer.send({ payload: 'a' }), { code: status.Unauthorized });
  await producer.flush();
  await failing;
  await producer.flush();
  const sent = producer.send({ payload: 'b' });
  await producer.flush();
  await sent;
  assert.deepEqual(broker.topic.payloads(0), ['b']);
});

test('closing flushes, refuses more, and may be repeated', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { lingerMs: 60_000 });
  const sent = producer.send({ payload: 'last' });
  await Promise.all([producer.close(), producer.close()]);
  await producer[Symbol.asyncDispose]();
  await sent;
  await assert.rejects(producer.send({ payload: 'late' }), { code: status.ProducerClosed });
});

test('closing the client flushes its producers first', async () => {
  await using broker = await FakeBroker.start();
  const client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { lingerMs: 60_000 });
  const sent = producer.send({ payload: 'last' });
  await client.close();
  await sent;
  assert.deepEqual(broker.topic.payloads(0), ['last']);
});

test('an aborted send stops waiting, its message goes nevertheless', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { lingerMs: 60_000 });
  const abort = new AbortController();
  const sending = producer.send({ payload: 'gone' }, { signal: abort.signal });
  abort.abort(new Error('no patience'));
  await assert.rejects(sending, /no patience/);
  await producer.flush();
  assert.deepEqual(broker.topic.payloads(0), ['gone']);
});

test('batches survive lost connections at least once and in order', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { batchLength: 5, lingerMs: 0 });
  const sends: Promise<void>[] = [];
  for (const [index, payload] of texts(100).entries()) {
    sends.push(producer.send({ payload }));
    if (index % 30 === 0) broker.once('message.send', 'drop');
    if (index % 10 === 0) await new Promise(setImmediate);
  }
  await Promise.all(sends);
  const distinct = [...new Set(broker.topic.payloads(0))];
  assert.deepEqual(distinct, texts(100));
});

test('an idempotent producer sends a batch again to the partition it had', async () => {
  await using broker = await FakeBroker.start(3);
  await using client = await connect(broker.url);
  const options = { idempotent: true, batchLength: 2, lingerMs: 0 };
  const producer = client.producer('dev', 'events', options);
  const sends: Promise<void>[] = [];
  for (const [index, payload] of texts(60).entries()) {
    sends.push(producer.send({ payload }));
    if (index % 17 === 0) broker.once('message.send', 'drop');
    if (index % 6 === 0) await new Promise(setImmediate);
  }
  await Promise.all(sends);
  const partitionOf = new Map<string, number>();
  let repeated = 0;
  for (const request of broker.requests<SendMessagesRequest>('message.send')) {
    const { partitioning, messages } = request;
    assert.ok(partitioning.kind === 'partition');
    for (const { payload } of messages) {
      const text = Buffer.from(payload).toString();
      if (partitionOf.has(text)) repeated++;
      assert.equal(partitionOf.get(text) ?? partitioning.partitionId, partitioning.partitionId);
      partitionOf.set(text, partitioning.partitionId);
    }
  }
  assert.ok(repeated > 0, 'nothing went again');
  assert.equal(partitionOf.size, 60);
  assert.deepEqual(new Set(partitionOf.values()), new Set([0, 1, 2]));
  assert.equal(broker.requests('topic.get').length, 1);
});

test('an idempotent producer sends no more at once than a broker remembers', async () => {
  await using broker = await FakeBroker.start(2);
  await using client = await connect(broker.url);
  let unanswered = 0;
  let unansweredMax = 0;
  broker.on('message.send', async ({ messages }: SendMessagesRequest) => {
    unanswered += messages.length;
    await new Promise(setImmediate);
    unansweredMax = Math.max(unansweredMax, unanswered);
    unanswered -= messages.length;
    return { response: undefined };
  });
  const producer = client.producer('dev', 'events', { idempotent: true, partition: 1 });
  await Promise.all(texts(12_000).map((payload) => producer.send({ payload })));
  assert.ok(unansweredMax <= idempotentMessagesInFlightMax);
  assert.equal(broker.requests('topic.get').length, 0, 'the partition was given');
});

test('an idempotent producer tells that its topic is missing, and finds it later', async () => {
  await using broker = await FakeBroker.start(1);
  await using client = await connect(broker.url);
  const producer = client.producer('dev', 'events', { idempotent: true, lingerMs: 0 });
  broker.once('topic.get', { response: null });
  const missing = { code: status.TopicIdNotFound };
  await assert.rejects(producer.send({ payload: 'lost' }), missing);
  await producer.send({ payload: 'found' });
  assert.deepEqual(broker.topic.payloads(0), ['found']);
});

test('options out of their limits are refused', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const code = status.InvalidConfiguration;
  assert.throws(() => client.producer(1, 1, { batchLength: 0 }), { code });
  assert.throws(() => client.producer(1, 1, { batchBytesMax: 2 ** 30 }), { code });
  assert.throws(() => client.producer(1, 1, { lingerMs: -1 }), { code });
  assert.throws(() => client.producer(1, 1, { bufferBytesMax: 0 }), { code });
  assert.throws(() => client.producer(1, 1, { partition: 1, key: 'k' }), { code });
});
