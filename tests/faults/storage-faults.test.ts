import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestShard, testMessage } from '../../src/storage/storage-test-kit.ts';
import { acknowledgements } from '../../src/wire/acknowledgement.ts';
import { status } from '../../src/wire/status.ts';
import { FaultyFileSystem } from '../support/faulty-file-system.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { runCatalog } from './catalog-fault-run.ts';
import { flipCatalogBit, flipPartitionBit } from './flipped-bits.ts';
import { StorageFaultRun } from './storage-fault-run.ts';

const SEEDS = 5;
const STEPS = 400;
const FLIPS = 40;
const ALL = 0xffff_ffff;

for (const level of acknowledgements) {
  test(`a partition on a bad disk keeps what it has acknowledged (${level})`, (context) => {
    const first = testSeed();
    context.diagnostic(`seeds ${first} to ${first + SEEDS - 1}`);
    for (let seed = first; seed < first + SEEDS; seed++) {
      const counts = new StorageFaultRun(seed, level).run(STEPS);
      assert.ok(counts.acknowledged > 0 && counts.faults > 0, `seed ${seed} did nothing`);
    }
  });
}

test('the same seed gives the same run, another seed another', async () => {
  const run = (seed: number) => new StorageFaultRun(seed, 'synced').run(STEPS);
  assert.deepEqual(run(7), run(7));
  assert.notEqual(run(7).digest, run(8).digest);
  assert.deepEqual(await runCatalog(7, STEPS), await runCatalog(7, STEPS));
});

test('a write that is torn at any byte leaves what was acknowledged, and whole messages', () => {
  const sizes = [30, 0, 120];
  const batch = sizes.map((bytes, i) => testMessage(10 + i, bytes));
  const logBytes = sizes.reduce((sum, bytes) => sum + 64 + bytes, 0);
  for (let torn = 0; torn < logBytes + sizes.length * 16; torn++) {
    const disk = new MemoryFileSystem();
    const faulty = new FaultyFileSystem(disk);
    const shard = new TestShard({ system: faulty });
    const partition = shard.partition();
    partition.create();
    assert.equal(shard.write(partition, [testMessage(0, 50), testMessage(1, 7)]), 0);
    let left = torn;
    faulty.plan = ({ name, bytes }) => {
      if (name === 'truncate') return { code: 'EIO' };
      if (name !== 'write' && name !== 'writev') return undefined;
      const isWhole = left >= bytes;
      const bytesBefore = Math.min(left, bytes);
      left -= bytesBefore;
      return isWhole ? undefined : { code: 'EIO', bytesBefore };
    };
    assert.equal(shard.write(partition, batch), status.CannotSaveMessagesToSegment);
    faulty.plan = () => undefined;
    disk.closeAll();
    const next = new TestShard({ system: disk });
    const after = next.partition();
    after.load();
    const whole = sizes.filter((_, i) => torn >= endOf(sizes, i)).length;
    assert.equal(next.read(after, 0, ALL).length, 2 + whole, `torn at byte ${torn}`);
  }
});

function endOf(sizes: readonly number[], last: number): number {
  return sizes.slice(0, last + 1).reduce((sum, bytes) => sum + 64 + bytes, 0);
}

test('a flipped bit gives no reader anything wrong', async (context) => {
  const random = new SeededRandom(testSeed());
  context.diagnostic(`seed ${random.seed}`);
  const counts = { checked: 0, refused: 0 };
  for (let flip = 0; flip < FLIPS; flip++) {
    flipPartitionBit(random, counts);
    await flipCatalogBit(random);
  }
  assert.ok(counts.refused > 0 && counts.refused < counts.checked / 2);
});

test('a catalog on a bad disk keeps what it has acknowledged', async (context) => {
  const first = testSeed();
  context.diagnostic(`seeds ${first} to ${first + SEEDS - 1}`);
  for (let seed = first; seed < first + SEEDS; seed++) {
    assert.ok((await runCatalog(seed, STEPS)).acknowledged > 0);
  }
});
