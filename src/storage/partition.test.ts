import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it, mock } from 'node:test';
import { followedBytes, followedFrames } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { StoredFile } from './files.ts';
import { MEMORY_SHORT } from './message-reader.ts';
import { PollReply } from './poll-reply.ts';
import {
  decode,
  noSpace,
  readSegmentFiles,
  type TestMessage,
  type TestOptions,
  TestShard,
  testMessage,
} from './storage-test-kit.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const ALL = 0xffff_ffff;

let shards: TestShard[] = [];

function newShard(options: TestOptions = {}): TestShard {
  const shard = new TestShard(options);
  shards.push(shard);
  return shard;
}

afterEach(() => {
  for (const shard of shards) shard.dispose();
  shards = [];
});

/** A new partition of a new shard, and the status of every flush. */
function newPartition(options: TestOptions = {}) {
  const shard = newShard(options);
  const flushes: number[] = [];
  const partition = shard.partition((status) => flushes.push(status));
  partition.create();
  return { shard, partition, flushes };
}

function messagesOf(count: number, payloadBytes: number, first = 0): TestMessage[] {
  return Array.from({ length: count }, (_, i) => testMessage(first + i, payloadBytes));
}

describe('The files of a partition', () => {
  // The two messages of the protocol's golden poll answer (section 10).
  const GOLDEN_LOG =
    'effb891eeefa8968efcdab8967452301efcdab8967452301000000000000000020e12518240a0600' +
    '00401e18240a060000000000010000000000000000000000614fb7d3bd492d52ad02000000000000' +
    '000000000000000000010000000000000020e12518240a060001401e18240a06001b000000020000' +
    '000000000000000000626302010000006b02010000007602010000006e0b040000002a000000';
  const GOLDEN_TIME = 0x0006_0a24_1825_e120;
  const ORIGIN = 0x0006_0a24_181e_4000n;

  it('hold the frames of the golden answer and the index entries for them', () => {
    const { shard, partition } = newPartition();
    const first = {
      id: 0x0123456789abcdef_0123456789abcdefn,
      origin: ORIGIN,
      payload: Buffer.from('a'),
      headers: Buffer.alloc(0),
    };
    const headers = Buffer.from('02010000006b02010000007602010000006e0b040000002a000000', 'hex');
    const second = { id: 2n, origin: ORIGIN + 1n, payload: Buffer.from('bc'), headers };
    assert.equal(shard.write(partition, [first, second], false, GOLDEN_TIME), 0);
    const path = join(shard.partitionDir, '00000000000000000000');
    assert.equal(readFileSync(`${path}.log`).toString('hex'), GOLDEN_LOG);
    const time = '20e12518240a0600';
    const index = `00000000${'41000000'}${time}${'01000000'}${'9e000000'}${time}`;
    assert.equal(readFileSync(`${path}.index`).toString('hex'), index);
  });

  it('are the same whether a batch was copied, kept, or neither', () => {
    const messages = messagesOf(20, 100);
    const logs = [
      { budget: { frameBytes: MIB, regionBytes: MIB }, isKeepable: false },
      { budget: { frameBytes: MIB, regionBytes: MIB }, isKeepable: true },
      { budget: { frameBytes: 0, regionBytes: 0 }, isKeepable: false },
      { budget: { frameBytes: 0, regionBytes: 0 }, isKeepable: true },
    ].map(({ budget, isKeepable }) => {
      const { shard, partition } = newPartition({ budget });
      shard.write(partition, messages.slice(0, 7), isKeepable, 1000);
      shard.write(partition, messages.slice(7), isKeepable, 2000);
      return readFileSync(join(shard.partitionDir, '00000000000000000000.log'), 'hex');
    });
    assert.equal(new Set(logs).size, 1);
  });

  it('give ids to messages without one, and times that never go back', () => {
    const { shard, partition } = newPartition();
    const nameless = messagesOf(3, 10).map((message) => ({ ...message, id: 0n }));
    for (const now of [5000, 4000, 6000]) shard.write(partition, nameless, false, now);
    const found = shard.read(partition, 0, ALL);
    assert.deepEqual(
      found.map(({ timestamp }) => timestamp),
      [5000, 5000, 5000, 5000, 5000, 5000, 6000, 6000, 6000],
    );
    const ids = found.map(({ id }) => id);
    assert.equal(new Set(ids).size, 9);
    assert.ok(!ids.includes(0n));
  });

  it('begin a segment before a batch would make one too large', () => {
    const { shard, partition } = newPartition({ segmentBytes: 1024 });
    // 64 bytes of header and 64 of payload: eight fill a segment exactly.
    for (let i = 0; i < 20; i++) shard.write(partition, messagesOf(1, 64, i));
    shard.write(partition, messagesOf(40, 64, 20));
    shard.write(partition, messagesOf(1, 64, 60));
    const segments = readSegmentFiles(shard.partitionDir);
    const shape = segments.map(({ baseOffset, logBytes }) => [baseOffset, logBytes]);
    assert.deepEqual(shape, [
      [0, 1024],
      [8, 1024],
      [16, 512],
      [20, 5120],
      [60, 128],
    ]);
    assert.equal(partition.segmentsCount, 5);
    assert.equal(shard.read(partition, 0, ALL).length, 61);
  });
});

