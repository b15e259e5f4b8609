import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ringSlots } from '../../src/wire/limits.ts';
import { STATUS_OK } from '../../src/wire/status.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, pollFrame, sendFrame } from '../support/topic-kit.ts';

const CONNECTIONS = 8000;
const PARTITIONS = 64;
const ROUNDS = 12;
/** Of those that connect at the same time. */
const CHUNK = 200;

async function connectAll(broker: BrokerProcess): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < CONNECTIONS) {
    const chunk = Array.from({ length: CHUNK }, () => RawClient.login(broker));
    clients.push(...(await Promise.all(chunk)));
  }
  return clients;
}

/** Sends a message and polls one, again and again; each request waits for the last answer. */
async function converse(client: RawClient, partitionId: number): Promise<void> {
  const [send, poll] = [sendFrame(['one'], partitionId), pollFrame(partitionId, 0)];
  for (let round = 0; round < ROUNDS; round++) {
    assert.equal((await client.exchange(send)).status, STATUS_OK);
    assert.equal((await client.exchange(poll)).status, STATUS_OK);
  }
}

test(`${CONNECTIONS} connections that always ask are all answered`, async () => {
  assert.ok(CONNECTIONS > ringSlots, 'more requests than the ring of a shard holds');
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-connections-'));
  const broker = await BrokerProcess.start({ dataDir, threads: 1 });
  try {
    const clients = await connectAll(broker);
    await createPlace(clients[0], PARTITIONS);
    await Promise.all(clients.map((client, number) => converse(client, number % PARTITIONS)));
    for (const client of clients) client.destroy();
  } finally {
    await broker.end('SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  }
});
