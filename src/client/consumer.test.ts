import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBroker } from '../../tests/support/fake-broker.ts';
import type { PollMessagesRequest } from '../wire/classic/commands/poll-messages.ts';
import type { StoreConsumerOffsetRequest } from '../wire/classic/commands/store-consumer-offset.ts';
import { status } from '../wire/status.ts';
import { type Client, connect } from './client.ts';
import type { Consumer } from './consumer.ts';
import type { ReceivedMessage } from './received-message.ts';

const texts = (count: number, prefix = '') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

function send(client: Client, payloads: readonly string[], partition = 0): Promise<void> {
  const messages = payloads.map((payload) => ({ payload }));
  return client.messages.send('dev', 'events', messages, { partition });
}

async function take(
  consumer: Consumer,
  count: number,
  each: (message: ReceivedMessage) => unknown = () => {},
): Promise<string[]> {
  const payloads: string[] = [];
  if (count === 0) return payloads;
  for await (const message of consumer) {
    payloads.push(message.payload.toString());
    await each(message);
    if (payloads.length === count) break;
  }
  return payloads;
}

test('all messages come in order, also those that are sent later', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(5));
  const consumer = client.consumer('dev', 'events', { batchLength: 2, pollIntervalMs: 1 });
  const taking = take(consumer, 8, async ({ offset }) => {
    if (offset === 4n) await send(client, ['5', '6', '7']);
  });
  assert.deepEqual(await taking, texts(8));
});

test('partitions take turns', async () => {
  await using broker = await FakeBroker.start(3);
  await using client = await connect(broker.url);
  for (const partition of [0, 1, 2]) await send(client, texts(4, `${partition}:`), partition);
  const consumer = client.consumer('dev', 'events', { batchLength: 2 });
  assert.deepEqual(
    (await take(consumer, 12)).map((text) => text[0]),
    [...'001122001122'],
  );
});

test('one partition may be chosen', async () => {
  await using broker = await FakeBroker.start(2);
  await using client = await connect(broker.url);
  await send(client, ['no'], 0);
  await send(client, ['yes', 'again'], 1);
  assert.deepEqual(await take(client.consumer('dev', 'events', { partition: 1 }), 2), [
    'yes',
    'again',
  ]);
  assert.equal(broker.requests('topic.get').length, 0);
});

test('reading starts where it is told to', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(5));
  await client.offsets.store('dev', 'events', { consumer: 7, offset: 1n });
  const first = async (options: Parameters<typeof client.consumer>[2]) =>
    (await take(client.consumer('dev', 'events', { ...options, consumer: 7 }), 1))[0];
  assert.equal(await first({}), '2');
  assert.equal(await first({ start: 'first' }), '0');
  assert.equal(await first({ start: 'last' }), '4');
  assert.equal(await first({ start: { offset: 3n } }), '3');
  assert.equal(await first({ start: { timestamp: 0n } }), '0');
});

test('a start at the newest message skips nothing where there was none', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const consumer = client.consumer('dev', 'events', { start: 'last', pollIntervalMs: 1 });
  const taking = take(consumer, 3);
  while (broker.requests('message.poll').length === 0) await new Promise(setImmediate);
  await send(client, texts(3));
  assert.deepEqual(await taking, texts(3));
});

test('a message commits itself, the consumer what it handed out', async () => {
  await using broker = await FakeBroker.start(2);
  await using client = await connect(broker.url);
  await send(client, texts(3), 0);
  await send(client, texts(3), 1);
  const consumer = client.consumer('dev', 'events', { consumer: 'mail' });
  await take(consumer, 2, (message) => message.commit());
  assert.equal(broker.topic.offsets.get('mail/0'), 1n);
  await take(consumer, 3);
  await consumer.commit();
  assert.deepEqual(
    [...broker.topic.offsets],
    [
      ['mail/0', 1n],
      ['mail/1', 2n],
    ],
  );
  const stores = () => broker.requests<StoreConsumerOffsetRequest>('consumer_offset.store').length;
  const before = stores();
  await consumer.commit();
  assert.equal(stores(), before);
});

test('commit within the loop includes the present message', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(3));
  const consumer = client.consumer('dev', 'events');
  await take(consumer, 2, () => consumer.commit());
  assert.equal(broker.topic.offsets.get('0/0'), 1n);
});

