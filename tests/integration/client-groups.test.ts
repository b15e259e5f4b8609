import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, connect } from '../../src/client/client.ts';
import { VeltroError } from '../../src/client/errors.ts';
import type { ConsumerOptions } from '../../src/client/types.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';

const PARTITIONS = 4;

async function openTopic(broker: TestBroker): Promise<Client> {
  const client = await connect(broker.url, { heartbeatIntervalMs: 20 });
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: PARTITIONS });
  return client;
}

/** Sends so many messages to each partition, whose texts are partition and number. */
async function fill(client: Client, count: number, from = 0): Promise<string[]> {
  const all: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const texts = Array.from({ length: count }, (_, number) => `${partition}/${from + number}`);
    const messages = texts.map((payload) => ({ payload }));
    await client.messages.send('dev', 'events', messages, { partition });
    all.push(...texts);
  }
  return all;
}

/** A member with a client of its own that commits each message and notes its text. */
class Member implements AsyncDisposable {
  readonly client: Client;
  readonly texts: string[] = [];
  readonly #consumer: ReturnType<Client['consumer']>;
  readonly #reading: Promise<void>;

  private constructor(client: Client, options: ConsumerOptions, commitEvery: number) {
    this.client = client;
    const defaults = { group: 'mail', batchLength: 3, pollIntervalMs: 1 };
    this.#consumer = client.consumer('dev', 'events', { ...defaults, ...options });
    this.#reading = this.#read(commitEvery);
  }

  static async start(broker: TestBroker, options: ConsumerOptions = {}, commitEvery = 1) {
    return new Member(await connect(broker.url), options, commitEvery);
  }

  async #read(commitEvery: number): Promise<void> {
    for await (const message of this.#consumer) {
      this.texts.push(message.payload.toString());
      if (this.texts.length % commitEvery === 0) await this.#consumer.commit();
    }
  }

  async leave(): Promise<void> {
    await this.#consumer.close();
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
    await this.client.close();
  }
}

function membersOf(client: Client): Promise<number> {
  return client.groups.get('dev', 'events', 'mail').then((group) => group?.membersCount ?? 0);
}

function read(...members: readonly Member[]): string[] {
  return members.flatMap(({ texts }) => texts);
}

/** Waits until the members have read so many messages together, each of them once. */
async function assertReadOnce(texts: readonly string[], ...members: readonly Member[]) {
  await eventually('all is read', () => read(...members).length >= texts.length);
  assert.deepEqual(read(...members).sort(), [...texts].sort());
}

test('groups are created, shown, listed, joined, left and deleted', async () => {
  await using broker = await startBroker();
  await using client = await openTopic(broker);
  const group = await client.groups.create('dev', 'events', 'mail');
  assert.deepEqual(group, { id: 0, partitionsCount: PARTITIONS, membersCount: 0, name: 'mail' });
  await client.groups.join('dev', 'events', 'mail');
  await client.groups.join('dev', 'events', group.id);
  const members = [{ id: 0, partitions: [0, 1, 2, 3] }];
  const details = await client.groups.get('dev', 'events', 'mail');
  assert.deepEqual(details, { ...group, membersCount: 1, members });
  assert.deepEqual(await client.groups.list('dev', 'events'), [{ ...group, membersCount: 1 }]);
  await client.groups.leave('dev', 'events', 'mail');
  const code = status.ConsumerGroupMemberNotFound;
  await assert.rejects(client.groups.leave('dev', 'events', 'mail'), { code });
  await client.groups.delete('dev', 'events', 'mail');
  assert.equal(await client.groups.get('dev', 'events', 'mail'), null);
  assert.deepEqual(await client.groups.list('dev', 'none'), []);
});

test('two members share the partitions, and every message is read once', async () => {
  await using broker = await startBroker();
  await using client = await openTopic(broker);
  const texts = await fill(client, 20);
  await using first = await Member.start(broker);
  await eventually('some is read', () => first.texts.length >= 10);
  await using second = await Member.start(broker);
  await eventually('the second has joined', async () => (await membersOf(client)) === 2);
  texts.push(...(await fill(client, 20, 20)));
  await assertReadOnce(texts, first, second);
  assert.ok(second.texts.length > 0, 'the second member has read nothing');
});

