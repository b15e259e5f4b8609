import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Partition } from './partition.ts';
import type { Batch } from './partition-cache.ts';
import { PollReply } from './poll-reply.ts';
import {
  decode,
  type EarlyPlace,
  type ReadMessage,
  readSegmentFiles,
  segmentBases,
  type TestMessage,
  type TestOptions,
  TestShard,
  testMessage,
} from './storage-test-kit.ts';

const KIB = 1024;

type Step =
  | {
      readonly do: 'append';
      readonly sizes: readonly number[];
      readonly isKeepable: boolean;
      /** Stamped while it arrived, so far from where it has to be. */
      readonly early: EarlyPlace | null;
      /** Messages of it that were written ahead together. */
      readonly pieces: readonly number[];
      /** The rest of it never came: known to the partition or not. */
      readonly isGone: boolean;
      readonly isDropped: boolean;
    }
  | { readonly do: 'flush' | 'reopen' | 'crash' | 'purge' | 'trim' | 'pressure' }
  | { readonly do: 'read' | 'hold'; readonly from: number; readonly count: number }
  | { readonly do: 'release'; readonly pick: number }
  | { readonly do: 'at'; readonly micros: number }
  | { readonly do: 'cut'; readonly segments: number };

const sizes = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 90 }), fc.nat({ max: 3000 })), {
  minLength: 1,
  maxLength: 8,
});
const mostlyNone = fc.constantFrom(0, 0, 0, 0, 1, -1);
const place: fc.Arbitrary<EarlyPlace> = fc.record({
  offset: mostlyNone,
  segmentBase: mostlyNone,
  position: mostlyNone,
  micros: mostlyNone,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append'),
      sizes,
      isKeepable: fc.boolean(),
      early: fc.option(place),
      pieces: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
      isGone: fc.constantFrom(false, false, false, true),
      isDropped: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flush') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('read', 'hold'),
      from: fc.nat({ max: 60 }),
      count: fc.oneof(fc.nat({ max: 20 }), fc.constant(0xffff_ffff)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release'), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('at'), micros: fc.nat({ max: 80 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut'), segments: fc.nat({ max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('reopen', 'crash', 'purge', 'trim', 'pressure'),
    }),
  },
) as fc.Arbitrary<Step>;

const options: fc.Arbitrary<TestOptions> = fc.record({
  segmentBytes: fc.constantFrom(512, 1024, 4096, 64 * KIB),
  budget: fc.constantFrom(
    { frameBytes: 0, regionBytes: 0 },
    { frameBytes: 4 * KIB, regionBytes: 32 * KIB },
    { frameBytes: 64 * KIB, regionBytes: 80 * KIB },
    { frameBytes: 1024 * KIB, regionBytes: 1024 * KIB },
  ),
  acknowledgement: fc.constantFrom('written', 'synced'),
  validateChecksum: fc.boolean(),
  encryptionKey: fc.constantFrom(null, Buffer.alloc(32, 7)),
});

/** A reply on its way, with what it must still hold when it is released. */
interface Held {
  readonly reply: PollReply;
  readonly bytes: Buffer;
}

/** A partition beside what it must hold, as plain lists. */
class Run {
  shard: TestShard;
  partition: Partition;
  readonly #options: TestOptions;
  /** All since the last purge, those that were removed with their segments included. */
  #written: TestMessage[] = [];
  /** Offset of the oldest message that is left. */
  #first = 0;
  #staged: TestMessage[] = [];
  #lastId = 0;
  /** Messages of the last batch that was written ahead, perhaps in part. */
  #ahead: readonly TestMessage[] = [];
  #stagedBytes = 0;
  #batches: number[] = [];
  #held: Held[] = [];
  #clock = 0;
  #number = 0;