test('a later iteration continues behind the last message, two at once are refused', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(6));
  const consumer = client.consumer('dev', 'events', { batchLength: 4 });
  assert.deepEqual(await take(consumer, 2), ['0', '1']);
  assert.deepEqual(await take(consumer, 3), ['2', '3', '4']);
  await take(consumer, 1, async () => {
    await assert.rejects(take(consumer, 1), /iterated already/);
  });
});

test('the broker commits where it is asked to', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(3));
  await take(client.consumer('dev', 'events', { autoCommit: 'poll' }), 1);
  assert.equal(broker.topic.offsets.get('0/0'), 2n);
});

test('the iteration ends when the signal aborts', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(4));
  const abort = new AbortController();
  const { signal } = abort;
  const consumer = client.consumer('dev', 'events', { signal });
  const payloads: string[] = [];
  for await (const message of consumer) {
    payloads.push(message.payload.toString());
    if (payloads.length === 2) abort.abort();
  }
  assert.deepEqual(payloads, ['0', '1']);
  for await (const message of consumer) assert.fail(`${message.offset} came after the end`);
});

test('an idle or waiting consumer ends at once as well', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const idle = client.consumer('dev', 'events', { pollIntervalMs: 60_000 });
  const idling = take(idle, 1);
  while (broker.requests('message.poll').length === 0) await new Promise(setImmediate);
  await idle.close();
  await idle[Symbol.asyncDispose]();
  assert.deepEqual(await idling, []);

  broker.once('message.poll', 'silence');
  const waiting = client.consumer('dev', 'events');
  const polled = take(waiting, 1);
  while (broker.requests('message.poll').length === 1) await new Promise(setImmediate);
  await waiting.close();
  assert.deepEqual(await polled, []);
  broker.dropConnections();
});

test('closing the client ends its consumers', async () => {
  await using broker = await FakeBroker.start();
  const client = await connect(broker.url);
  const taking = take(client.consumer('dev', 'events', { pollIntervalMs: 60_000 }), 1);
  while (broker.requests('message.poll').length === 0) await new Promise(setImmediate);
  await client.close();
  assert.deepEqual(await taking, []);
});

test('lost connections are waited out, without a gap and without a repetition', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(30));
  for (const autoCommit of ['manual', 'poll'] as const) {
    const consumer = client.consumer('dev', 'events', {
      batchLength: 3,
      start: 'first',
      autoCommit,
    });
    const payloads = await take(consumer, 30, ({ offset }) => {
      if (offset % 7n === 0n) broker.once('message.poll', 'drop');
    });
    assert.deepEqual(payloads, texts(30));
  }
});

test('a refused poll is thrown by the iteration', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('message.poll', () => ({ status: status.ConsumerGroupIdNotFound }));
  const consumer = client.consumer('dev', 'events', { group: 'mail' });
  await assert.rejects(take(consumer, 1), { code: status.ConsumerGroupIdNotFound });
  const [poll] = broker.requests<PollMessagesRequest>('message.poll');
  assert.deepEqual(poll.consumer, { kind: 'group', id: 'mail' });
  assert.equal(poll.partitionId, null);
});

test('a member of a group is not given a message twice', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(2));
  const consumer = client.consumer('dev', 'events', { group: 'mail', pollIntervalMs: 1 });
  const taking = take(consumer, 3);
  while (broker.requests('message.poll').length < 3) await new Promise(setImmediate);
  await send(client, ['2']);
  assert.deepEqual(await taking, texts(3));
});

test('a topic that does not exist is status 2010', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.on('topic.get', () => ({ response: null }));
  const code = status.TopicIdNotFound;
  await assert.rejects(take(client.consumer('dev', 'none'), 1), { code });
});

test('options out of their limits are refused', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  const code = status.InvalidConfiguration;
  assert.throws(() => client.consumer(1, 1, { batchLength: 0 }), { code });
  assert.throws(() => client.consumer(1, 1, { pollIntervalMs: -1 }), { code });
  assert.throws(() => client.consumer(1, 1, { consumer: 1, group: 2 }), { code });
  assert.throws(() => client.consumer(1, 1, { group: 2, start: 'first' }), { code });
  assert.throws(() => client.consumer(1, 1, { autoCommit: 'never' as 'poll' }), { code });
  assert.throws(() => client.consumer(1, 1, { start: 'middle' as 'next' }), { code });
});

