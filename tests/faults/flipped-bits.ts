import assert from 'node:assert/strict';
import { CatalogLog } from '../../src/catalog/catalog-log.ts';
import { CatalogDamage } from '../../src/catalog/record-file.ts';
import { Cipher } from '../../src/encryption/cipher.ts';
import type { Partition } from '../../src/storage/partition.ts';
import { PollReply } from '../../src/storage/poll-reply.ts';
import {
  decode,
  type ReadMessage,
  TestShard,
  testMessage,
} from '../../src/storage/storage-test-kit.ts';
import { status } from '../../src/wire/status.ts';
import { asyncFileSystem, MemoryFileSystem } from '../support/memory-file-system.ts';
import type { SeededRandom } from '../support/random.ts';

const ALL = 0xffff_ffff;
const BATCHES = 8;
const CONSUMER = 1;

/** What a reader may be told instead of a message. */
const REFUSALS: readonly number[] = [
  status.CannotReadMessage,
  status.InvalidMessageChecksum,
  status.CannotDecryptData,
];

/** Messages that a check with a flipped bit has read, and how many of them were refused. */
export interface FlipCounts {
  checked: number;
  refused: number;
}

/**
 * A partition in which one bit is flipped, in its log, index or stored offset: readers get what was
 * written, or an error. In clear that takes checksums that are validated at the start; what is
 * encrypted is checked whenever it is read, so that nothing is validated and the bit may flip while
 * the partition is open.
 */
export function flipPartitionBit(
  random: SeededRandom,
  counts: FlipCounts,
  encryptionKey: Uint8Array | null,
): void {
  const disk = new MemoryFileSystem();
  const validateChecksum = encryptionKey === null;
  const options = { system: disk, segmentBytes: 1024, validateChecksum, encryptionKey };
  const written = fillPartition(new TestShard(options), random);
  disk.closeAll();
  const shard = new TestShard(options);
  const partition = shard.partition();
  const isOpen = encryptionKey !== null && random.next() < 0.5;
  if (isOpen) partition.load();
  flipAnyBit(disk, random);
  if (!isOpen) partition.load();
  checkFlipped(shard, partition, written, counts);
}

function fillPartition(shard: TestShard, random: SeededRandom): ReadMessage[] {
  const partition = shard.partition();
  partition.create();
  for (let i = 0; i < BATCHES; i++) {
    const messages = [0, 1, 2].map((j) =>
      testMessage(3 * i + j, random.integer(0, 200), random.integer(0, 9)),
    );
    assert.equal(shard.write(partition, messages), 0);
  }
  partition.offsets.store(1, CONSUMER, 5);
  const written = shard.read(partition, 0, ALL);
  partition.close();
  return written;
}

function flipAnyBit(disk: MemoryFileSystem, random: SeededRandom): void {
  const files = disk.files().filter((path) => disk.bytesOf(path).byteLength > 0);
  const path = files[random.integer(0, files.length - 1)];
  disk.flipBit(path, random.integer(0, disk.bytesOf(path).byteLength * 8 - 1));
}

function checkFlipped(
  shard: TestShard,
  partition: Partition,
  written: readonly ReadMessage[],
  counts: FlipCounts,
): void {
  for (let offset = 0; offset < written.length; offset++) {
    const [message] = poll(shard, partition, offset, 1);
    if (message === undefined) counts.refused++;
    else assert.deepEqual(message, written[offset]);
    counts.checked++;
    const more = poll(shard, partition, offset, ALL);
    assert.deepEqual(more, written.slice(offset, offset + more.length));
  }
  assert.ok((partition.offsets.get(1, CONSUMER) ?? -1) < written.length);
  shard.dispose();
}

/** Nothing comes without an error only where a start has cut the end off, and has said so. */
function poll(shard: TestShard, partition: Partition, offset: number, count: number) {
  const reply = new PollReply();
  const outcome = partition.read(offset, count, reply);
  const messages = decode(shard.bytesOf(reply));
  reply.release(shard.storage.cache);
  if (messages.length > 0) return messages;
  const isCut = offset > partition.lastOffset;
  if (isCut) assert.match(shard.reports.join('\n'), /removed a torn end/);
  else assert.ok(REFUSALS.includes(outcome), `offset ${offset} is answered with ${outcome}`);
  return messages;
}

/** A catalog in which one bit is flipped: its start is refused, or the last record is gone. */
export async function flipCatalogBit(
  random: SeededRandom,
  encryptionKey: Uint8Array | null,
): Promise<void> {
  const disk = new MemoryFileSystem();
  const system = asyncFileSystem(disk);
  const cipher = encryptionKey === null ? undefined : new Cipher(encryptionKey);
  const options = { sync: true, report: () => {}, system, logRecordsMax: 5, cipher };
  const streams = random.integer(1, 9);
  const log = await CatalogLog.open('/data', options);
  for (let id = 0; id < streams; id++) {
    await log.append({ type: 'stream.create', id, name: `stream ${id}`, createdAt: id });
  }
  await log.close();
  flipAnyBit(disk, random);
  try {
    const again = await CatalogLog.open('/data', options);
    const names = [...again.state.streams].map(({ name }) => name);
    await again.close();
    const expected = Array.from({ length: names.length }, (_, id) => `stream ${id}`);
    assert.deepEqual(names, expected);
    assert.ok(names.length >= streams - 1, `${streams - names.length} records are gone`);
  } catch (error) {
    if (!(error instanceof CatalogDamage)) throw error;
  }
}
