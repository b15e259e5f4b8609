import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { status } from '../wire/status.ts';
import type { Partition } from './partition.ts';
import { PollReply } from './poll-reply.ts';
import {
  type ReadMessage,
  readSegmentFiles,
  type TestOptions,
  TestShard,
  testMessage,
} from './storage-test-kit.ts';

const ALL = 0xffff_ffff;
const ENTRY_BYTES = 16;

let shards: TestShard[] = [];

afterEach(() => {
  for (const shard of shards) shard.dispose();
  shards = [];
});

/** A closed partition and a copy of its files, to be spoilt again and again. */
class Original {
  readonly #shard = new TestShard({ segmentBytes: 2048 });
  readonly #copy = new Map<string, Buffer>();
  readonly messages: ReadMessage[];
  /** End of each message of the last segment in its log. */
  readonly ends: number[] = [];
  readonly lastBase: number;

  /** So many batches of messages of these payload sizes. */
  constructor(batches: readonly (readonly number[])[]) {
    shards.push(this.#shard);
    const partition = this.#shard.partition();
    partition.create();
    let number = 0;
    for (const [i, sizes] of batches.entries()) {
      const messages = sizes.map((bytes) => testMessage(number++, bytes, bytes % 5));
      assert.equal(this.#shard.write(partition, messages, false, 1000 + i), 0);
    }
    partition.close();
    for (const path of this.#paths()) this.#copy.set(path, readFileSync(path));
    const segments = readSegmentFiles(this.#shard.partitionDir);
    this.messages = segments.flatMap((segment) => segment.messages);
    const last = segments[segments.length - 1];
    this.lastBase = last.baseOffset;
    for (const { payload, headers } of last.messages) {
      this.ends.push((this.ends.at(-1) ?? 0) + 64 + payload.byteLength + headers.byteLength);
    }
  }

  /** The files as they were at first. */
  restore(): void {
    for (const path of this.#paths()) if (!this.#copy.has(path)) rmSync(path);
    for (const [path, bytes] of this.#copy) writeFileSync(path, bytes);
  }

  #paths(): string[] {
    const { partitionDir } = this.#shard;
    const names = readdirSync(partitionDir).filter((name) => name !== 'offsets');
    return names.map((name) => join(partitionDir, name));
  }

  path(baseOffset: number, kind: 'log' | 'index'): string {
    return join(this.#shard.partitionDir, `${String(baseOffset).padStart(20, '0')}.${kind}`);
  }

  get lastLog(): string {
    return this.path(this.lastBase, 'log');
  }

  get lastIndex(): string {
    return this.path(this.lastBase, 'index');
  }

  /** Opens what is there now, as after a start. */
  open(options: TestOptions = {}): { shard: TestShard; partition: Partition } {
    this.#shard.files.closeAll();
    const shard = new TestShard({ segmentBytes: 2048, dir: this.#shard.dir, ...options });
    shards.push(shard);
    const partition = shard.partition();
    partition.load();
    return { shard, partition };
  }

  /** Messages of the last segment whose end is not behind a position. */
  wholeUpTo(position: number): number {
    return this.ends.filter((end) => end <= position).length;
  }

  /**
   * The partition opens with so many of the last segment's messages, its files are sound, and it
   * goes on behind them.
   */
  assertOpens(lastMessages: number, what: string): void {
    const { shard, partition } = this.open();
    const expected = this.messages.slice(0, this.lastBase + lastMessages);
    assert.deepEqual(shard.read(partition, 0, ALL), expected, what);
    assert.equal(partition.lastOffset, expected.length - 1, what);
    const stored = () => readSegmentFiles(shard.partitionDir).flatMap((s) => s.messages);
    assert.deepEqual(stored(), expected, what);
    assert.equal(shard.write(partition, [testMessage(7, 10)], false, 5000), 0);
    assert.equal(shard.read(partition, expected.length, ALL).length, 1, what);
    assert.equal(stored().length, expected.length + 1, what);
    partition.close();
    this.restore();
  }
}

const BATCHES = [
  [100, 200, 300],
  [600, 900],
  [50, 0, 70],
  [3, 90],
  [120, 1, 60],
];

describe('A start after a torn write', () => {
  const original = () => new Original(BATCHES);

  it('keeps what is whole wherever the log was cut in its last batch', () => {
    const files = original();
    const end = files.ends.at(-1)!;
    const from = files.ends.at(-4)!;
    for (let length = from; length <= end; length++) {
      truncateSync(files.lastLog, length);
      files.assertOpens(files.wholeUpTo(length), `log of ${length} bytes`);
      // The index was written after the log: a cut log comes with the index of the batch before.
      truncateSync(files.lastLog, length);
      truncateSync(files.lastIndex, (files.ends.length - 3) * ENTRY_BYTES);
      files.assertOpens(files.wholeUpTo(length), `log of ${length} bytes without its entries`);
    }
  });

  it('keeps every message when only the index was cut, grew, or is gone', () => {
    const files = original();
    const count = files.ends.length;
    for (let length = 0; length <= count * ENTRY_BYTES; length++) {
      truncateSync(files.lastIndex, length);
      files.assertOpens(count, `index of ${length} bytes`);
    }
    for (const bytes of [1, 15, 16, 160]) {
      for (const value of [0, 0xff]) {
        appendFileSync(files.lastIndex, Buffer.alloc(bytes, value));
        files.assertOpens(count, `index with ${bytes} bytes more`);
      }
    }
    rmSync(files.lastIndex);
    files.assertOpens(count, 'no index');
  });

  it('removes what follows the last whole message', () => {
    const files = original();
    const rubbish = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat({ max: 300 }).map((bytes) => new Uint8Array(bytes + 1)),
    );
    fc.assert(
      fc.property(rubbish, (bytes) => {
        appendFileSync(files.lastLog, bytes);
        files.assertOpens(files.ends.length, 'rubbish behind the end');
      }),
      { numRuns: 50 },
    );
  });

  it('tells what it removed', () => {
    const files = original();
    truncateSync(files.lastLog, files.ends.at(-1)! - 5);
    const { shard } = files.open();
    assert.equal(shard.reports.length, 1);
    assert.match(shard.reports[0], /^warn: .*\.log: removed a torn end of \d+ bytes: .*cut off/);
  });

  it('finds the end when the last bytes were never written', () => {
    const files = original();
    for (const whole of [0, 1, 4, files.ends.length - 1]) {
      const log = readFileSync(files.lastLog).fill(0, whole === 0 ? 0 : files.ends[whole - 1]);
      writeFileSync(files.lastLog, log);
      files.assertOpens(whole, `zeros behind message ${whole}`);
    }
  });

  it('makes an empty partition of one that has nothing whole', () => {
    const files = new Original([[10]]);
    for (const length of [0, 1, 63, 64, 73]) {
      truncateSync(files.lastLog, length);
      files.assertOpens(0, `log of ${length} bytes`);
    }
  });

  it('reads a message that is larger than what it scans at once', () => {
    const files = new Original([[100], [9 * 1024 * 1024, 5]]);
    rmSync(files.lastIndex);
    files.assertOpens(2, 'without index');
    truncateSync(files.lastLog, 9 * 1024 * 1024);
    files.assertOpens(0, 'cut inside');
  });
});

describe('A start with a wrong index', () => {
  it('repairs it from the log, in the last segment and in sealed ones', () => {
    const files = new Original(BATCHES);
    const { shard, partition } = files.open({ validateChecksum: true });
    assert.deepEqual(shard.reports, []);
    partition.close();
    for (const base of [0, files.lastBase]) {
      const good = readFileSync(files.path(base, 'index'));
      for (let at = 0; at < good.byteLength; at++) {
        const bad = Buffer.from(good);
        bad[at] ^= 0x41;
        writeFileSync(files.path(base, 'index'), bad);
        const opened = files.open({ validateChecksum: true });
        assert.deepEqual(readFileSync(files.path(base, 'index')), good, `byte ${at}`);
        assert.deepEqual(opened.shard.read(opened.partition, 0, ALL), files.messages);
      }
    }
  });

  it('does not believe a last entry that the log contradicts', () => {
    const files = new Original(BATCHES);
    const last = (files.ends.length - 1) * ENTRY_BYTES;
    const index = readFileSync(files.lastIndex);
    index.writeUInt32LE(files.ends.at(-1)! + 50, last + 4);
    writeFileSync(files.lastIndex, index);
    appendFileSync(files.lastLog, Buffer.alloc(50, 1));
    files.assertOpens(files.ends.length, 'rubbish as part of the last message');
    const good = readFileSync(files.path(0, 'index'));
    const sealed = Buffer.from(good);
    sealed.writeUInt32LE(sealed.readUInt32LE(good.byteLength - 12) - 5, good.byteLength - 12);
    writeFileSync(files.path(0, 'index'), sealed);
    files.open();
    assert.deepEqual(readFileSync(files.path(0, 'index')), good);
  });

  it('makes the index of a sealed segment anew when it is gone, short or long', () => {
    const files = new Original(BATCHES);
    const path = files.path(0, 'index');
    const good = readFileSync(path);
    const spoils = [
      () => rmSync(path),
      () => truncateSync(path, good.byteLength - 1),
      () => truncateSync(path, ENTRY_BYTES),
      () => appendFileSync(path, Buffer.alloc(40)),
      () => writeFileSync(path, Buffer.alloc(good.byteLength, 0xee)),
    ];
    for (const spoil of spoils) {
      spoil();
      const { shard, partition } = files.open();
      assert.deepEqual(shard.read(partition, 0, ALL), files.messages);
      assert.deepEqual(readFileSync(path), good);
      assert.deepEqual(shard.reports, []);
      partition.close();
    }
  });
});

describe('A start with a damaged log', () => {
  /** Flips a bit inside the payload of a message of the first segment. */
  function spoilSealed(files: Original, offset: number): Buffer {
    const log = readFileSync(files.path(0, 'log'));
    let position = 0;
    for (const { payload, headers } of files.messages.slice(0, offset)) {
      position += 64 + payload.byteLength + headers.byteLength;
    }
    log[position + 70] ^= 1;
    writeFileSync(files.path(0, 'log'), log);
    return log;
  }

  it('reports a sealed segment, deletes nothing, and reads the rest', () => {
    const files = new Original(BATCHES);
    const segment = readSegmentFiles(files.open().shard.partitionDir)[0];
    const bad = spoilSealed(files, 1);
    const { shard, partition } = files.open({ validateChecksum: true });
    assert.match(shard.reports[0], /^error: .*\.log: damaged at \d+: the checksum/);
    assert.deepEqual(readFileSync(files.path(0, 'log')), bad);
    assert.deepEqual(shard.read(partition, 0, ALL), files.messages.slice(0, 1));
    const next = segment.messages.length;
    for (let offset = 1; offset < next; offset++) {
      assert.equal(partition.read(offset, 1, new PollReply()), status.InvalidMessageChecksum);
    }
    assert.deepEqual(shard.read(partition, next, ALL), files.messages.slice(next));
    assert.equal(partition.lastOffset, files.messages.length - 1);
  });

  it('reports a sealed segment that is too short or gone', () => {
    const files = new Original(BATCHES);
    const next = readSegmentFiles(files.open().shard.partitionDir)[1].baseOffset;
    for (const length of [0, 200]) {
      truncateSync(files.path(0, 'log'), length);
      const { shard, partition } = files.open();
      assert.match(shard.reports[0], /^error: .*damaged at/);
      assert.equal(partition.read(1, 1, new PollReply()), status.InvalidMessageChecksum);
      assert.deepEqual(shard.read(partition, next, ALL), files.messages.slice(next));
      partition.close();
      files.restore();
    }
  });

  it('takes an empty segment away that begins inside another', () => {
    const files = new Original(BATCHES);
    for (const base of [1, files.lastBase + 1]) {
      writeFileSync(files.path(base, 'log'), '');
      const { shard, partition } = files.open();
      assert.match(shard.reports[0], /^warn: .*removed an empty segment inside the one before/);
      assert.equal(partition.messagesCount, files.messages.length);
      assert.deepEqual(shard.read(partition, 0, ALL), files.messages);
      assert.equal(existsSync(files.path(base, 'log')), false);
      partition.close();
    }
  });

  it('counts no message twice when a stray segment with messages begins inside another', () => {
    const files = new Original(BATCHES);
    const next = readSegmentFiles(files.open().shard.partitionDir)[1].baseOffset;
    const log = readFileSync(files.path(0, 'log'));
    writeFileSync(files.path(1, 'log'), log.subarray(164));
    const { shard, partition } = files.open();
    assert.match(shard.reports[0], /wrong number of messages/);
    assert.equal(partition.messagesCount, files.messages.length);
    assert.deepEqual(shard.read(partition, 0, ALL), files.messages);
    assert.equal(next > 1, true);
  });

  it('never cuts sound messages away: the last segment is left and a new one begun', () => {
    const files = new Original(BATCHES);
    const count = files.ends.length;
    for (const hit of [0, 2, count - 2]) {
      const log = readFileSync(files.lastLog);
      log[(hit === 0 ? 0 : files.ends[hit - 1]) + 30] ^= 1;
      writeFileSync(files.lastLog, log);
      rmSync(files.lastIndex);
      const { shard, partition } = files.open();
      assert.deepEqual(readFileSync(files.lastLog), log);
      assert.match(shard.reports[0], /^error: .*\.log: damaged at/);
      assert.equal(partition.lastOffset, files.messages.length - 1);
      const whole = files.lastBase + hit;
      assert.deepEqual(shard.read(partition, 0, ALL), files.messages.slice(0, whole));
      assert.equal(partition.read(whole, 1, new PollReply()), status.InvalidMessageChecksum);
      assert.equal(shard.write(partition, [testMessage(1, 5)]), 0);
      assert.equal(shard.read(partition, files.messages.length, ALL).length, 1);
      partition.close();
      const again = files.open();
      assert.equal(again.partition.lastOffset, files.messages.length);
      assert.equal(again.shard.read(again.partition, files.messages.length, ALL).length, 1);
      again.partition.close();
      files.restore();
    }
  });

  it('keeps a whole message that follows a torn one of the same offset', () => {
    // Another server may leave a torn write in place and append behind it.
    const files = new Original([[20, 30, 40]]);
    const log = readFileSync(files.lastLog);
    const [, second, third] = files.ends;
    const torn = log.subarray(second, third - 10);
    writeFileSync(
      files.lastLog,
      Buffer.concat([log.subarray(0, second), torn, log.subarray(second)]),
    );
    rmSync(files.lastIndex);
    const size = statSync(files.lastLog).size;
    const { shard, partition } = files.open();
    assert.equal(statSync(files.lastLog).size, size);
    assert.deepEqual(shard.read(partition, 0, ALL), files.messages.slice(0, 2));
    assert.equal(partition.lastOffset, 2);
  });

  it('refuses a log that no index can describe', () => {
    const files = new Original([[20]]);
    truncateSync(files.lastLog, 2 ** 32);
    assert.throws(() => files.open(), /4294967296 bytes/);
    assert.equal(statSync(files.lastLog).size, 2 ** 32);
  });
});

describe('Segments of another server', () => {
  it('are opened although they are larger than the limit, and continued', () => {
    const files = new Original([[1500], [400, 30], [700]]);
    const { shard, partition } = files.open({ segmentBytes: 512 });
    assert.deepEqual(shard.read(partition, 0, ALL), files.messages);
    assert.equal(shard.write(partition, [testMessage(1, 5)]), 0);
    assert.equal(readSegmentFiles(shard.partitionDir).at(-1)!.baseOffset, files.messages.length);
  });

  it('may begin behind offset 0, and other files beside them do not matter', () => {
    const files = new Original(BATCHES);
    const next = readSegmentFiles(files.open().shard.partitionDir)[1].baseOffset;
    copyFileSync(files.lastLog, join(files.lastLog, '..', 'notes.log'));
    rmSync(files.path(0, 'log'));
    rmSync(files.path(0, 'index'));
    const { shard, partition } = files.open();
    assert.equal(partition.firstOffset, next);
    assert.deepEqual(shard.read(partition, 0, ALL), files.messages.slice(next));
  });
});
