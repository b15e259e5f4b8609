import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { noFileSending } from '../../tests/support/file-sending.ts';
import { FileSpan } from '../files/file-span.ts';
import { consumerKind } from '../storage/consumer-offsets.ts';
import {
  decode,
  noSpace,
  type TestOptions,
  TestShard,
  testMessage,
} from '../storage/storage-test-kit.ts';
import { pollBytesMax, sharedFilesPerShardMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { CompletionWriter } from './completion-writer.ts';
import { completion, completionKind } from './descriptors.ts';
import { createGroupOffsets, GroupOffsetsWriter } from './group-offsets.ts';
import { HostedPartition } from './hosted-partition.ts';
import { PartitionStatistics } from './partition-statistics.ts';
import { type PollRequest, PollServer, pollStrategy } from './poll-server.ts';
import { createRing, RingConsumer } from './ring.ts';
import { createCounters, ShardCounters } from './shard-counters.ts';

const MIB = 1024 * 1024;
const { consumer, group } = consumerKind;
const { offset, timestamp, first, last, next } = pollStrategy;

interface Answer {
  readonly kind: number;
  readonly correlation: number;
  readonly status: number;
  readonly token: number;
  readonly count: number;
  readonly currentOffset: number;
  /** The last messages are left in their file. */
  readonly isShared: boolean;
  /** Offsets of the messages in pieces and file. */
  readonly offsets: readonly number[];
}

/** A poll server with one partition, and the acceptor's end of its ring. */
class Bench {
  readonly shard: TestShard;
  hosted: HostedPartition;
  readonly polls: PollServer;
  readonly counters = new ShardCounters(createCounters(1), 0);
  readonly #observers = {
    statistics: new PartitionStatistics(),
    counters: this.counters,
    groupOffsets: new GroupOffsetsWriter(createGroupOffsets()),
    tellSegment: () => {},
  };
  readonly #writer: CompletionWriter;
  readonly #ring: RingConsumer;
  readonly #channel = new MessageChannel();
  #correlation = 100;

  constructor(options: TestOptions = {}) {
    this.shard = new TestShard(options);
    const memory = createRing(64);
    // What earlier answers left in the slots must not be taken for part of later ones.
    new Int32Array(memory).fill(3, 512 / 4);
    this.#writer = new CompletionWriter(memory, this.#channel.port1);
    this.#ring = new RingConsumer(memory);
    this.hosted = this.#newHosted();
    this.hosted.partition.create();
    this.polls = new PollServer(this.shard.storage, this.#writer, this.counters);
  }

  #newHosted(): HostedPartition {
    const open = {
      handle: 3,
      streamId: 0,
      topicId: 0,
      partitionId: 0,
      origin: 'new',
      acknowledgement: null,
    } as const;
    return new HostedPartition(this.shard.storage, open, this.#observers, this.#writer);
  }

  /** Takes the oldest segment away. */
  loseOldest(): void {
    this.hosted.partition.close();
    for (const kind of ['log', 'index']) {
      rmSync(join(this.shard.partitionDir, `00000000000000000000.${kind}`));
    }
    this.hosted = this.#newHosted();
    this.hosted.partition.load();
  }

  /** Writes one message of each size; the time of each is its offset times ten, from 1000 on. */
  write(...sizes: number[]): void {
    for (const bytes of sizes) {
      const number = this.hosted.partition.lastOffset + 1;
      const messages = [testMessage(number, bytes)];
      const now = 1000 + 10 * number;
      assert.equal(this.shard.write(this.hosted.partition, messages, bytes > MIB / 2, now), 0);
    }
  }

  serve(operands: Partial<PollRequest>): number {
    const correlation = this.#correlation++;
    this.polls.serve({
      correlation,
      hosted: this.hosted,
      strategy: offset,
      value: 0,
      count: 100,
      consumerKind: consumer,
      consumerId: 1,
      autoCommit: false,
      bytesMax: pollBytesMax,
      isAhead: false,
      takesFile: false,
      ...operands,
    });
    return correlation;
  }

  /** Everything answered since the last time. */
  answers(): Answer[] {
    this.#writer.publish();
    const answers: Answer[] = [];
    let pieces: number[] = [];
    const file = new FileSpan();
    for (let slot = this.#ring.next(); slot >= 0; slot = this.#ring.next()) {
      const { words, doubles } = this.#ring;
      const from = slot + completion.firstPiece;
      pieces.push(...words.subarray(from, from + words[slot + completion.pieces]));
      const kind = words[slot + completion.kind];
      if (kind === completionKind.file) {
        file.set(words[from], words[from + 1], words[from + 2]);
      } else if (kind !== completionKind.pieces) {
        answers.push({
          kind,
          correlation: words[slot + completion.correlation],
          status: words[slot + completion.status],
          token: words[slot + completion.token],
          count: words[slot + completion.count],
          currentOffset: doubles[slot / 2 + completion.currentOffsetDouble],
          isShared: file.bytes > 0,
          offsets: this.#offsetsIn(pieces, file),
        });
        pieces = [];
        file.drop();
      }
      this.#ring.release();
    }
    return answers;
  }

  /** One poll and its one answer, whose memory goes back at once. */
  poll(operands: Partial<PollRequest>): Answer {
    const correlation = this.serve(operands);
    const [answer, ...more] = this.answers();
    assert.deepEqual([answer.correlation, more], [correlation, []]);
    if (answer.token > 0) this.polls.release(answer.token);
    return answer;
  }

  #offsetsIn(pieces: readonly number[], file: FileSpan): number[] {
    const parts: Buffer[] = [];
    for (let i = 0; i < pieces.length; i += 2) {
      parts.push(this.shard.bytes.subarray(pieces[i] >>> 0, (pieces[i] >>> 0) + pieces[i + 1]));
    }
    if (file.bytes > 0) parts.push(file.read(file.bytes));
    return decode(Buffer.concat(parts)).map((message) => message.offset);
  }

  stored(kind: 1 | 2 = consumer, id = 1): number | undefined {
    return this.hosted.partition.offsets.get(kind, id);
  }

  dispose(): void {
    this.#channel.port1.close();
    this.shard.dispose();
  }
}

