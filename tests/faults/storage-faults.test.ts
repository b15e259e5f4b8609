import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestMessage, TestShard, testMessage } from '../../src/storage/storage-test-kit.ts';
import { acknowledgements } from '../../src/wire/acknowledgement.ts';
import { encryptionBytes, indexEntryBytes, messageHeaderBytes } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { keyOfSeed } from '../support/encryption.ts';
import { FaultyFileSystem } from '../support/faulty-file-system.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { runCatalog } from './catalog-fault-run.ts';
import { flipCatalogBit, flipPartitionBit } from './flipped-bits.ts';
import { runStorage } from './storage-fault-run.ts';

const SEEDS = 5;
const STEPS = 400;
/** Acknowledged, and the batch that follows. */
const before = [testMessage(0, 50), testMessage(1, 7)];
const batch = [testMessage(10, 30), testMessage(11, 0), testMessage(12, 120)];
const FLIPS = 40;
const ALL = 0xffff_ffff;
/** In clear, and encrypted. */
const keys = [keyOfSeed(0), keyOfSeed(1)];

for (const level of acknowledgements) {
  test(`a partition on a bad disk keeps what it has acknowledged (${level})`, async (context) => {
    const first = testSeed();
    context.diagnostic(`seeds ${first} to ${first + SEEDS - 1}`);
    for (let seed = first; seed < first + SEEDS; seed++) {
      const counts = await runStorage(seed, level, STEPS);
      assert.ok(counts.acknowledged > 0 && counts.faults > 0, `seed ${seed} did nothing`);
    }
  });
}

test('the same seed gives the same run, another seed another', async () => {
  const run = (seed: number) => runStorage(seed, 'synced', STEPS);
  for (const seed of [7, 8]) {
    assert.deepEqual(await run(seed), await run(seed));
    assert.deepEqual(await runCatalog(seed, STEPS), await runCatalog(seed, STEPS));
  }
  assert.notEqual((await run(7)).digest, (await run(8)).digest);
});

for (const key of keys) {
  const kind = key === null ? 'write' : 'write of encrypted messages';
  test(`a ${kind} that is torn at any byte leaves what was acknowledged and whole ones`, () => {
    const ends = batch.map((_, i) => storedBytes(batch.slice(0, i + 1), key));
    for (let torn = 0; torn < ends[2] + batch.length * indexEntryBytes; torn++) {
      const whole = ends.filter((end) => torn >= end).length;
      const payloads = [...before, ...batch.slice(0, whole)].map(({ payload }) => payload);
      assert.deepEqual(payloadsAfterTornWrite(torn, key), payloads, `torn at byte ${torn}`);
    }
  });
}

function storedBytes(messages: readonly TestMessage[], key: Uint8Array | null): number {
  const bytesOf = ({ payload }: TestMessage) => messageHeaderBytes + payload.byteLength;
  const more = key === null ? 0 : encryptionBytes;
  return messages.reduce((sum, message) => sum + bytesOf(message) + more, 0);
}

/** What the next process finds after a write of `batch` of which only so many bytes were made. */
function payloadsAfterTornWrite(torn: number, encryptionKey: Uint8Array | null): Uint8Array[] {
  const disk = new MemoryFileSystem();
  const faulty = new FaultyFileSystem(disk);
  const shard = new TestShard({ system: faulty, encryptionKey });
  const partition = shard.partition();
  partition.create();
  assert.equal(shard.write(partition, before), 0);
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
  disk.closeAll();
  const next = new TestShard({ system: disk, encryptionKey });
  const after = next.partition();
  after.load();
  return next.read(after, 0, ALL).map(({ payload }) => payload);
}

for (const key of keys) {
  const kind = key === null ? 'bit' : 'bit of what is encrypted';
  test(`a flipped ${kind} gives no reader anything wrong`, async (context) => {
    const random = new SeededRandom(testSeed());
    context.diagnostic(`seed ${random.seed}`);
    const counts = { checked: 0, refused: 0 };
    for (let flip = 0; flip < FLIPS; flip++) {
      flipPartitionBit(random, counts, key);
      await flipCatalogBit(random, key);
    }
    assert.ok(counts.refused > 0 && counts.refused < counts.checked / 2);
  });
}

test('a catalog on a bad disk keeps what it has acknowledged', async (context) => {
  const first = testSeed();
  context.diagnostic(`seeds ${first} to ${first + SEEDS - 1}`);
  for (let seed = first; seed < first + SEEDS; seed++) {
    assert.ok((await runCatalog(seed, STEPS)).acknowledged > 0);
  }
});
