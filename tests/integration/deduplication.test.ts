import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect } from '../../src/client/client.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { startBroker } from '../support/broker.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, place, poll, toPartition } from '../support/topic-kit.ts';

const settings = { 'system.message_deduplication.enabled': true };

function request(ids: readonly bigint[], partitionId = 0) {
  const messages = ids.map((id) => ({ id, originTimestamp: 1n, payload: Buffer.from(`${id}`) }));
  return { ...place, partitioning: toPartition(partitionId), messages };
}

async function idsIn(client: RawClient, partitionId = 0): Promise<bigint[]> {
  return (await poll(client, { partitionId })).map(({ id }) => id);
}

test('duplicates are stored when nobody asked for their removal', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  await createPlace(client);
  for (let i = 0; i < 2; i++) await client.call(sendMessages, request([1n, 1n]));
  assert.deepEqual(await idsIn(client), [1n, 1n, 1n, 1n]);
});

test('each id is stored once in a partition, and every send is a success', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await createPlace(client, 2);
  await client.call(sendMessages, request([1n, 2n, 1n, 3n]));
  await client.call(sendMessages, request([3n, 2n]));
  await client.call(sendMessages, request([2n, 4n]));
  await client.call(sendMessages, request([1n, 4n], 1));
  assert.deepEqual(await idsIn(client), [1n, 2n, 3n, 4n]);
  assert.deepEqual(await idsIn(client, 1), [1n, 4n]);
  for (let i = 0; i < 2; i++) await client.call(sendMessages, request([0n, 0n], 1));
  assert.equal((await idsIn(client, 1)).length, 6);
  assert.deepEqual(broker.errors, []);
});

test('many sends of the same at the same time are one', async () => {
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const ids = Array.from({ length: 50 }, (_, i) => BigInt(i + 1));
  const frame = encodeRequest(sendMessages, request(ids));
  const large = encodeRequest(sendMessages, {
    ...request(ids),
    messages: ids.map((id) => ({ id: id + 50n, originTimestamp: 1n, payload: Buffer.alloc(5000) })),
  });
  for (let i = 0; i < 20; i++) client.socket.write(i % 2 === 0 ? frame : large);
  for (const { status } of await client.take(20)) assert.equal(status, 0);
  const expected = Array.from({ length: 100 }, (_, i) => BigInt(i + 1));
  assert.deepEqual(await idsIn(client), expected);
});

test('the death of a shard and a stop forget nothing', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-deduplication-'));
  try {
    {
      await using broker = await startBroker({ settings, dataDir, threads: 1 });
      await using client = await RawClient.login(broker);
      await createPlace(client);
      await client.call(sendMessages, request([1n, 2n]));
      broker.crashShard(0);
      while ((await client.status(sendMessages, request([1n, 3n]))) !== 0);
    }
    await using broker = await startBroker({ settings, dataDir, threads: 2 });
    await using client = await RawClient.login(broker);
    await client.call(sendMessages, request([3n, 2n, 4n]));
    assert.deepEqual(await idsIn(client), [1n, 2n, 3n, 4n]);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

const KILLS = 4;
const PARTITIONS = 3;

/** Payloads of all partitions, each partition in its order. */
async function everything(client: Client): Promise<string[][]> {
  const all: string[][] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const found: string[] = [];
    for (;;) {
      const strategy = { offset: BigInt(found.length) };
      const place = { partition, strategy, count: 5000 };
      const { messages } = await client.messages.poll('orders', 'events', place);
      if (messages.length === 0) break;
      for (const { payload } of messages) found.push(payload.toString());
    }
    all.push(found);
  }
  return all;
}

test('an idempotent producer stores everything once across kills', {
  timeout: 120_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-idempotent-'));
  const environment = { VELTRO_SYSTEM_MESSAGE_DEDUPLICATION_ENABLED: 'true' };
  let broker = await BrokerProcess.start({ dataDir, threads: 2, settings: environment });
  const address = new URL(broker.url).host;
  try {
    await using client = await connect(broker.url, {
      reconnect: { delayMs: 10, delayMsMax: 50, attemptsMax: 1000 },
      requestTimeoutMs: 60_000,
    });
    await client.streams.create('orders');
    await client.topics.create('orders', 'events', { partitions: PARTITIONS });
    const options = { idempotent: true, batchLength: 100, lingerMs: 0 };
    const producer = client.producer('orders', 'events', options);
    let sent = 0;
    let isDone = false;
    const failures: unknown[] = [];
    const send = (key?: string) => {
      const payload = `${sent++}`;
      producer.send({ payload, key }).catch((error) => failures.push(error));
    };
    const sending = (async () => {
      while (!isDone) {
        for (let i = 0; i < 20; i++) send();
        send(`key ${sent % 7}`);
        await delay(2);
      }
    })();
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(300);
      await broker.end('SIGKILL');
      broker = await BrokerProcess.start({
        dataDir,
        threads: 1 + (kill % 3),
        settings: environment,
        address,
      });
    }
    await delay(100);
    isDone = true;
    await sending;
    await producer.close();
    assert.deepEqual(failures, []);
    const found = (await everything(client)).flat().map(Number);
    assert.equal(found.length, sent, 'nothing is there twice, nothing is missing');
    assert.equal(new Set(found).size, sent);
  } finally {
    await broker.end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
});