test('a consumer of a group joins, creates the group where it is missing, and leaves', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.group.exists = false;
  await send(client, texts(2));
  const consumer = client.consumer('dev', 'events', { group: 'mail' });
  assert.equal(broker.requests('consumer_group.join').length, 0);
  await take(consumer, 2);
  assert.equal(broker.group.members.size, 1);
  await consumer.close();
  await consumer.close();
  assert.equal(broker.group.members.size, 0);
  assert.deepEqual(
    broker.arrivals.map(({ command }) => command).filter((command) => /group/.test(command)),
    ['consumer_group.join', 'consumer_group.create', 'consumer_group.join', 'consumer_group.leave'],
  );
});

test('a missing group is status 5000 where it has no name or must not be created', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.group.exists = false;
  for (const options of [{ group: 7 }, { group: 'mail', createGroup: false }]) {
    const consumer = client.consumer('dev', 'events', options);
    await assert.rejects(take(consumer, 1), { code: status.ConsumerGroupIdNotFound });
  }
  assert.equal(broker.requests('consumer_group.create').length, 0);
});

test('a group that another member creates at the same time is joined', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  broker.once('consumer_group.join', { status: status.ConsumerGroupIdNotFound });
  await send(client, texts(1));
  assert.deepEqual(await take(client.consumer('dev', 'events', { group: 'mail' }), 1), ['0']);
});

test('a member whose connection was lost joins again and commits', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(6));
  const options = { group: 'mail', batchLength: 2, pollIntervalMs: 1 };
  const consumer = client.consumer('dev', 'events', options);
  const payloads = await take(consumer, 6, async (message) => {
    broker.dropConnections();
    await message.commit();
  });
  assert.deepEqual(payloads, texts(6));
  assert.equal(broker.topic.offsets.get('mail/0'), 5n);
  assert.ok(broker.requests('consumer_group.join').length > 1);
});

test('a member that was turned away joins again, with polls and with commits', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(3));
  const options = { group: 'mail', batchLength: 1, pollIntervalMs: 1 };
  const consumer = client.consumer('dev', 'events', options);
  const codes = [status.StaleClient, status.ConsumerGroupMemberNotFound];
  const payloads = await take(consumer, 3, async (message) => {
    for (const code of codes) broker.once('message.poll', { status: code });
    broker.once('consumer_offset.store', { status: status.ConsumerGroupMemberNotFound });
    await message.commit();
  });
  assert.deepEqual(payloads, texts(3));
  assert.equal(broker.topic.offsets.get('mail/0'), 2n);
});

test('a member follows the stored offset as soon as it has committed', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(5));
  const consumer = client.consumer('dev', 'events', { group: 'mail', batchLength: 2 });
  assert.deepEqual(await take(consumer, 2), ['0', '1']);
  await consumer.commit();
  broker.topic.offsets.set('mail/0', 3n);
  assert.deepEqual(await take(consumer, 1), ['4']);
});

test('a member that breaks off a batch which the broker committed goes on in its middle', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(5));
  const consumer = client.consumer('dev', 'events', { group: 'mail', autoCommit: 'poll' });
  assert.deepEqual(await take(consumer, 2), ['0', '1']);
  assert.equal(broker.topic.offsets.get('mail/0'), 4n);
  assert.deepEqual(await take(consumer, 3), ['2', '3', '4']);
});

test('a partition that another member has taken is status 3022, and is let go', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(1));
  const consumer = client.consumer('dev', 'events', { group: 'mail' });
  await take(consumer, 1);
  broker.once('consumer_offset.store', { status: status.NotResolvedConsumer });
  await assert.rejects(consumer.commit(), { code: status.NotResolvedConsumer });
  await consumer.commit();
  assert.equal(broker.requests('consumer_offset.store').length, 1);
});

test('closing the client leaves the groups; a commit afterwards does not join again', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await using other = await connect(broker.url);
  await send(client, texts(1));
  const consumer = client.consumer('dev', 'events', { group: 'mail' });
  await take(consumer, 1);
  await consumer.close();
  await assert.rejects(consumer.commit(), { code: status.ConsumerGroupMemberNotFound });
  await take(other.consumer('dev', 'events', { group: 'mail' }), 1);
  await other.close();
  assert.equal(broker.group.members.size, 0);
});

test('a consumer without a connection closes at once', async () => {
  await using broker = await FakeBroker.start();
  await using client = await connect(broker.url);
  await send(client, texts(1));
  const consumer = client.consumer('dev', 'events', { group: 'mail' });
  await take(consumer, 1);
  broker.on('user.login', () => 'silence');
  broker.dropConnections();
  const pinged = client.ping();
  while (broker.requests('user.login').length < 2) await new Promise(setImmediate);
  await consumer.close();
  broker.dropConnections();
  await client.close();
  await assert.rejects(pinged);
});