let benches: Bench[] = [];

afterEach(() => {
  for (const bench of benches) bench.dispose();
  benches = [];
});

function newBench(options: TestOptions = {}): Bench {
  const bench = new Bench(options);
  benches.push(bench);
  return bench;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describe('A poll (protocol section 5.2)', () => {
  // Ten messages with offsets 0 to 9 and times 1000 to 1090, in segments of a few.
  const TABLE: [what: string, operands: Partial<PollRequest>, offsets: number[]][] = [
    ['offset 0', { strategy: offset, value: 0, count: 3 }, [0, 1, 2]],
    [
      'offset in the middle, across segments',
      { strategy: offset, value: 2, count: 6 },
      range(2, 7),
    ],
    ['offset, more than there is', { strategy: offset, value: 7, count: 100 }, [7, 8, 9]],
    ['offset of the last message', { strategy: offset, value: 9, count: 1 }, [9]],
    ['offset behind the end', { strategy: offset, value: 10 }, []],
    ['offset far behind the end', { strategy: offset, value: Number.MAX_SAFE_INTEGER }, []],
    ['first', { strategy: first, count: 2 }, [0, 1]],
    ['last 1', { strategy: last, count: 1 }, [9]],
    ['last 4', { strategy: last, count: 4 }, [6, 7, 8, 9]],
    ['last, more than there is', { strategy: last, count: 0xffff_ffff }, range(0, 9)],
    ['next without a stored offset', { strategy: next, count: 2 }, [0, 1]],
    ['next with one', { strategy: next, consumerId: 5, count: 2 }, [4, 5]],
    [
      'next of the group of that number',
      { strategy: next, consumerKind: group, consumerId: 5, count: 1 },
      [8],
    ],
    ['next at the end', { strategy: next, consumerId: 9 }, []],
    ['timestamp 0', { strategy: timestamp, value: 0, count: 2 }, [0, 1]],
    ['timestamp of a message', { strategy: timestamp, value: 1040, count: 2 }, [4, 5]],
    ['timestamp between two', { strategy: timestamp, value: 1041, count: 2 }, [5, 6]],
    ['timestamp of the last', { strategy: timestamp, value: 1090 }, [9]],
    ['timestamp later than all', { strategy: timestamp, value: 1091 }, []],
    ['count 0', { strategy: first, count: 0 }, []],
  ];

  for (const cacheBytes of [0, MIB]) {
    it(`answers as the table says, with ${cacheBytes} bytes of cache`, () => {
      const budget = { frameBytes: cacheBytes, regionBytes: cacheBytes };
      const bench = newBench({ segmentBytes: 1024, budget });
      bench.write(100, 200, 300, 400, 500, 0, 0, 1, 2, 900);
      assert.ok(bench.hosted.partition.segmentsCount > 2);
      const { offsets } = bench.hosted.partition;
      offsets.store(consumer, 5, 3);
      offsets.store(group, 5, 7);
      offsets.store(consumer, 9, 9);
      for (const [what, operands, expected] of TABLE) {
        const answer = bench.poll(operands);
        assert.deepEqual(answer.offsets, expected, what);
        assert.equal(answer.count, expected.length, what);
        assert.equal(answer.status, 0, what);
        assert.equal(answer.currentOffset, 9, what);
        assert.equal(answer.token > 0, expected.length > 0, what);
      }
    });
  }

  it('of an empty partition is empty, whatever is asked for', () => {
    const bench = newBench();
    for (const strategy of [offset, timestamp, first, last, next]) {
      const answer = bench.poll({ strategy, autoCommit: true });
      assert.deepEqual([answer.count, answer.currentOffset, answer.token], [0, 0, 0]);
    }
    assert.equal(bench.stored(), undefined);
  });
});

describe('Auto-commit (protocol section 5.3)', () => {
  it('stores the offset of the last message in the answer, whatever the strategy', () => {
    const bench = newBench();
    bench.write(...range(0, 9));
    const polls: [Partial<PollRequest>, number][] = [
      [{ strategy: next, count: 3 }, 2],
      [{ strategy: next, count: 3 }, 5],
      [{ strategy: first, count: 2 }, 1],
      [{ strategy: last, count: 2 }, 9],
      [{ strategy: timestamp, value: 1030, count: 1 }, 3],
      [{ strategy: offset, value: 6, count: 2 }, 7],
    ];
    for (const [operands, stored] of polls) {
      bench.poll({ ...operands, autoCommit: true });
      assert.equal(bench.stored(), stored);
    }
    assert.equal(bench.stored(group), undefined);
  });

  it('stores nothing for an empty answer, and nothing when it is off', () => {
    const bench = newBench();
    bench.write(1, 2);
    bench.poll({ strategy: first });
    bench.poll({ strategy: first, count: 0, autoCommit: true });
    bench.poll({ strategy: offset, value: 2, autoCommit: true });
    assert.equal(bench.stored(), undefined);
  });

  it('names the message that was sent when older ones are gone', () => {
    const bench = newBench({ segmentBytes: 512 });
    bench.write(300, 301, 302);
    bench.loseOldest();
    for (const strategy of [offset, first, next]) {
      bench.hosted.partition.offsets.delete(consumer, 1);
      const answer = bench.poll({ strategy, value: 0, count: 1, autoCommit: true });
      assert.deepEqual(answer.offsets, [1]);
      assert.equal(bench.stored(), 1);
    }
    assert.deepEqual(bench.poll({ strategy: last, count: 5 }).offsets, [1, 2]);
  });

  it('that cannot be stored fails the poll and keeps nothing of it', () => {
    const bench = newBench();
    bench.write(1);
    const used = bench.shard.region.usedBytes;
    bench.shard.files.fault = ({ path }) => {
      if (path.includes('offsets')) throw noSpace();
    };
    const answer = bench.poll({ strategy: first, autoCommit: true });
    assert.deepEqual([answer.status, answer.offsets, answer.token], [status.IoError, [], 0]);
    assert.equal(bench.shard.region.usedBytes, used);
    assert.match(bench.shard.reports[0], /Cannot poll: ENOSPC/);
  });
});

describe('PollServer', () => {
  const budget = { frameBytes: 0, regionBytes: 0 };

  it('tells many pieces in slots of their own, in front of the answer', () => {
    const bench = newBench();
    for (let i = 0; i < 10; i++) {
      bench.write(100);
      bench.write(MIB);
    }
    const answer = bench.poll({});
    assert.deepEqual(answer.offsets, range(0, answer.count - 1));
    assert.ok(answer.count > 14);
  });

  it('keeps each answer until it is released, and takes its number back', () => {
    const bench = newBench({ budget });
    bench.write(100, 200);
    bench.serve({ count: 1 });
    bench.serve({ count: 2 });
    const [one, two] = bench.answers();
    assert.notEqual(one.token, two.token);
    bench.polls.release(one.token);
    assert.throws(() => bench.polls.release(one.token), /No reply is on its way/);
    assert.throws(() => bench.polls.release(99), /No reply is on its way/);
    assert.equal(bench.poll({}).token, one.token);
    bench.polls.release(two.token);
    assert.equal(bench.shard.region.usedBytes, 0);
  });

  it('leaves messages in their files for so many answers at once', { skip: noFileSending }, () => {
    const bench = newBench({ budget: { frameBytes: 0, regionBytes: 0 } });
    bench.write(...Array.from({ length: 40 }, () => 10_000));
    const ask = () => {
      bench.serve({ count: 40, takesFile: true });
      const [answer] = bench.answers();
      assert.deepEqual(answer.offsets, range(0, 39));
      return answer;
    };
    const answers = Array.from({ length: sharedFilesPerShardMax }, ask);
    assert.ok(answers.every(({ isShared }) => isShared));
    const oneMore = ask();
    assert.ok(!oneMore.isShared);
    for (const { token } of [...answers, oneMore]) bench.polls.release(token);
    assert.ok(ask().isShared);
  });

  it('lets polls wait for memory that other answers hold, and serves them in order', () => {
    const bench = newBench({ regionBytes: 2 * MIB, budget });
    bench.write(MIB, MIB);
    bench.serve({ count: 1 });
    const [held] = bench.answers();
    const waiting = [bench.serve({ count: 1 }), bench.serve({ value: 1, count: 1 })];
    const shorts = bench.answers();
    assert.deepEqual(
      shorts.map(({ kind }) => kind),
      [completionKind.memoryShort, completionKind.memoryShort],
    );
    bench.polls.release(held.token);
    const [served, short, ...more] = bench.answers();
    assert.deepEqual([served.correlation, served.offsets, more], [waiting[0], [0], []]);
    assert.equal(short.kind, completionKind.memoryShort);
    bench.polls.release(served.token);
    const [last] = bench.answers();
    assert.deepEqual([last.correlation, last.offsets], [waiting[1], [1]]);
    bench.polls.release(last.token);
    assert.equal(bench.shard.region.usedBytes, 0);
  });

  it('finds nothing for a poll that nobody waits for while memory is short', () => {
    const bench = newBench({ regionBytes: 2 * MIB, budget });
    bench.write(MIB, MIB);
    bench.serve({ count: 1 });
    const [held] = bench.answers();
    const ahead = bench.poll({ value: 1, count: 1, isAhead: true });
    assert.deepEqual([ahead.status, ahead.count, ahead.token], [0, 0, 0]);
    bench.polls.release(held.token);
    assert.deepEqual(bench.answers(), []);
    const found = bench.poll({ value: 1, count: 1, isAhead: true });
    assert.deepEqual(found.offsets, [1]);
  });

  it('shows a poll that waited nothing that is not written', () => {
    const bench = newBench({ regionBytes: 3 * MIB, budget: { ...budget, regionBytes: MIB } });
    bench.write(2 * MIB);
    bench.serve({});
    const [held] = bench.answers();
    bench.serve({});
    bench.answers();
    const batch = bench.shard.batch([testMessage(1, 10)]);
    assert.equal(bench.hosted.partition.append(batch, 1), 0);
    bench.polls.release(held.token);
    const [answer] = bench.answers();
    assert.deepEqual([answer.offsets, answer.currentOffset], [[0], 0]);
  });

  it('refuses a message that its memory can never hold instead of waiting for ever', () => {
    const bench = newBench({ regionBytes: MIB, budget });
    bench.write(2 * MIB, 10);
    assert.equal(bench.poll({}).status, status.CannotReadMessage);
    assert.match(bench.shard.reports[0], /larger than the memory/);
    assert.deepEqual(bench.poll({ value: 1 }).offsets, [1]);
  });

  it('answers polls that wait when their partition goes away', () => {
    const bench = newBench({ regionBytes: 2 * MIB, budget });
    bench.write(MIB);
    bench.serve({});
    const [held] = bench.answers();
    const waiting = bench.serve({});
    bench.answers();
    bench.polls.forget(bench.hosted);
    const [answer] = bench.answers();
    assert.deepEqual([answer.correlation, answer.status], [waiting, status.PartitionNotFound]);
    bench.polls.release(held.token);
    assert.deepEqual(bench.answers(), []);
  });
});
