import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { arenaBytesDefault } from '../../src/wire/limits.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { mixedRound } from './mixed-load.ts';
import { growthOf } from './plateau.ts';

const MIB = 1024 * 1024;
const isFull = process.env.VELTRO_TEST_FULL === '1';
const MINUTES = Number(process.env.VELTRO_TEST_MINUTES ?? (isFull ? 60 : 2));
const ROUNDS_MIN = 12;
/** Objects that the collector has not moved away, code that is optimized late. */
const HEAP_GROWTH_MAX = 1 * MIB;
/** Besides: what the system's allocator keeps, pages of the arena that are touched late. */
const RESIDENT_GROWTH_MAX = 24 * MIB;
/** All that a broker and its clients, here in one process, may take beside the arena. */
const RESIDENT_MAX = arenaBytesDefault + 400 * MIB;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Sample {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

/** What is left when nothing is under way and nothing is garbage. */
async function sampleAtRest(broker: TestBroker): Promise<Sample> {
  const { connectionsCount, callsWaiting } = broker.idle;
  await eventually('the broker is idle again', () => {
    const now = broker.statistics;
    return now.connectionsCount === connectionsCount && now.callsWaiting === callsWaiting;
  });
  // Buffers of what one collection finds are given back in the turns behind it.
  for (let times = 0; times < 3; times++) {
    collectGarbage();
    await delay(20);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, residentBytes: rss };
}

test(`memory stays where it is in ${MINUTES} minutes of mixed load`, async (context) => {
  await using broker = await startBroker();
  const samples: Sample[] = [];
  const endMs = performance.now() + MINUTES * 60_000;
  while (samples.length < ROUNDS_MIN || performance.now() < endMs) {
    await mixedRound(broker);
    samples.push(await sampleAtRest(broker));
  }
  const heap = samples.map(({ heapBytes }) => heapBytes);
  const resident = samples.map(({ residentBytes }) => residentBytes);
  const shown = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
  context.diagnostic(`${samples.length} rounds`);
  context.diagnostic(`heap ${shown(heap.at(-1)!)}, growth ${shown(growthOf(heap))}`);
  context.diagnostic(`resident ${shown(resident.at(-1)!)}, growth ${shown(growthOf(resident))}`);
  assert.ok(growthOf(heap) < HEAP_GROWTH_MAX, `the heap grows: ${heap}`);
  assert.ok(growthOf(resident) < RESIDENT_GROWTH_MAX, `resident memory grows: ${resident}`);
  assert.ok(Math.max(...resident) < RESIDENT_MAX, `too much is resident: ${resident}`);
  assert.deepEqual(broker.errors, []);
});
