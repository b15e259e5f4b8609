import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../config/load.ts';
import { verifyDataDir } from '../../src/broker/verify.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { shown, writeFigures } from '../support/figures.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { CrashLoad } from './crash-load.ts';

/** `npm run test:long -- --full` runs ten times as many, `VELTRO_TEST_ROUNDS` another number. */
const ROUNDS = Number(
  process.env.VELTRO_TEST_ROUNDS ?? (process.env.VELTRO_TEST_FULL === '1' ? 500 : 50),
);
/** Then a new directory begins, because every round reads all there is. */
const ROUNDS_PER_DIRECTORY = 25;
const ROUND_TIMEOUT_MS = 60_000;
const THREADS = [1, 2, 4];
/** Small, so that segments roll many times. */
const SETTINGS = { VELTRO_SYSTEM_SEGMENT_SIZE: '4 MiB' };

interface Totals {
  acknowledged: number;
  changes: number;
}

/** Starts, checks, stops, verifies, starts, kills under load: so many times, then once more. */
async function runDirectory(rounds: number, random: SeededRandom, totals: Totals): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-kill-'));
  const load = new CrashLoad();
  try {
    for (let round = 0; round <= rounds; round++) {
      const threads = THREADS[round % THREADS.length];
      const start = () => BrokerProcess.start({ dataDir, threads, settings: SETTINGS });
      await withBroker(await start(), 'SIGTERM', async ({ url }) => {
        if (round === 0) await load.createTopics(url);
        await load.verifyNew(url);
        if (round === rounds) await load.verifyAll(url);
      });
      await assertSound(dataDir);
      if (round === rounds) break;
      await withBroker(await start(), 'SIGKILL', async (broker) => {
        const { ended } = await load.begin(broker.url, random);
        await delay(random.integer(100, 1200));
        await broker.end('SIGKILL');
        await ended;
      });
    }
    totals.acknowledged += load.acknowledged;
    totals.changes += load.changes;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function withBroker(
  broker: BrokerProcess,
  signal: 'SIGTERM' | 'SIGKILL',
  run: (broker: BrokerProcess) => Promise<void>,
): Promise<void> {
  try {
    await run(broker);
    await broker.end(signal);
  } finally {
    await broker.end('SIGKILL');
  }
}

async function assertSound(dataDir: string): Promise<void> {
  const { system } = loadConfig({ flags: { 'system.path': dataDir } });
  const { findings, wasStoppedCleanly } = await verifyDataDir(system);
  assert.deepEqual(findings, []);
  assert.ok(wasStoppedCleanly);
}

test(`${ROUNDS} kills under load lose no acknowledged message and repeat none`, {
  timeout: ROUNDS * ROUND_TIMEOUT_MS,
}, async (context) => {
  const random = new SeededRandom(testSeed());
  context.diagnostic(`seed ${random.seed}`);
  const totals: Totals = { acknowledged: 0, changes: 0 };
  for (let left = ROUNDS; left > 0; left -= ROUNDS_PER_DIRECTORY) {
    await runDirectory(Math.min(left, ROUNDS_PER_DIRECTORY), random, totals);
  }
  const messages = `${shown(totals.acknowledged)} acknowledged messages checked`;
  const changes = `${shown(totals.changes)} acknowledged changes of the catalog checked`;
  context.diagnostic(`${messages}, ${changes}`);
  assert.ok(totals.acknowledged > ROUNDS * 100, 'the load was too small to show anything');
  assert.ok(totals.changes > ROUNDS, 'the catalog was not changed');
  const sound = 'every directory sound by `veltro verify` after every start';
  writeFigures('kills', [`${ROUNDS} kills`, messages, changes, 'lost: 0, repeated: 0', sound]);
});
