import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect } from '../../src/client/client.ts';
import { VeltroError } from '../../src/client/errors.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';

const CRASHES = 3;

/** Sends one message after the other to a partition until told to stop; remembers what happened. */
class Traffic {
  readonly acknowledged: bigint[] = [];
  readonly failures: VeltroError[] = [];
  #isStopped = false;
  readonly #done: Promise<void>;

  constructor(client: Client, partition: number) {
    this.#done = this.#run(client, partition);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  async #run(client: Client, partition: number): Promise<void> {
    for (let id = 1n; !this.#isStopped; id++) {
      try {
        const message = { id, payload: `message ${id}` };
        await client.messages.send('supervised', 'events', [message], { partition });
        this.acknowledged.push(id);
      } catch (error) {
        assert.ok(error instanceof VeltroError, String(error));
        this.failures.push(error);
        await delay(5);
      }
    }
  }
}

async function idsIn(client: Client, partition: number): Promise<bigint[]> {
  const ids: bigint[] = [];
  for (;;) {
    const strategy = { offset: BigInt(ids.length) };
    const polled = await client.messages.poll('supervised', 'events', { partition, strategy });
    if (polled.messages.length === 0) return ids;
    for (const message of polled.messages) ids.push(message.id);
  }
}

async function untilGrown(traffic: Traffic, messages: number): Promise<void> {
  const goal = traffic.acknowledged.length + messages;
  while (traffic.acknowledged.length < goal) await delay(5);
}

test('a killed worker is replaced while the other shards go on', { timeout: 60_000 }, async () => {
  await using broker = await startBroker({ threads: 2 });
  await using client = await connect(broker.url);
  await using other = await connect(broker.url);
  await client.streams.create('supervised');
  await client.topics.create('supervised', 'events', { partitions: 2 });
  const doomed = new Traffic(client, 0);
  const spared = new Traffic(other, 1);
  await untilGrown(doomed, 20);
  for (let crash = 0; crash < CRASHES; crash++) {
    broker.crashShard(0);
    await untilGrown(spared, 20);
    await untilGrown(doomed, 20);
  }
  await Promise.all([doomed.stop(), spared.stop()]);

  assert.deepEqual(spared.failures, [], 'the other shard was disturbed');
  for (const failure of doomed.failures) assert.equal(failure.code, status.ShardCommunicationError);
  assert.deepEqual(await idsIn(client, 1), spared.acknowledged);
  const kept = await idsIn(client, 0);
  assert.deepEqual(kept, [...new Set(kept)], 'a message is there twice');
  const present = new Set(kept);
  for (const id of doomed.acknowledged) assert.ok(present.has(id), `message ${id} is lost`);
});

test('requests that a dying worker has not answered get an error, not silence', async () => {
  await using broker = await startBroker({ threads: 1 });
  await using client = await connect(broker.url);
  await client.streams.create('supervised');
  await client.topics.create('supervised', 'events');
  const payload = Buffer.alloc(100_000);
  broker.crashShard(0);
  const sends = Array.from({ length: 50 }, () =>
    client.messages.send('supervised', 'events', [{ payload }], { partition: 0 }),
  );
  const outcomes = await Promise.allSettled(sends);
  for (const outcome of outcomes) {
    assert.equal(outcome.status, 'rejected');
    assert.equal((outcome.reason as VeltroError).code, status.ShardCommunicationError);
  }
  await client.ping();
  while (
    (await client.messages.send('supervised', 'events', [{ payload }]).catch(String)) !== undefined
  )
    await delay(10);
  assert.equal((await idsIn(client, 0)).length, 1);
});

test('a stop while a shard is being replaced leaves nothing open', {
  timeout: 60_000,
}, async () => {
  const openPorts = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort');
  const before = openPorts().length;
  const broker = await startBroker({ threads: 1 });
  await using client = await connect(broker.url);
  await client.streams.create('supervised');
  await client.topics.create('supervised', 'events', { partitions: 1 });
  broker.crashShard(0);
  await eventually('the shard is down', () => broker.statistics.shardsUpCount === 0);
  await broker[Symbol.asyncDispose]();
  await eventually('its ports are closed', () => openPorts().length === before);
});
