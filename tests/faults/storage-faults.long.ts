import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acknowledgements } from '../../src/wire/acknowledgement.ts';
import { keyOfSeed } from '../support/encryption.ts';
import { shown, writeFigures } from '../support/figures.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { testTime } from '../support/test-time.ts';
import { runCatalog } from './catalog-fault-run.ts';
import { flipCatalogBit, flipPartitionBit } from './flipped-bits.ts';
import { runStorage } from './storage-fault-run.ts';

const isFull = process.env.VELTRO_TEST_FULL === '1';
const SEEDS = isFull ? 3000 : 300;
const STEPS = 400;
const FLIPS = isFull ? 20_000 : 2000;

/** What the runs with one kind of seed have done. */
const noRuns = () => ({ runs: 0, acknowledged: 0, checked: 0, faults: 0, kills: 0, powerCuts: 0 });
type Sum = ReturnType<typeof noRuns>;

test(`up to ${SEEDS} seeds of faults for each level lose nothing that was acknowledged`, async (context) => {
  const first = testSeed();
  context.diagnostic(`seeds ${first} to ${first + SEEDS - 1}`);
  const hasTime = testTime();
  const all = noRuns();
  const encrypted = noRuns();
  for (let seed = first; seed < first + SEEDS && hasTime(); seed++) {
    const sums = keyOfSeed(seed) === null ? [all] : [all, encrypted];
    for (const level of acknowledgements) add(await runStorage(seed, level, STEPS), sums);
    const { faults, powerCuts } = await runCatalog(seed, STEPS);
    add({ runs: 0, acknowledged: 0, checked: 0, kills: 0, faults, powerCuts }, sums);
  }
  for (const { runs, faults, powerCuts } of [all, encrypted]) {
    assert.ok(faults > runs && powerCuts > runs);
  }
  const figures = { all: figuresOf(all), encrypted: figuresOf(encrypted) };
  context.diagnostic(figures.all.join(', '));
  context.diagnostic(`encrypted: ${figures.encrypted.join(', ')}`);
  writeFigures('faults', [...figures.all, 'lost: 0']);
  writeFigures('faults, encrypted', [...figures.encrypted, 'lost: 0']);
  const cuts = `${shown(all.powerCuts)} losses of power`;
  const ofThem = `${shown(encrypted.powerCuts)} of them with encryption at rest`;
  writeFigures('power cuts', [cuts, ofThem, 'synced and acknowledged, then lost: 0']);
});

function add(counts: Sum, sums: readonly Sum[]): void {
  for (const sum of sums) {
    for (const name of Object.keys(sum) as (keyof Sum)[]) sum[name] += counts[name];
  }
}

function figuresOf(sum: Sum): string[] {
  return [
    `${shown(sum.runs)} runs of ${STEPS} steps`,
    `${shown(sum.faults)} faults (torn and short writes, short reads, ENOSPC, EIO, …)`,
    `${shown(sum.kills)} kills`,
    `${shown(sum.acknowledged)} messages acknowledged, ${shown(sum.checked)} checked`,
  ];
}

for (const key of [keyOfSeed(0), keyOfSeed(1)]) {
  const kind = key === null ? 'flipped bits' : 'flipped bits, encrypted';
  test(`up to ${FLIPS} ${kind}, give no reader anything wrong`, async (context) => {
    const random = new SeededRandom(testSeed());
    context.diagnostic(`seed ${random.seed}`);
    const hasTime = testTime();
    const counts = { checked: 0, refused: 0 };
    let flipped = 0;
    for (; flipped < FLIPS && hasTime(); flipped++) {
      flipPartitionBit(random, counts, key);
      await flipCatalogBit(random, key);
    }
    const flips = `${shown(flipped)} bits in logs, indexes and stored offsets, as many in catalogs`;
    const checked = `${shown(counts.checked)} messages checked`;
    const refused = `${shown(counts.refused)} answered with an error`;
    context.diagnostic([flips, checked, refused].join(', '));
    assert.ok(counts.refused > 0);
    writeFigures(kind, [flips, checked, refused, 'wrong: 0']);
  });
}