describe('Memory of a partition', () => {
  it('is never written outside its blocks, however a batch fits them', () => {
    const regionBytes = 256 * KIB;
    const guard = Buffer.alloc(regionBytes, 0xee);
    for (let messagesBytes = 13_064; messagesBytes <= 13_144; messagesBytes++) {
      const { shard, partition } = newPartition({ regionBytes });
      const { start } = shard.regionBounds;
      shard.bytes.set(guard, start);
      shard.write(partition, messagesOf(1, messagesBytes - 64));
      const { usedBytes } = shard.region;
      const behind = shard.bytes.subarray(start + usedBytes, start + regionBytes);
      assert.ok(behind.equals(guard.subarray(usedBytes)), `${messagesBytes} bytes went too far`);
      assert.equal(shard.read(partition, 0, 1).length, 1);
    }
  });

  it('has room for the index of the smallest messages', () => {
    const { shard, partition } = newPartition();
    for (let i = 0; i < 40; i++) shard.write(partition, messagesOf(50, 0, 50 * i));
    const found = shard.read(partition, 0, ALL);
    assert.deepEqual(
      found.map(({ id }) => id),
      messagesOf(2000, 0).map(({ id }) => id),
    );
  });

  it('keeps the newest messages and evicts the oldest', () => {
    const budget = { frameBytes: 512 * KIB, regionBytes: 512 * KIB };
    for (const isKeepable of [false, true]) {
      const { shard, partition } = newPartition({ budget });
      partition.noteReaderAtEnd();
      for (let i = 0; i < 50; i++) shard.write(partition, messagesOf(5, 5000, 5 * i), isKeepable);
      const { evictions, frameBytes, regionBytes } = shard.storage.cache.statistics();
      assert.ok(evictions > 0);
      assert.ok(frameBytes <= budget.frameBytes && regionBytes <= budget.regionBytes);
      let reads = 0;
      shard.files.fault = () => reads++;
      assert.equal(shard.read(partition, 245, 5).length, 5);
      assert.equal(reads, 0, 'the newest messages come from memory');
      assert.equal(shard.read(partition, 0, 5).length, 5);
      assert.ok(reads > 0, 'the oldest come from the file');
    }
  });
});

