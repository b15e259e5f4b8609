import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { LossyRelay } from '../support/lossy-relay.ts';
import { QuicClient, responseOf } from '../support/quic-client.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, poll, sendFrame, strategy } from '../support/topic-kit.ts';

const MB = 1_000_000;
const MIB = 1024 * 1024;
const quic = { port: 0 };
const pingFrame = Buffer.from(encodeRequest(ping, undefined));
/** What collectors and allocators keep for later. */
const RESIDENT_SLACK_BYTES = 64 * MIB;

/** Files and sockets that the process has open; only Linux tells. */
function handlesCount(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function residentBytes(): Promise<number> {
  // What native code holds is given back in turns after the collection.
  for (let round = 0; round < 4; round++) {
    collect();
    await sleep(50);
  }
  return process.memoryUsage().rss;
}

async function assertIdle(broker: TestBroker): Promise<void> {
  await eventually('nobody is left', () => broker.statistics.connectionsCount === 0);
  await eventually('replies are back', () => broker.statistics.repliesOut === 0);
  await using client = await RawClient.login(broker);
  assert.equal((await client.exchange(pingFrame)).status, 0);
  assert.deepEqual(broker.errors, []);
}

test('100 MB go in and come out on one connection', async () => {
  await using broker = await startBroker({ quic });
  const client = await QuicClient.login(broker.addresses.quic);
  await createPlace(client);
  const payload = Buffer.alloc(MB, 'm');
  for (let n = 0; n < 100; n++) {
    payload.writeUInt32LE(n);
    assert.equal(responseOf(await client.exchange(sendFrame([payload]))).status, 0);
  }
  for (let next = 0; next < 100; ) {
    const messages = await poll(client, { strategy: strategy('offset', next), count: 9 });
    for (const message of messages) {
      payload.writeUInt32LE(next);
      assert.ok(message.payload.equals(payload), `message ${next}`);
      next++;
    }
  }
  await client[Symbol.asyncDispose]();
  await assertIdle(broker);
});

test('1,000 connections that vanish leave nothing behind', async () => {
  const settings = { 'quic.max_idle_timeout': '2 s', 'quic.keep_alive_interval': '500 ms' };
  await using broker = await startBroker({ quic, settings });
  const handles = handlesCount();
  const vanish = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const client = await QuicClient.login(broker.addresses.quic);
      const { id, outcome } = client.open();
      outcome.catch(() => {});
      client.write(id, sendFrame(['x'.repeat(2000)]).subarray(0, 1500), false);
      client.vanish();
    }
    await eventually('nobody is left', () => broker.statistics.connectionsCount === 0);
  };
  // What is touched for the first time stays.
  await vanish(300);
  const resident = await residentBytes();
  await vanish(1000);
  assert.equal(broker.statistics.frameBytesUsed, broker.idle.frameBytesUsed);
  await eventually('handles are back', () => handlesCount() <= handles + 2);
  const grown = (await residentBytes()) - resident;
  assert.ok(grown < RESIDENT_SLACK_BYTES, `${grown} bytes more`);
  await assertIdle(broker);
});

test('10,000 short streams leave nothing behind', async () => {
  await using broker = await startBroker({ quic });
  const handles = handlesCount();
  const run = async (count: number) => {
    const client = await QuicClient.login(broker.addresses.quic);
    for (let n = 0; n < count; n += 50) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => client.exchange(pingFrame)),
      );
      for (const answer of answers) assert.equal(responseOf(answer).status, 0);
    }
    // Streams that were given up by either side, in the middle of a request.
    for (let n = 0; n < count / 50; n++) {
      const { id, outcome } = client.open();
      client.write(id, pingFrame.subarray(0, 5), false);
      client.link.abandon(id, 1);
      outcome.catch(() => {});
      assert.equal(await client.exchange(pingFrame.subarray(0, 5)), 'reset');
    }
    await client[Symbol.asyncDispose]();
  };
  await run(10_000);
  const resident = await residentBytes();
  await run(10_000);
  const grown = (await residentBytes()) - resident;
  assert.ok(grown < RESIDENT_SLACK_BYTES, `${grown} bytes more`);
  await eventually('handles are back', () => handlesCount() <= handles + 2);
  await assertIdle(broker);
});

/** What a relay does to packets here. */
function badWeather() {
  const random = new SeededRandom(testSeed());
  console.log(`VELTRO_TEST_SEED=${random.seed}`);
  return { lost: 0.03, late: 0.07, doubled: 0.02, random: () => random.next() };
}

test('20 MB go in and come out where a tenth of all packets is lost or late', async () => {
  await using broker = await startBroker({ quic });
  await using relay = await LossyRelay.start(broker.addresses.quic!, badWeather());
  const client = await QuicClient.login(relay.address, { keepAliveMs: 500 });
  await createPlace(client);
  const payload = Buffer.alloc(MB, 'm');
  for (let n = 0; n < 20; n++) {
    assert.equal(responseOf(await client.exchange(sendFrame([payload]))).status, 0);
    if (n % 5 === 4) relay.moveClients();
  }
  for (let next = 0; next < 20; next++) {
    const messages = await poll(client, { strategy: strategy('offset', next), count: 1 });
    assert.ok(messages[0].payload.equals(payload));
    if (next % 5 === 4) relay.moveClients();
  }
  await client[Symbol.asyncDispose]();
  await assertIdle(broker);
});
