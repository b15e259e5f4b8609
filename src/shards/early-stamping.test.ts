import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kernel } from '../memory/kernel.ts';
import { EarlyStamp, EarlyStamping, type StampingParts } from './early-stamping.ts';
import { PartitionStatistics } from './partition-statistics.ts';
import type { SendOperands } from './shard-link.ts';

const MESSAGE_BYTES = 100;
const HEAD_BYTES = 500;
const SEGMENT_BYTES = 10_000;
const HANDLE = 3;
const OTHER = 4;

/** A kernel that only counts, with links that say what a test wants. */
class Bench {
  readonly statistics = new PartitionStatistics();
  /** Offset and position of each call that stamps. */
  readonly stamped: [bigint, number][] = [];
  undone: number | undefined;
  callsWaiting = 0;
  readonly sendsTo = new Set<number>();
  readonly stamping: EarlyStamping;

  constructor(options: Partial<StampingParts['options']> = {}) {
    const kernel: Pick<Kernel, 'acceptEarly' | 'undoEarly'> = {
      acceptEarly: (_indexes, _count, _messages, _length, arrived, ...place) => {
        this.stamped.push([place[1], place[3]]);
        return Math.floor(arrived / MESSAGE_BYTES);
      },
      undoEarly: (_indexes, count) => {
        this.undone = count;
      },
    };
    this.stamping = new EarlyStamping({
      kernel: kernel as Kernel,
      statistics: this.statistics,
      options: {
        deduplication: null,
        encryptionKey: null,
        segmentBytes: SEGMENT_BYTES,
        ...options,
      },
      linkOf: () => ({
        callsWaiting: this.callsWaiting,
        hasSendTo: (handle) => this.sendsTo.has(handle),
      }),
    });
    this.setEnd(7, 700);
  }

  setEnd(messages: number, sizeBytes: number): void {
    this.statistics.write(HANDLE, {
      lastOffset: messages - 1,
      messagesCount: messages,
      sizeBytes,
      segmentsCount: 1,
      oldestSince: 0,
      oldestUntil: 0,
      active: { baseOffset: 0, sizeBytes },
      lastTimestamp: 0,
    });
  }

  /** Has a frame of some messages arrive; true when it is stamped then. */
  receive(count: number, handle = HANDLE): boolean {
    const stamp = new EarlyStamp(this.stamping);
    const operands = operandsOf(count);
    stamp.begin(handle, operands);
    stamp.advance(operands.allocationBytes);
    return stamp.finish(handle, operands);
  }
}

function operandsOf(count: number): SendOperands {
  const messagesBytes = count * MESSAGE_BYTES;
  return {
    allocation: 1000,
    allocationBytes: HEAD_BYTES + messagesBytes,
    isKeepable: true,
    indexes: 1100,
    messages: 1000 + HEAD_BYTES,
    messagesBytes,
    count,
    isStamped: false,
  };
}

describe('EarlyStamp', () => {
  it('stamps what arrives for the end of the partition', () => {
    const bench = new Bench();
    const stamp = new EarlyStamp(bench.stamping);
    const operands = operandsOf(4);
    stamp.begin(HANDLE, operands);
    stamp.advance(HEAD_BYTES);
    assert.deepEqual(bench.stamped, [], 'no message is there');
    stamp.advance(HEAD_BYTES + 150);
    stamp.advance(HEAD_BYTES + 400);
    assert.deepEqual(bench.stamped, [
      [7n, 700],
      [7n, 700],
    ]);
    assert.equal(stamp.finish(HANDLE, operands), true);
    assert.equal(bench.undone, undefined);
    assert.equal(stamp.finish(HANDLE, operands), false, 'once');
  });

  it('does nothing for a frame that has not begun', () => {
    const bench = new Bench();
    const stamp = new EarlyStamp(bench.stamping);
    stamp.advance(HEAD_BYTES + 100);
    assert.equal(stamp.finish(HANDLE, operandsOf(4)), false);
    assert.deepEqual(bench.stamped, []);
  });

  it('undoes what is not whole, or goes to another partition', () => {
    const bench = new Bench();
    const stamp = new EarlyStamp(bench.stamping);
    stamp.begin(HANDLE, operandsOf(4));
    stamp.advance(HEAD_BYTES + 300);
    assert.equal(stamp.finish(HANDLE, operandsOf(4)), false);
    assert.equal(bench.undone, 3);
    stamp.begin(HANDLE, operandsOf(4));
    stamp.advance(HEAD_BYTES + 400);
    assert.equal(stamp.finish(OTHER, operandsOf(4)), false);
    assert.equal(bench.undone, 4);
  });

  it('leaves to the shard what is changed before it is stored, or begins a segment', () => {
    const deduplication = { maxEntries: 10, expiryMicros: 0 };
    assert.equal(new Bench({ deduplication }).receive(4), false);
    assert.equal(new Bench({ encryptionKey: new Uint8Array(32) }).receive(4), false);
    const bench = new Bench();
    assert.equal(bench.receive(93), true);
    assert.equal(bench.receive(94), false);
    bench.setEnd(0, 0);
    assert.equal(bench.receive(200), true, 'larger than a segment, but its first');
  });

  it('goes on behind stamped sends that wait, and behind no others', () => {
    const bench = new Bench();
    bench.receive(4);
    bench.sendsTo.add(HANDLE);
    assert.equal(bench.receive(5), true);
    assert.equal(bench.receive(1), true);
    assert.deepEqual(bench.stamped, [
      [7n, 700],
      [11n, 1100],
      [16n, 1600],
    ]);
    bench.stamping.noteUnstamped(HANDLE);
    assert.equal(bench.receive(1), false, 'one of those that wait is not stamped');
    bench.sendsTo.clear();
    assert.equal(bench.receive(1), true);
    assert.deepEqual(bench.stamped.at(-1), [7n, 700]);
  });

  it('leaves a frame that arrives beside another to a shard with nothing to do', () => {
    const bench = new Bench();
    const first = new EarlyStamp(bench.stamping);
    first.begin(HANDLE, operandsOf(4));
    assert.equal(bench.receive(4, OTHER), false);
    bench.callsWaiting = 1;
    assert.equal(bench.receive(4, OTHER), true);
    assert.equal(bench.receive(4, HANDLE), false, 'the place is taken');
    first.end();
    first.end();
    bench.callsWaiting = 0;
    assert.equal(bench.receive(4, OTHER), true);
    assert.equal(bench.receive(4, HANDLE), true);
  });
});