describe('Received frames', () => {
  const FRAME_BYTES = followedBytes / 4;

  function newLog() {
    const { shard, partition } = newPartition();
    const keptCount = () => shard.storage.cache.statistics().blocks;
    let next = 0;
    const write = (frames: number, payloadBytes: number) => {
      const message = () => messagesOf(1, payloadBytes, next++);
      for (let i = 0; i < frames; i++) shard.write(partition, message(), true);
    };
    return { shard, partition, keptCount, write };
  }

  it('are not kept where nobody reads', () => {
    const { keptCount, write } = newLog();
    write(3, 100);
    assert.equal(keptCount(), 0);
  });

  it('are kept for a while behind a reader that waits at the end', () => {
    const { partition, keptCount, write } = newLog();
    partition.noteReaderAtEnd();
    write(followedFrames + 2, 100);
    assert.equal(keptCount(), followedFrames);
  });

  it('are kept for a reader near the end and not for one far behind', () => {
    const { shard, partition, keptCount, write } = newLog();
    write(13, FRAME_BYTES);
    assert.equal(shard.read(partition, 0, 1).length, 1);
    write(1, FRAME_BYTES);
    assert.equal(keptCount(), 0);
    assert.equal(shard.read(partition, 12, 1).length, 1);
    write(1, FRAME_BYTES);
    assert.equal(keptCount(), 1);
  });
});

/** Reads all messages of a poll as numbers of bytes; what is returned must be released. */
function poll(shard: TestShard, partition: ReturnType<TestShard['partition']>, count = ALL) {
  const reply = new PollReply();
  const outcome = partition.read(0, count, reply);
  return { reply, outcome, sizes: decode(shard.bytesOf(reply)).map((m) => m.payload.byteLength) };
}

describe('A poll', () => {
  const LARGE = 6 * MIB;

  it('answers at most 16 MiB, from memory and from the file alike', () => {
    for (const frameBytes of [0, 8 * MIB, 64 * MIB]) {
      const { shard, partition } = newPartition({ budget: { frameBytes, regionBytes: MIB } });
      shard.write(partition, messagesOf(1, LARGE), true);
      shard.write(partition, messagesOf(3, LARGE), true);
      for (const first of [0, 1]) {
        const sizes = shard.read(partition, first, ALL).map((m) => m.payload.byteLength);
        assert.deepEqual(sizes, [LARGE, LARGE]);
      }
    }
  });

  it('answers one message that is larger than that, alone', () => {
    for (const frameBytes of [0, 64 * MIB]) {
      const { shard, partition } = newPartition({ budget: { frameBytes, regionBytes: MIB } });
      for (const bytes of [17 * MIB, 10]) shard.write(partition, [testMessage(1, bytes)], true);
      const { reply, sizes } = poll(shard, partition);
      assert.deepEqual(sizes, [17 * MIB]);
      reply.release(shard.storage.cache);
    }
  });

  it('takes fewer messages from the file when memory is short, and none when there is none', () => {
    const regionBytes = 8 * MIB;
    const budget = { frameBytes: 0, regionBytes: 0 };
    const { shard, partition } = newPartition({ regionBytes, budget });
    shard.write(partition, messagesOf(8, MIB - 64), true);
    const first = poll(shard, partition, 5);
    assert.equal(first.sizes.length, 5);
    const second = poll(shard, partition, 5);
    assert.equal(second.sizes.length, 3);
    assert.equal(poll(shard, partition, 1).outcome, MEMORY_SHORT);
    second.reply.release(shard.storage.cache);
    const third = poll(shard, partition, 2);
    assert.equal(third.sizes.length, 2);
    for (const { reply } of [first, third]) reply.release(shard.storage.cache);
    assert.equal(shard.region.usedBytes, 0);
  });

  it('is not disturbed by a purge or a removal while its answer is being sent', () => {
    for (const end of ['purge', 'remove'] as const) {
      const { shard, partition } = newPartition();
      shard.write(partition, messagesOf(10, 500), false);
      shard.write(partition, messagesOf(10, 5000), true);
      const { reply } = poll(shard, partition);
      const bytes = shard.bytesOf(reply);
      partition[end]();
      const other = shard.partition();
      other.create();
      for (let i = 0; i < 20; i++) shard.write(other, messagesOf(10, 900), i % 2 === 0);
      assert.ok(shard.bytesOf(reply).equals(bytes));
      reply.release(shard.storage.cache);
      other.close();
      assert.deepEqual([shard.frames.usedBytes, shard.region.usedBytes], [0, 0]);
    }
  });

  it('gives memory back when the file cannot be read, and says so once', () => {
    const budget = { frameBytes: 0, regionBytes: 0 };
    const { shard, partition } = newPartition({ budget, segmentBytes: 4096 });
    for (let i = 0; i < 3; i++) shard.write(partition, messagesOf(4, 900, 4 * i));
    shard.files.fault = (file) => {
      if (file.path.endsWith('04.log')) throw new Error('EIO: i/o error, read');
    };
    for (let i = 0; i < 2; i++) {
      const { reply, sizes } = poll(shard, partition);
      assert.equal(sizes.length, 4, 'what is in front of the bad place is readable');
      reply.release(shard.storage.cache);
      assert.equal(partition.read(5, 1, new PollReply()), status.CannotReadMessage);
    }
    assert.equal(shard.read(partition, 8, ALL).length, 4, 'and what is behind it');
    assert.equal(shard.region.usedBytes, 0);
    assert.equal(shard.reports.length, 1);
    assert.match(shard.reports[0], /04\.log: EIO/);
  });

  it('refuses bytes that are not the message which the index tells', () => {
    const { shard, partition } = newPartition({ budget: { frameBytes: 0, regionBytes: 0 } });
    shard.write(partition, messagesOf(4, 100));
    const index = join(shard.partitionDir, '00000000000000000000.index');
    const good = readFileSync(index);
    for (const [position, problem] of [
      [100, /offset \d+ is where 1 should be/],
      [500, /contradicts itself/],
      [1 << 30, /contradicts itself/],
    ] as const) {
      const bad = Buffer.from(good);
      bad.writeUInt32LE(position, 4);
      writeFileSync(index, bad);
      const other = shard.partition();
      other.load();
      assert.equal(other.read(1, 2, new PollReply()), status.CannotReadMessage);
      assert.match(shard.reports.pop()!, problem);
    }
    assert.equal(shard.region.usedBytes, 0);
  });
});