test('who leaves hands over what it has committed, and no more', async () => {
  await using broker = await startBroker();
  await using client = await openTopic(broker);
  const texts = await fill(client, 6);
  const consumer = client.consumer('dev', 'events', { group: 'mail', batchLength: 6 });
  const seen: string[] = [];
  for await (const message of consumer) {
    seen.push(message.payload.toString());
    if (seen.length === 4) await message.commit();
    if (seen.length === 5) break;
  }
  await consumer.close();
  await using heir = await Member.start(broker);
  const left = texts.filter((text) => !seen.slice(0, 4).includes(text));
  await assertReadOnce(left, heir);
});

test('a member that commits seldom is given everything once all the same', async () => {
  await using broker = await startBroker();
  await using client = await openTopic(broker);
  const texts = await fill(client, 30);
  await using member = await Member.start(broker, {}, 50);
  await assertReadOnce(texts, member);
  await using never = await Member.start(broker, { group: 'others' }, Number.MAX_SAFE_INTEGER);
  await assertReadOnce(texts, never);
});

test('a member looks into all its partitions before it waits', async () => {
  await using broker = await startBroker();
  await using client = await openTopic(broker);
  const message = [{ payload: '3/0' }];
  await client.messages.send('dev', 'events', message, { partition: 3 });
  await using member = await Member.start(broker, { pollIntervalMs: 600_000 });
  await assertReadOnce(['3/0'], member);
});

test('a member of one partition reads that one only', async () => {
  await using broker = await startBroker();
  await using client = await openTopic(broker);
  const texts = await fill(client, 5);
  await using member = await Member.start(broker, { partition: 2 });
  await assertReadOnce(
    texts.filter((text) => text.startsWith('2/')),
    member,
  );
});

test('a member joins again after a restart of the broker and goes on', async () => {
  const first = await startBroker();
  const port = Number(first.addresses.tcp?.split(':').at(-1));
  const client = await openTopic(first);
  const texts = await fill(client, 10);
  await client.close();
  await using member = await Member.start(first);
  await assertReadOnce(texts, member);
  const { dataDir } = first;
  await first.stop();
  await using second = await startBroker({ dataDir, tcp: { port } });
  await using other = await connect(second.url);
  texts.push(...(await fill(other, 10, 10)));
  await assertReadOnce(texts, member);
  assert.equal(await membersOf(other), 1);
  await member.leave();
  assert.equal(await membersOf(other), 0);
  await first[Symbol.asyncDispose]();
});

test('a member that is turned away for want of pings joins again and goes on', async () => {
  const settings = { 'heartbeat.enabled': true, 'heartbeat.interval': '1 s' };
  await using broker = await startBroker({ settings });
  await using client = await openTopic(broker);
  await using member = await Member.start(broker);
  for (let round = 0; round < 2; round++) {
    const texts = await fill(client, 3, 3 * round);
    await eventually('the round is read', () => texts.every((text) => member.texts.includes(text)));
    const { clientId } = await member.client.me();
    await eventually('it is turned away', async () => !(await isKnown(client, clientId)));
  }
  assert.equal(member.texts.length, 2 * 3 * PARTITIONS);
});

test('a client that pings keeps its place in a group', async () => {
  const settings = { 'heartbeat.enabled': true, 'heartbeat.interval': '1 s' };
  await using broker = await startBroker({ settings });
  await using client = await openTopic(broker);
  await client.groups.create('dev', 'events', 'mail');
  await client.groups.join('dev', 'events', 'mail');
  await using silent = await connect(broker.url);
  const { clientId } = await silent.me();
  await eventually('who is silent is turned away', async () => !(await isKnown(client, clientId)));
  assert.equal(await membersOf(client), 1);
});

async function isKnown(client: Client, clientId: number): Promise<boolean> {
  const known = await client.clients.get(clientId);
  return known !== null;
}

test('a group that is deleted ends its members with status 5000', async () => {
  await using broker = await startBroker();
  await using client = await openTopic(broker);
  const consumer = client.consumer('dev', 'events', { group: 'mail', pollIntervalMs: 1 });
  const reading = (async () => {
    for await (const message of consumer) assert.fail(`${message.offset} came`);
  })();
  await eventually('it has joined', async () => (await membersOf(client)) === 1);
  await client.groups.delete('dev', 'events', 'mail');
  await assert.rejects(
    reading,
    (error: VeltroError) =>
      error instanceof VeltroError && error.code === status.ConsumerGroupIdNotFound,
  );
});
