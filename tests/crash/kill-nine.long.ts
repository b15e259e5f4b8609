import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../src/client/client.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { CrashLoad } from './crash-load.ts';

const KILLS = 20;
const PARTITIONS = 4;
const THREADS = [1, 2, 4];
/** Small, so that segments roll many times. */
const SETTINGS = { VELTRO_SYSTEM_SEGMENT_SIZE: '4 MiB' };

test(`${KILLS} kills under load lose no acknowledged message and repeat none`, async (context) => {
  const random = new SeededRandom(testSeed());
  context.diagnostic(`seed ${random.seed}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-kill-'));
  const load = new CrashLoad(PARTITIONS);
  try {
    for (let kill = 0; kill <= KILLS; kill++) {
      const threads = THREADS[kill % THREADS.length];
      const broker = await BrokerProcess.start({ dataDir, threads, settings: SETTINGS });
      try {
        if (kill === 0) await createTopic(broker.url);
        await load.verifyNew(broker.url);
        if (kill === KILLS) await load.verifyAll(broker.url);
        const running = load.run(broker.url, random);
        await delay(random.integer(100, 1200));
        await broker.end('SIGKILL');
        await running;
      } finally {
        await broker.end('SIGKILL');
      }
    }
    context.diagnostic(`${load.acknowledged} acknowledged messages, all there exactly once`);
    assert.ok(load.acknowledged > KILLS * 100, 'the load was too small to show anything');
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

async function createTopic(url: string): Promise<void> {
  await using client = await connect(url);
  await client.streams.create('crash');
  await client.topics.create('crash', 'events', { partitions: PARTITIONS });
}