  constructor(options: TestOptions) {
    this.#options = options;
    this.shard = new TestShard(options);
    this.partition = this.shard.partition((status) => this.#onFlushed(status));
    this.partition.create();
  }

  take(step: Step): void {
    switch (step.do) {
      case 'append':
        return this.#arrive(step);
      case 'flush':
        assert.equal(this.partition.flush(), 0);
        return assert.equal(this.#staged.length, 0);
      case 'read':
        return this.#release(this.#read(step.from, step.count));
      case 'hold':
        this.#held.push(this.#read(step.from, step.count));
        return;
      case 'release':
        if (this.#held.length === 0) return;
        return this.#release(this.#held.splice(step.pick % this.#held.length, 1)[0]);
      case 'at':
        return this.#offsetAt(step.micros);
      case 'cut':
        return this.#cut(step.segments);
      default:
        return this.#disturb(step.do);
    }
  }

  #disturb(what: 'reopen' | 'crash' | 'purge' | 'trim' | 'pressure'): void {
    if (what === 'reopen') return this.reopen();
    if (what === 'crash') return this.#crash();
    if (what === 'purge') return this.#purge();
    this.partition.flush();
    if (what === 'trim') this.shard.storage.cache.dropFrames();
    else this.shard.storage.cache.makeRoom(1, this.#options.budget!.regionBytes);
  }

  #arrive(step: Step & { do: 'append' }): void {
    const { sizes, isKeepable, early } = step;
    const messages = sizes.map((bytes) => testMessage(this.#number++, bytes, bytes % 7));
    this.#clock += 1 + (sizes.length % 3);
    const sent = this.shard.batch(messages, isKeepable);
    const batch = early === null ? sent : this.#stamp(sent, early);
    if (early?.offset === 0 && early.segmentBase === 0 && this.#fits(batch)) {
      this.#writeAhead(batch, messages, step.pieces, early.position);
    }
    if (early === null || !step.isGone) return this.#append(batch, messages);
    if (step.isDropped) this.partition.ahead.drop(batch.earlyId!);
    this.shard.frames.free(batch.allocation);
  }

  /** Only what is going to be in the segment is written ahead. */
  #fits({ messagesBytes }: Batch): boolean {
    const end = this.partition.active.sizeBytes + this.#stagedBytes;
    return end === 0 || end + messagesBytes <= this.#options.segmentBytes!;
  }

  /** Any number of messages may be told of that end somewhere in the batch, one after the other. */
  #writeAhead(
    { earlyId, messages, messagesBytes }: Batch,
    sent: readonly TestMessage[],
    pieces: readonly number[],
    beside: number,
  ): void {
    if (pieces.length > 0 && !this.partition.hasStaged) this.#ahead = sent;
    let first = 0;
    let from = 0;
    for (const count of pieces) {
      const some = sent.slice(first, first + count);
      const bytes = some.reduce(
        (sum, one) => sum + 64 + one.payload.length + one.headers.length,
        0,
      );
      first += some.length;
      if (bytes === 0 || from + bytes > messagesBytes) continue;
      const end = this.partition.active.sizeBytes + this.#stagedBytes;
      const position = Math.max(0, end + beside) + from;
      const piece = { earlyId: earlyId!, messages: messages + from, bytes, position };
      this.partition.ahead.write(this.partition, piece);
      from += bytes;
    }
  }

  #append(batch: Batch, messages: readonly TestMessage[]): void {
    const before = this.#batches.length;
    assert.equal(this.partition.append(batch, this.#clock), 0);
    // A roll has written what was there before.
    assert.ok(this.#batches.length === before || this.#batches.length === 0);
    if (!this.partition.hasKept(batch)) this.#batches.push(batch.allocation);
    this.#staged.push(...messages);
    this.#stagedBytes += batch.messagesBytes;
    // What was encrypted and found no room in the cache is written at once.
    if (!this.partition.hasStaged) this.#onFlushed(0);
  }

  /** The batch as it is when it was stamped for a place beside the one where it has to be. */
  #stamp(batch: Batch, beside: EarlyPlace): Batch {
    const { active } = this.partition;
    this.shard.stampEarly(batch, {
      offset: Math.max(0, this.#written.length + this.#staged.length + beside.offset),
      segmentBase: Math.max(0, active.baseOffset + beside.segmentBase),
      position: Math.max(0, active.sizeBytes + this.#stagedBytes + beside.position),
      micros: this.#clock + beside.micros,
    });
    return { ...batch, earlyId: ++this.#lastId };
  }

  #onFlushed(status: number): void {
    assert.equal(status, 0);
    this.#written.push(...this.#staged.splice(0));
    this.#stagedBytes = 0;
    for (const allocation of this.#batches.splice(0)) this.shard.frames.free(allocation);
  }

  #read(from: number, count: number): Held {
    const reply = new PollReply();
    assert.equal(this.partition.read(from, count, reply), 0);
    const bytes = this.shard.bytesOf(reply);
    const found = decode(bytes);
    assert.equal(found.length, reply.messagesCount);
    const start = Math.max(from, this.#first);
    assertSame(found, this.#written.slice(start, start + count), start);
    return { reply, bytes };
  }

  #release({ reply, bytes }: Held): void {
    assert.ok(this.shard.bytesOf(reply).equals(bytes), 'a reply changed before it was sent');
    reply.release(this.shard.storage.cache);
  }

  #offsetAt(micros: number): void {
    this.partition.flush();
    const all = this.shard.read(this.partition, 0, 0xffff_ffff);
    const expected = all.findIndex((message) => message.timestamp >= micros);
    assert.equal(this.partition.offsetAt(micros), expected < 0 ? -1 : all[expected].offset);
  }

  #cut(segments: number): void {
    this.partition.flush();
    const before = segmentBases(this.shard.partitionDir);
    const removed = Math.min(segments, before.length - 1);
    assert.equal(this.partition.removeSegments(segments), removed);
    this.#first = before[removed];
    assert.equal(this.partition.firstOffset, this.#first);
  }

  #purge(): void {
    this.partition.purge();
    this.#written = [];
    this.#first = 0;
    assert.equal(this.partition.lastOffset, -1);
  }

  reopen(): void {
    this.partition.close();
    for (const held of this.#held.splice(0)) this.#release(held);
    this.assertMemoryIsBack();
    this.#open();
  }

  /** The process ends: what was staged is lost, what was written is there. */
  #crash(): void {
    this.#held = [];
    this.#staged = [];
    this.#stagedBytes = 0;
    this.#batches = [];
    this.#open(true);
  }

  #open(isCrash = false): void {
    this.shard.files.closeAll();
    this.shard = new TestShard({ ...this.#options, dir: this.shard.dir });
    this.partition = this.shard.partition((status) => this.#onFlushed(status));
    this.partition.load();
    assert.deepEqual(this.shard.reports, []);
    // What was written ahead counts for the next process as far as it is there.
    const more = this.partition.messagesCount - (this.#written.length - this.#first);
    this.#written.push(...this.#ahead.slice(0, isCrash ? more : 0));
    assert.equal(this.partition.messagesCount, this.#written.length - this.#first);
    assert.equal(this.partition.lastOffset, this.#written.length - 1);
  }

  assertMemoryIsBack(): void {
    assert.equal(this.shard.frames.usedBytes, 0, 'frames are kept by nobody');
    assert.equal(this.shard.region.usedBytes, 0, 'blocks are kept by nobody');
    const { frameBytes, regionBytes, blocks } = this.shard.storage.cache.statistics();
    assert.deepEqual([frameBytes, regionBytes, blocks], [0, 0, 0]);
  }

  assertFiles(): void {
    const segments = readSegmentFiles(this.shard.partitionDir, this.#options.encryptionKey);
    const stored = segments.flatMap((segment) => segment.messages);
    assertSame(stored, this.#written.slice(this.#first), this.#first);
    assert.equal(this.partition.segmentsCount, segments.length);
    const sizeBytes = segments.reduce((sum, { logBytes }) => sum + logBytes, 0);
    assert.equal(this.partition.sizeBytes, sizeBytes);
    for (const { logBytes, messages } of segments) {
      const isOneBatch = new Set(messages.map(({ timestamp }) => timestamp)).size === 1;
      assert.ok(logBytes <= this.#options.segmentBytes! || isOneBatch, 'a segment is too large');
    }
  }
}

function assertSame(found: readonly ReadMessage[], sent: readonly TestMessage[], from: number) {
  const plain = found.map(({ id, origin, payload, headers }) => ({ id, origin, payload, headers }));
  assert.deepEqual(plain, sent);
  for (const [i, message] of found.entries()) {
    assert.equal(message.offset, from + i);
    assert.ok(i === 0 || message.timestamp >= found[i - 1].timestamp);
  }
}

describe('Partition beside a list', () => {
  it('gives back what was appended after any history', () => {
    fc.assert(
      fc.property(options, fc.array(step, { minLength: 5, maxLength: 60 }), (options, steps) => {
        const run = new Run(options);
        try {
          for (const one of steps) run.take(one);
          run.reopen();
          run.assertFiles();
          run.partition.close();
          run.assertMemoryIsBack();
        } finally {
          run.shard.dispose();
        }
      }),
      { numRuns: 150 },
    );
  });
});
