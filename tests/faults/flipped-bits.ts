import assert from 'node:assert/strict';
import { CatalogLog } from '../../src/catalog/catalog-log.ts';
import { CatalogDamage } from '../../src/catalog/record-file.ts';
import { PollReply } from '../../src/storage/poll-reply.ts';
import {
  decode,
  type ReadMessage,
  TestShard,
  testMessage,
} from '../../src/storage/storage-test-kit.ts';
import { asyncFileSystem, MemoryFileSystem } from '../support/memory-file-system.ts';
import type { SeededRandom } from '../support/random.ts';

const ALL = 0xffff_ffff;
const BATCHES = 8;
const CONSUMER = 1;

/** Messages that a check with a flipped bit has read, and how many of them were refused. */
export interface FlipCounts {
  checked: number;
  refused: number;
}

/**
 * A partition in which one bit is flipped, in its log, index or stored offset: with checksums
 * validated, readers get what was written, or an error.
 */
export function flipPartitionBit(random: SeededRandom, counts: FlipCounts): void {
  const disk = new MemoryFileSystem();
  const options = { system: disk, segmentBytes: 1024, validateChecksum: true };
  const before = new TestShard(options);
  const partition = before.partition();
  partition.create();
  for (let i = 0; i < BATCHES; i++) {
    const messages = [0, 1, 2].map((j) => testMessage(3 * i + j, random.integer(0, 200)));
    assert.equal(before.write(partition, messages), 0);
  }
  partition.offsets.store(1, CONSUMER, 5);
  const written = before.read(partition, 0, ALL);
  partition.close();
  disk.closeAll();
  const files = disk.files().filter((path) => disk.bytesOf(path).byteLength > 0);
  const path = files[random.integer(0, files.length - 1)];
  disk.flipBit(path, random.integer(0, disk.bytesOf(path).byteLength * 8 - 1));
  checkFlipped(new TestShard(options), written, counts);
}

function checkFlipped(shard: TestShard, written: readonly ReadMessage[], counts: FlipCounts): void {
  const partition = shard.partition();
  partition.load();
  for (let offset = 0; offset < written.length; offset++) {
    const reply = new PollReply();
    partition.read(offset, 1, reply);
    const [message] = decode(shard.bytesOf(reply));
    reply.release(shard.storage.cache);
    if (message === undefined) counts.refused++;
    else assert.deepEqual(message, written[offset]);
    counts.checked++;
  }
  assert.ok((partition.offsets.get(1, CONSUMER) ?? -1) < written.length);
  shard.dispose();
}

/** A catalog in which one bit is flipped: its start is refused, or the last record is gone. */
export async function flipCatalogBit(random: SeededRandom): Promise<void> {
  const disk = new MemoryFileSystem();
  const system = asyncFileSystem(disk);
  const options = { sync: true, report: () => {}, system, logRecordsMax: 5 };
  const streams = random.integer(1, 9);
  const log = await CatalogLog.open('/data', options);
  for (let id = 0; id < streams; id++) {
    await log.append({ type: 'stream.create', id, name: `stream ${id}`, createdAt: id });
  }
  await log.close();
  const files = disk.files();
  const path = files[random.integer(0, files.length - 1)];
  disk.flipBit(path, random.integer(0, disk.bytesOf(path).byteLength * 8 - 1));
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
