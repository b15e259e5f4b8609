import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../src/client/client.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { encryptionSettings, keyOfSeed } from '../support/encryption.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { CatalogLoad } from './catalog-load.ts';

const KILLS = 15;

for (const key of [keyOfSeed(0), keyOfSeed(1)]) {
  const kind = key === null ? 'the catalog' : 'an encrypted catalog';
  const name = `${KILLS} kills amid changes of ${kind} lose none that was answered`;
  test(name, (context) => runKills(context, encryptionSettings(key)));
}

async function runKills(
  context: TestContext,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const random = new SeededRandom(testSeed());
  context.diagnostic(`seed ${random.seed}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-catalog-kill-'));
  const load = new CatalogLoad(random);
  try {
    for (let kill = 0; kill <= KILLS; kill++) {
      const broker = await BrokerProcess.start({ dataDir, threads: 1 + (kill % 2), settings });
      try {
        await using client = await connect(broker.url, { reconnect: { enabled: false } });
        await load.verify(client);
        const running = load.run(client);
        await delay(random.integer(20, 600));
        await broker.end('SIGKILL');
        await running;
      } finally {
        await broker.end('SIGKILL');
      }
    }
    context.diagnostic(`${load.answered} changes were answered, all of them are there`);
    assert.ok(load.answered > KILLS, 'the load was too small to show anything');
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
