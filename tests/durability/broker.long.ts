import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { shown, writeFigures } from '../support/figures.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { BrokerModel } from './broker-model.ts';

const STEPS = Number(process.env.VELTRO_TEST_STEPS ?? 100_000);
const PARTITIONS = 3;

test(`${STEPS} steps give what a model of plain lists gives`, async (context) => {
  const random = new SeededRandom(testSeed());
  context.diagnostic(`seed ${random.seed}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-model-'));
  const model = new BrokerModel(dataDir, random, PARTITIONS);
  try {
    await model.start();
    for (let step = 0; step < STEPS; step++) await model.step();
    await model.verifyAll();
    const steps = `${shown(STEPS)} steps (sends, polls of every kind, offsets, purges, restarts, …)`;
    const checked = `${shown(model.checked)} messages compared`;
    const restarts = `${shown(model.restarts)} restarts and dead shards`;
    context.diagnostic([steps, checked, restarts].join(', '));
    writeFigures('model', [steps, checked, restarts, 'differences: 0']);
  } finally {
    await model.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