describe('A write that fails', () => {
  /** Each leaves in the file what such a write leaves, and tells whether it fails. */
  const FAILURES = {
    'before the first byte': () => true,
    'inside the log': (path: string) => {
      if (path.endsWith('.log')) appendFileSync(path, Buffer.alloc(1000, 1));
      return true;
    },
    'inside the index': (path: string) => {
      if (path.endsWith('.index')) appendFileSync(path, Buffer.alloc(103, 1));
      return path.endsWith('.index');
    },
  };

  for (const [where, fail] of Object.entries(FAILURES)) {
    for (const isStubborn of [false, true]) {
      it(`${where} refuses all that was staged${isStubborn ? ', and is undone later' : ''}`, () => {
        const { shard, partition, flushes } = newPartition();
        shard.write(partition, messagesOf(3, 300), false);
        const before = readSegmentFiles(shard.partitionDir);
        let failures = 1;
        shard.files.fault = (file) => {
          if ((!isStubborn && failures === 0) || !fail(file.path)) return;
          failures--;
          throw noSpace();
        };
        const batches = [false, true].map((isKeepable) => {
          const batch = shard.batch(messagesOf(4, 700), isKeepable);
          assert.equal(partition.append(batch, 1), 0);
          return { ...batch, isKept: partition.hasKept(batch) };
        });
        assert.equal(partition.flush(), status.CannotSaveMessagesToSegment);
        for (const batch of batches) if (!batch.isKept) shard.frames.free(batch.allocation);
        assert.deepEqual(flushes, [0, status.CannotSaveMessagesToSegment]);
        assert.equal(partition.lastOffset, 2);
        assert.equal(partition.messagesCount, 3);
        assert.equal(shard.frames.usedBytes, 0, 'a kept frame came back');
        shard.files.fault = () => {};
        if (!isStubborn) assert.deepEqual(readSegmentFiles(shard.partitionDir), before);
        assert.equal(shard.read(partition, 0, ALL).length, 3);
        assert.equal(shard.write(partition, messagesOf(2, 50, 3)), 0);
        const [{ messages }] = readSegmentFiles(shard.partitionDir);
        assert.deepEqual(
          messages.map(({ id }) => id),
          messagesOf(5, 0).map(({ id }) => id),
        );
        assert.match(shard.reports[0], /cannot append: ENOSPC/);
      });
    }
  }

  it('is undone before the next segment begins', () => {
    const { shard, partition } = newPartition({ segmentBytes: 512 });
    shard.write(partition, messagesOf(3, 64));
    shard.files.fault = ({ path }) => {
      FAILURES['inside the log'](path);
      throw noSpace();
    };
    assert.notEqual(shard.write(partition, messagesOf(1, 64, 3)), 0);
    shard.files.fault = () => {};
    assert.equal(shard.write(partition, messagesOf(3, 64, 3)), 0);
    const sizes = readSegmentFiles(shard.partitionDir).map(({ logBytes }) => logBytes);
    assert.deepEqual(sizes, [384, 384]);
  });

  it('leaves readers what they are being sent', () => {
    const { shard, partition } = newPartition();
    shard.write(partition, messagesOf(3, 300));
    const { reply } = poll(shard, partition);
    const bytes = shard.bytesOf(reply);
    shard.files.fault = () => {
      throw noSpace();
    };
    assert.notEqual(shard.write(partition, messagesOf(3, 300)), 0);
    shard.files.fault = () => {};
    shard.write(partition, messagesOf(30, 300, 3));
    assert.ok(shard.bytesOf(reply).equals(bytes));
    reply.release(shard.storage.cache);
  });

  it('to begin a segment refuses the batch and counts nothing twice', () => {
    const { shard, partition } = newPartition({ segmentBytes: 1024 });
    shard.write(partition, messagesOf(4, 100));
    shard.files.fault = (file) => {
      if (!file.path.endsWith('0.log') && !file.path.endsWith('0.index')) throw noSpace();
    };
    for (let i = 0; i < 3; i++) {
      const refused = shard.write(partition, messagesOf(4, 100, 4));
      assert.equal(refused, status.CannotCreateSegmentLogFile);
    }
    assert.equal(partition.messagesCount, 4);
    assert.equal(shard.write(partition, messagesOf(1, 100, 4)), 0, 'a small batch still fits');
    shard.files.fault = () => {};
    assert.equal(shard.write(partition, messagesOf(4, 100, 5)), 0);
    assert.equal(partition.messagesCount, 9);
    assert.equal(partition.sizeBytes, 9 * 164);
    const bases = readSegmentFiles(shard.partitionDir).map(({ baseOffset }) => baseOffset);
    assert.deepEqual(bases, [0, 5]);
  });

  it('is told when the disk does not take what must be synced', () => {
    const { shard, partition } = newPartition({ acknowledgement: 'synced' });
    assert.equal(shard.write(partition, messagesOf(1, 10)), 0);
    const sync = StoredFile.prototype.sync;
    mock.method(StoredFile.prototype, 'sync', () => {
      throw new Error('EIO: i/o error, fdatasync');
    });
    const refused = shard.write(partition, messagesOf(1, 10, 1));
    mock.restoreAll();
    assert.equal(StoredFile.prototype.sync, sync);
    assert.equal(refused, status.CannotSyncFile);
    assert.equal(shard.write(partition, messagesOf(1, 10, 1)), 0);
    assert.equal(readSegmentFiles(shard.partitionDir)[0].messages.length, 2);
  });
});

