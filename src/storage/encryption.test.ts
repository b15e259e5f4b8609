import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { messagePayloadBytesMax, pollBytesMax, userHeadersBytesMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { MEMORY_SHORT } from './message-reader.ts';
import type { Partition } from './partition.ts';
import { PollReply } from './poll-reply.ts';
import {
  decode,
  type ReadMessage,
  readSegmentFiles,
  type TestMessage,
  type TestOptions,
  TestShard,
  testMessage,
} from './storage-test-kit.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const ALL = 0xffff_ffff;
const NO_CACHE = { frameBytes: 0, regionBytes: 0 };
const encryptionKey = Buffer.alloc(32, 0x5a);
const LOG = '00000000000000000000.log';

let shards: TestShard[] = [];

afterEach(() => {
  for (const shard of shards) shard.dispose();
  shards = [];
});

function newShard(options: TestOptions): TestShard {
  const shard = new TestShard({ encryptionKey, ...options });
  shards.push(shard);
  return shard;
}

function newPartition(options: TestOptions = {}) {
  const shard = newShard(options);
  const flushes: number[] = [];
  const partition = shard.partition((status) => flushes.push(status));
  partition.create();
  return { shard, partition, flushes };
}

/** The same partition in another process. */
function reopen(shard: TestShard, options: TestOptions = {}) {
  shard.files.closeAll();
  const next = newShard({ ...options, dir: shard.dir });
  const partition = next.partition();
  partition.load();
  return { shard: next, partition };
}

function plainOf(messages: readonly ReadMessage[]): TestMessage[] {
  return messages.map(({ id, origin, payload, headers }) => ({ id, origin, payload, headers }));
}

function readStatus(partition: Partition, shard: TestShard, offset: number, count = ALL) {
  const reply = new PollReply();
  const outcome = partition.read(offset, count, reply);
  const offsets = decode(shard.bytesOf(reply)).map((message) => message.offset);
  reply.release(shard.storage.cache);
  return { outcome, offsets };
}

describe('A partition that encrypts', () => {
  it('gives back payloads and headers of every size, from memory and from files', () => {
    const sizes = [0, 1, 15, 16, 17, 200, 4096, 70_000];
    const headers = [0, 1, 16, 1000];
    const sent = sizes.flatMap((payloadBytes, i) =>
      headers.map((headersBytes, j) => testMessage(i * 10 + j, payloadBytes, headersBytes)),
    );
    const { shard, partition } = newPartition();
    assert.equal(shard.write(partition, sent), 0);
    assert.deepEqual(plainOf(shard.read(partition, 0, ALL)), sent);
    assert.deepEqual(plainOf(shard.read(partition, 7, 5)), sent.slice(7, 12));
    const again = reopen(shard);
    assert.deepEqual(plainOf(again.shard.read(again.partition, 0, ALL)), sent);
    assert.deepEqual(plainOf(again.shard.read(again.partition, 30, ALL)), sent.slice(30));
  });

  it('stores what plain AES-256-GCM decrypts, lengths and checksums of the encrypted form', () => {
    const { shard, partition } = newPartition();
    const sent = [testMessage(1, 100, 20), testMessage(2, 0), testMessage(3, 5)];
    assert.equal(shard.write(partition, sent), 0);
    const [{ messages: stored, logBytes }] = readSegmentFiles(shard.partitionDir);
    assert.deepEqual(
      stored.map(({ payload, headers }) => [payload.byteLength, headers.byteLength]),
      [
        [128, 48],
        [28, 0],
        [33, 0],
      ],
    );
    assert.equal(partition.sizeBytes, logBytes, 'sizes are those of what is stored');
    const [{ messages }] = readSegmentFiles(shard.partitionDir, encryptionKey);
    assert.deepEqual(plainOf(messages), sent);
  });

  it('leaves no payload and no header in its files', () => {
    const { shard, partition } = newPartition();
    const [payload, headers] = ['THE-PAYLOAD', 'THE-HEADERS'].map((text) => Buffer.from(text));
    shard.write(partition, [{ ...testMessage(1, 0), payload, headers }]);
    const log = readFileSync(join(shard.partitionDir, LOG), 'latin1');
    assert.ok(!log.includes('THE-'));
    assert.equal(plainOf(shard.read(partition, 0, 1))[0].payload.toString(), 'THE-PAYLOAD');
  });

  it('encrypts equal messages differently', () => {
    const { shard, partition } = newPartition();
    shard.write(partition, [testMessage(1, 50), testMessage(1, 50)]);
    const [{ messages }] = readSegmentFiles(shard.partitionDir);
    assert.notDeepEqual(messages[0].payload, messages[1].payload);
  });

  it('makes up ids and keeps those that it was given', () => {
    const { shard, partition } = newPartition();
    shard.write(partition, [{ ...testMessage(0, 3), id: 0n }, testMessage(41, 3)]);
    const [made, given] = shard.read(partition, 0, ALL);
    assert.notEqual(made.id, 0n);
    assert.equal(given.id, 42n);
  });

  it('rolls by the size of what is stored', () => {
    const { shard, partition } = newPartition({ segmentBytes: KIB });
    const sent = Array.from({ length: 20 }, (_, i) => testMessage(i, 100));
    for (const message of sent) assert.equal(shard.write(partition, [message]), 0);
    const segments = readSegmentFiles(shard.partitionDir, encryptionKey);
    assert.deepEqual(plainOf(segments.flatMap(({ messages }) => messages)), sent);
    for (const { logBytes } of segments) assert.ok(logBytes <= KIB);
    assert.equal(segments.length, Math.ceil(20 / Math.floor(KIB / (64 + 100 + 28))));
    assert.deepEqual(plainOf(shard.read(partition, 0, ALL)), sent);
  });
});

describe('A partition that encrypts checks first', () => {
  it('takes payloads and headers of the largest size, and refuses one byte more', () => {
    const { shard, partition } = newPartition({ regionBytes: 96 * MIB, segmentBytes: 256 * MIB });
    const write = (payload: number, headers: number) =>
      shard.write(partition, [testMessage(3, payload, headers)]);
    assert.equal(write(10, userHeadersBytesMax + 1), status.TooBigUserHeaders);
    assert.equal(write(messagePayloadBytesMax + 1, 0), status.TooBigMessagePayload);
    assert.equal(partition.lastOffset, -1);
    assert.equal(write(messagePayloadBytesMax, userHeadersBytesMax), 0);
    const [{ payload, headers }] = shard.read(partition, 0, 1);
    assert.equal(payload.byteLength, messagePayloadBytesMax);
    assert.ok(payload.every((byte) => byte === 3));
    assert.equal(headers.byteLength, userHeadersBytesMax);
  });

  it('refuses a batch that is not sound, and goes on', () => {
    const { shard, partition } = newPartition();
    const batch = shard.batch([testMessage(1, 10), testMessage(2, 10)]);
    shard.bytes.writeUInt32LE(5000, batch.messages + 52);
    assert.equal(partition.append(batch, 0), status.MissingIndex);
    assert.equal(partition.hasStaged, false);
    assert.equal(shard.write(partition, [testMessage(3, 10)]), 0);
    assert.equal(partition.lastOffset, 0);
  });

  it('refuses the whole batch when it cannot be encrypted, says so, and goes on', (t) => {
    const { shard, partition } = newPartition();
    t.mock.method(WebAssembly, 'Memory', function refuse() {
      throw new RangeError('could not allocate memory');
    });
    assert.equal(shard.write(partition, [testMessage(1, 10)]), status.CannotEncryptData);
    assert.match(shard.reports.join(), /error: A batch was refused.*could not allocate memory/);
    t.mock.restoreAll();
    assert.equal(partition.lastOffset, -1);
    assert.equal(shard.write(partition, [testMessage(2, 10)]), 0);
    assert.deepEqual(plainOf(shard.read(partition, 0, ALL)), [testMessage(2, 10)]);
  });
});

describe('A partition that encrypts, without room in the cache', () => {
  it('writes each batch at once, behind what was staged before', () => {
    const { shard, partition, flushes } = newPartition({
      budget: { frameBytes: 0, regionBytes: 16 * KIB },
    });
    const small = [testMessage(1, 50)];
    const large = [testMessage(2, 40 * KIB), testMessage(3, 10)];
    const batches = [shard.batch(small), shard.batch(large)];
    assert.equal(partition.append(batches[0], 0), 0);
    assert.equal(partition.hasStaged, true);
    assert.equal(partition.append(batches[1], 0), 0);
    assert.equal(partition.hasStaged, false);
    assert.deepEqual(flushes, [0, 0]);
    assert.deepEqual(plainOf(shard.read(partition, 0, ALL)), [...small, ...large]);
  });

  it('refuses what it cannot write, and keeps what was written', () => {
    const { shard, partition, flushes } = newPartition({ budget: NO_CACHE });
    assert.equal(shard.write(partition, [testMessage(1, 50)]), 0);
    shard.files.fault = (file) => {
      if (file.path.endsWith('.log')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const failed = shard.write(partition, [testMessage(2, 50)]);
    shard.files.fault = () => {};
    assert.equal(failed, status.CannotSaveMessagesToSegment);
    assert.deepEqual(flushes, [0, status.CannotSaveMessagesToSegment]);
    assert.equal(shard.write(partition, [testMessage(3, 50)]), 0);
    const sent = [testMessage(1, 50), testMessage(3, 50)];
    assert.deepEqual(plainOf(shard.read(partition, 0, ALL)), sent);
    assert.deepEqual(
      shard.read(partition, 0, ALL).map(({ offset }) => offset),
      [0, 1],
    );
  });

  it('removes duplicates by the ids in clear, also of what was written at once', () => {
    const deduplication = { maxEntries: 100, expiryMicros: 0 };
    const write = (shard: TestShard, partition: Partition, messages: TestMessage[]) =>
      shard.write(partition, messages, false, 1);
    for (const budget of [NO_CACHE, { frameBytes: 0, regionBytes: MIB }]) {
      const { shard, partition } = newPartition({ budget, deduplication });
      const [one, two, three] = [1, 2, 3].map((number) => testMessage(number, 30, 3));
      assert.equal(write(shard, partition, [one, two, one]), 0);
      assert.equal(write(shard, partition, [two]), 0);
      shard.files.fault = () => {
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
      assert.notEqual(write(shard, partition, [three]), 0);
      shard.files.fault = () => {};
      assert.equal(write(shard, partition, [one, three]), 0, 'what was refused may come again');
      assert.deepEqual(plainOf(shard.read(partition, 0, ALL)), [one, two, three]);
      const again = reopen(shard, { budget, deduplication });
      assert.equal(write(again.shard, again.partition, [three, two]), 0);
      assert.equal(again.partition.lastOffset, 2);
    }
  });
});

describe('Reading what was encrypted', () => {
  it('answers a poll in the limits of one, and goes on where it ended', () => {
    const { shard, partition } = newPartition({ segmentBytes: 64 * MIB, budget: NO_CACHE });
    const sent = Array.from({ length: 9 }, (_, i) => testMessage(i, 3 * MIB));
    for (const message of sent) assert.equal(shard.write(partition, [message]), 0);
    const first = shard.read(partition, 0, ALL);
    assert.equal(first.length, Math.floor(pollBytesMax / (3 * MIB + 64)));
    assert.deepEqual(plainOf(first), sent.slice(0, first.length));
    assert.equal(shard.read(partition, first.length, ALL)[0].offset, first.length);
  });

  it('waits while other readers hold all memory', () => {
    const { shard, partition } = newPartition({ budget: NO_CACHE, regionBytes: 4 * MIB });
    for (let i = 0; i < 3; i++) shard.write(partition, [testMessage(i, 3 * MIB)]);
    const held = new PollReply();
    assert.equal(partition.read(0, 1, held), 0);
    const waiting = new PollReply();
    assert.equal(partition.read(1, 1, waiting), MEMORY_SHORT);
    assert.equal(waiting.messagesCount, 0);
    held.release(shard.storage.cache);
    assert.equal(shard.read(partition, 1, 1)[0].offset, 1);
    assert.equal(shard.region.usedBytes, 0);
  });

  it('refuses a message in which any byte is another, and nothing else', () => {
    const { shard, partition } = newPartition();
    const sent = [1, 2, 3].map((number) => testMessage(number, 20, 5));
    shard.write(partition, sent);
    const path = join(shard.partitionDir, LOG);
    const whole = readFileSync(path);
    const length = whole.byteLength / 3;
    for (let at = length; at < 2 * length; at++) {
      const log = Buffer.from(whole);
      log[at] ^= 0xff;
      shard.storage.cache.makeRoom(1, 16 * MIB);
      writeFileSync(path, log);
      // A read that begins at another message gives all up to the bad one.
      const { outcome, offsets } = readStatus(partition, shard, 0);
      assert.deepEqual([outcome, offsets], [0, [0]], `byte ${at - length}`);
      const bad = readStatus(partition, shard, 1).outcome;
      const isOffset = at >= length + 24 && at < length + 32;
      assert.equal(bad, isOffset ? status.CannotReadMessage : status.CannotDecryptData);
      assert.deepEqual(readStatus(partition, shard, 2), { outcome: 0, offsets: [2] });
    }
    writeFileSync(path, whole);
    assert.deepEqual(plainOf(shard.read(partition, 0, ALL)), sent);
  });

  it('refuses a message that the index cuts off inside its header, at the end of all memory', () => {
    const PAGE_BYTES = 64 * KIB;
    const OVERHEAD_BYTES = 64 + 28;
    const LEFT_BYTES = 40;
    const { shard, partition } = newPartition();
    const first = testMessage(1, PAGE_BYTES - LEFT_BYTES - OVERHEAD_BYTES);
    shard.write(partition, [first, testMessage(2, 128 + LEFT_BYTES - OVERHEAD_BYTES)]);
    const again = reopen(shard, { budget: NO_CACHE });
    const path = join(shard.partitionDir, LOG.replace('.log', '.index'));
    const index = readFileSync(path);
    assert.equal(index.readUInt32LE(16 + 4), PAGE_BYTES + 128);
    index[16 + 4] ^= 128;
    writeFileSync(path, index);
    const found = readStatus(again.partition, again.shard, 0);
    assert.deepEqual(found, { outcome: 0, offsets: [0] });
    assert.match(again.shard.reports.join(), /the message at offset 1 is damaged/);
  });

  it('tells the offset of a damaged message, also where that is what is damaged', () => {
    const { shard, partition } = newPartition({ budget: NO_CACHE });
    shard.write(partition, [testMessage(1, 20), testMessage(2, 20)]);
    const path = join(shard.partitionDir, LOG);
    const log = readFileSync(path);
    log[log.byteLength / 2 + 24] ^= 0x40;
    writeFileSync(path, log);
    assert.deepEqual(readStatus(partition, shard, 0), { outcome: 0, offsets: [0] });
    assert.match(shard.reports.join(), /the message at offset 1 is damaged/);
  });

  it('refuses every message of another key, once with a report', () => {
    const { shard, partition } = newPartition();
    shard.write(partition, [testMessage(1, 20), testMessage(2, 20)]);
    const other = reopen(shard, { encryptionKey: Buffer.alloc(32, 1) });
    for (const offset of [0, 1, 0, 1]) {
      const { outcome, offsets } = readStatus(other.partition, other.shard, offset);
      assert.deepEqual([outcome, offsets], [status.CannotDecryptData, []]);
    }
    const [first, second, ...more] = other.shard.reports;
    assert.match(first, /the message at offset 0 is damaged or was encrypted with another key/);
    assert.match(second, /offset 1/);
    assert.deepEqual(more, []);
    assert.equal(other.shard.region.usedBytes, 0);
  });
});
