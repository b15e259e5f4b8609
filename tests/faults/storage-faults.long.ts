import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acknowledgements } from '../../src/wire/acknowledgement.ts';
import { shown, writeFigures } from '../support/figures.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { runCatalog } from './catalog-fault-run.ts';
import { flipCatalogBit, flipPartitionBit } from './flipped-bits.ts';
import { StorageFaultRun } from './storage-fault-run.ts';

const isFull = process.env.VELTRO_TEST_FULL === '1';
const SEEDS = isFull ? 3000 : 300;
const STEPS = 400;
const FLIPS = isFull ? 20_000 : 2000;

test(`${SEEDS} seeds of faults for each level lose nothing that was acknowledged`, async (context) => {
  const first = testSeed();
  context.diagnostic(`seeds ${first} to ${first + SEEDS - 1}`);
  const sum = { acknowledged: 0, checked: 0, faults: 0, kills: 0, powerCuts: 0 };
  for (let seed = first; seed < first + SEEDS; seed++) {
    for (const level of acknowledgements) {
      const counts = new StorageFaultRun(seed, level).run(STEPS);
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name];
    }
    const { faults, powerCuts } = await runCatalog(seed, STEPS);
    sum.faults += faults;
    sum.powerCuts += powerCuts;
  }
  const messages = `${shown(sum.acknowledged)} messages acknowledged, ${shown(sum.checked)} checked`;
  const runs = `${shown(SEEDS * acknowledgements.length)} runs of ${STEPS} steps`;
  const faults = `${shown(sum.faults)} faults (torn and short writes, short reads, ENOSPC, EIO, …)`;
  context.diagnostic([runs, faults, messages].join(', '));
  assert.ok(sum.faults > SEEDS && sum.powerCuts > SEEDS);
  writeFigures('faults', [runs, faults, `${shown(sum.kills)} kills`, messages, 'lost: 0']);
  const cuts = `${shown(sum.powerCuts)} losses of power`;
  writeFigures('power cuts', [cuts, 'synced and acknowledged, then lost: 0']);
});

test(`${FLIPS} flipped bits give no reader anything wrong`, async (context) => {
  const random = new SeededRandom(testSeed());
  context.diagnostic(`seed ${random.seed}`);
  const counts = { checked: 0, refused: 0 };
  for (let flip = 0; flip < FLIPS; flip++) {
    flipPartitionBit(random, counts);
    await flipCatalogBit(random);
  }
  const flips = `${shown(FLIPS)} bits in logs, indexes and stored offsets, as many in catalogs`;
  const checked = `${shown(counts.checked)} messages checked`;
  const refused = `${shown(counts.refused)} answered with an error`;
  context.diagnostic([flips, checked, refused].join(', '));
  assert.ok(counts.refused > 0);
  writeFigures('flipped bits', [flips, checked, refused, 'wrong: 0']);
});