describe('Partition', () => {
  it('refuses a batch that is not valid and stays as it was', () => {
    const { shard, partition, flushes } = newPartition();
    const batch = shard.batch(messagesOf(3, 100), true);
    shard.bytes.writeUInt32LE(65, batch.indexes + 4);
    assert.equal(partition.append(batch, 1), status.MissingIndex);
    assert.equal(partition.hasKept(batch), false);
    assert.equal(partition.flush(), 0);
    assert.deepEqual(flushes, []);
    assert.equal(partition.lastOffset, -1);
  });

  it('syncs every segment that was written since the last time', () => {
    const { shard, partition } = newPartition({ segmentBytes: 512 });
    const synced: string[] = [];
    for (let i = 0; i < 3; i++) shard.write(partition, messagesOf(4, 64, 4 * i));
    mock.method(StoredFile.prototype, 'sync', function (this: StoredFile) {
      synced.push(this.path.slice(-6));
    });
    assert.equal(partition.sync(0), 0);
    assert.equal(partition.sync(0), 0);
    shard.write(partition, messagesOf(4, 64));
    assert.equal(partition.sync(0), 0);
    mock.restoreAll();
    const expected = ['00.log', '.index', '04.log', '.index', '08.log', '.index'];
    assert.deepEqual(synced, [...expected, '12.log', '.index']);
  });

  it('begins anew after a purge: offsets, files, stored offsets', () => {
    const { shard, partition } = newPartition({ segmentBytes: 512 });
    for (let i = 0; i < 3; i++) shard.write(partition, messagesOf(4, 64, 4 * i));
    partition.offsets.store(1, 7, 11);
    assert.equal(shard.removalsCount, 0);
    partition.purge();
    assert.equal(shard.removalsCount, 1);
    assert.deepEqual(
      [partition.lastOffset, partition.messagesCount, partition.sizeBytes, partition.segmentsCount],
      [-1, 0, 0, 1],
    );
    assert.equal(partition.offsets.get(1, 7), undefined);
    assert.deepEqual(readSegmentFiles(shard.partitionDir), [
      { baseOffset: 0, logBytes: 0, messages: [] },
    ]);
    shard.write(partition, messagesOf(2, 10));
    assert.equal(shard.read(partition, 0, ALL).length, 2);
  });

  it('stays usable when a purge fails half-way', () => {
    const { shard, partition } = newPartition({ segmentBytes: 512 });
    for (let i = 0; i < 3; i++) shard.write(partition, messagesOf(4, 64, 4 * i));
    const { remove } = StoredFile.prototype;
    mock.method(StoredFile.prototype, 'remove', function (this: StoredFile) {
      if (this.path.endsWith('04.index')) throw new Error('EIO: i/o error, unlink');
      remove.call(this);
    });
    assert.throws(() => partition.purge(), /EIO/);
    mock.restoreAll();
    assert.deepEqual([partition.firstOffset, partition.lastOffset], [4, 11]);
    assert.deepEqual([partition.messagesCount, partition.sizeBytes], [8, 1024]);
    assert.equal(shard.write(partition, messagesOf(4, 64, 12)), 0);
    const offsets = shard.read(partition, 0, ALL).map(({ offset }) => offset);
    assert.deepEqual(offsets, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    partition.purge();
    assert.equal(partition.messagesCount, 0);
  });

  it('removes what an earlier partition of that number left', () => {
    const { shard, partition } = newPartition();
    shard.write(partition, messagesOf(4, 64));
    partition.offsets.store(2, 1, 3);
    partition.close();
    const next = shard.partition();
    next.create();
    assert.equal(next.lastOffset, -1);
    assert.equal(next.offsets.get(2, 1), undefined);
    next.remove();
    assert.equal(existsSync(shard.partitionDir), false);
  });
});
