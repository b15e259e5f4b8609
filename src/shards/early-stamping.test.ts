import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kernel } from '../memory/kernel.ts';
import { aheadPieceBytes, slowFrameMs } from '../wire/limits/early-stamps.ts';
import { indexEntryBytes } from '../wire/limits.ts';
import {
  EarlyStamp,
  EarlyStamping,
  type StampingLink,
  type StampingParts,
} from './early-stamping.ts';
import { PartitionStatistics } from './partition-statistics.ts';
import type { AheadOperands, SendOperands } from './shard-link.ts';

const MIB = 1024 * 1024;
const MESSAGE_BYTES = 100;
const HEAD_BYTES = 500;
const SEGMENT_BYTES = 4 * MIB;
/** Messages that make a piece worth writing ahead. */
const PIECE = Math.ceil(aheadPieceBytes / MESSAGE_BYTES);
const HANDLE = 3;
const OTHER = 4;

/** A kernel that only counts, with a link that says what a test wants. */
class Bench implements StampingLink {
  readonly statistics = new PartitionStatistics();
  /** Offset and position of each call that stamps. */
  readonly stamped: [bigint, number][] = [];
  undone: number | undefined;
  callsWaiting = 0;
  nowMs = 1000;
  isUp = true;
  generation = 1;
  readonly memory = Buffer.alloc(MIB);
  readonly written: AheadOperands[] = [];
  dropped: [earlyId: number, allocation: number] | undefined;
  readonly sendsTo = new Set<number>();
  readonly stamping: EarlyStamping;

  constructor(options: Partial<StampingParts['options']> = {}) {
    const kernel: Pick<Kernel, 'acceptEarly' | 'undoEarly'> = {
      acceptEarly: (indexes, _count, _messages, _length, arrived, ...place) => {
        this.stamped.push([place[1], place[3]]);
        const count = Math.floor(arrived / MESSAGE_BYTES);
        for (let i = 0; i < count; i++) {
          const end = place[3] + (i + 1) * MESSAGE_BYTES;
          this.memory.writeUInt32LE(end, indexes + i * indexEntryBytes + 4);
        }
        return count;
      },
      undoEarly: (_indexes, count) => {
        this.undone = count;
      },
    };
    this.stamping = new EarlyStamping(
      {
        kernel: kernel as Kernel,
        statistics: this.statistics,
        options: {
          deduplication: null,
          encryptionKey: null,
          segmentBytes: SEGMENT_BYTES,
          ...options,
        },
        bytes: this.memory,
        linkOf: () => this,
      },
      () => this.nowMs,
    );
    this.setEnd(7, 700);
  }

  hasSendTo(handle: number): boolean {
    return this.sendsTo.has(handle);
  }

  writeAhead(_handle: number, piece: AheadOperands): boolean {
    this.written.push(piece);
    return true;
  }

  dropAhead(_handle: number, earlyId: number, allocation: number): void {
    this.dropped = [earlyId, allocation];
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
    return stamp.finish(handle, operands) > 0;
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
    earlyId: 0,
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
    assert.ok(stamp.finish(HANDLE, operands) > 0);
    assert.equal(bench.undone, undefined);
    assert.equal(stamp.finish(HANDLE, operands), 0, 'once');
  });

  it('does nothing for a frame that has not begun', () => {
    const bench = new Bench();
    const stamp = new EarlyStamp(bench.stamping);
    stamp.advance(HEAD_BYTES + 100);
    assert.equal(stamp.finish(HANDLE, operandsOf(4)), 0);
    assert.deepEqual(bench.stamped, []);
  });

  it('undoes what is not whole, or goes to another partition', () => {
    const bench = new Bench();
    const stamp = new EarlyStamp(bench.stamping);
    stamp.begin(HANDLE, operandsOf(4));
    stamp.advance(HEAD_BYTES + 300);
    assert.equal(stamp.finish(HANDLE, operandsOf(4)), 0);
    assert.equal(bench.undone, 3);
    stamp.begin(HANDLE, operandsOf(4));
    stamp.advance(HEAD_BYTES + 400);
    assert.equal(stamp.finish(OTHER, operandsOf(4)), 0);
    assert.equal(bench.undone, 4);
  });

  it('leaves to the shard what is changed before it is stored, or begins a segment', () => {
    const deduplication = { maxEntries: 10, expiryMicros: 0 };
    assert.equal(new Bench({ deduplication }).receive(4), false);
    assert.equal(new Bench({ encryptionKey: new Uint8Array(32) }).receive(4), false);
    const bench = new Bench();
    bench.setEnd(7, SEGMENT_BYTES - 4 * MESSAGE_BYTES);
    assert.equal(bench.receive(4), true);
    assert.equal(bench.receive(5), false);
    const small = new Bench({ segmentBytes: 300 });
    small.setEnd(0, 0);
    assert.equal(small.receive(4), true, 'larger than a segment, but its first');
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
    first.advance(HEAD_BYTES + 1);
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

describe('EarlyStamp beside a frame that comes slowly', () => {
  it('stamps as if that was not there, also for the same partition', () => {
    const bench = new Bench();
    const slow = new EarlyStamp(bench.stamping);
    slow.begin(HANDLE, operandsOf(4));
    slow.advance(HEAD_BYTES + 1);
    bench.nowMs += slowFrameMs - 1;
    assert.deepEqual([bench.receive(4, OTHER), bench.receive(4)], [false, false]);
    bench.nowMs += 1;
    assert.deepEqual([bench.receive(4, OTHER), bench.receive(4)], [true, false]);
    bench.nowMs += slowFrameMs;
    assert.equal(bench.receive(4), true);
    slow.advance(HEAD_BYTES + 400);
    assert.ok(slow.finish(HANDLE, operandsOf(4)) > 0, 'the shard sees that the place is taken');
  });
});

describe('EarlyStamp before a shard with nothing to do', () => {
  /** A frame of which some messages are there. */
  function arriving(bench: Bench, count: number, arrived: number): EarlyStamp {
    const stamp = new EarlyStamp(bench.stamping);
    stamp.begin(HANDLE, operandsOf(count));
    stamp.advance(HEAD_BYTES + arrived * MESSAGE_BYTES);
    return stamp;
  }

  it('has it write what is stamped, much at a time, and never the end', () => {
    const bench = new Bench();
    const count = 3 * PIECE;
    const stamp = arriving(bench, count, PIECE - 1);
    assert.deepEqual(bench.written, []);
    stamp.advance(HEAD_BYTES + PIECE * MESSAGE_BYTES + 1);
    stamp.advance(HEAD_BYTES + (PIECE + 9) * MESSAGE_BYTES);
    stamp.advance(HEAD_BYTES + (2 * PIECE + 5) * MESSAGE_BYTES);
    stamp.advance(HEAD_BYTES + count * MESSAGE_BYTES);
    const earlyId = stamp.finish(HANDLE, operandsOf(count));
    const first = { earlyId, messages: 1000 + HEAD_BYTES, bytes: PIECE * 100, position: 700 };
    const second = {
      earlyId,
      messages: first.messages + first.bytes,
      bytes: first.bytes + 500,
      position: first.position + first.bytes,
    };
    assert.deepEqual(bench.written, [first, second]);
  });

  it('asks nothing of one that is busy', () => {
    const bench = new Bench();
    bench.callsWaiting = 1;
    arriving(bench, 3 * PIECE, 2 * PIECE);
    assert.deepEqual(bench.written, []);
  });

  it('leaves it the memory of a frame that it writes from', () => {
    const bench = new Bench();
    assert.equal(arriving(bench, 3 * PIECE, 10).abandon(), false, 'it was asked nothing');
    const stamp = arriving(bench, 3 * PIECE, 2 * PIECE);
    assert.equal(stamp.abandon(), true);
    assert.deepEqual(bench.dropped, [bench.written[0].earlyId, 1000]);
    assert.equal(stamp.abandon(), false, 'once');
  });

  it('takes the memory back from one that died', () => {
    const bench = new Bench();
    const first = arriving(bench, 3 * PIECE, 2 * PIECE);
    bench.isUp = false;
    assert.equal(first.abandon(), false);
    bench.isUp = true;
    const second = arriving(bench, 3 * PIECE, 2 * PIECE);
    bench.generation++;
    const asked = bench.written.length;
    second.advance(HEAD_BYTES + 3 * PIECE * MESSAGE_BYTES - 1);
    assert.equal(bench.written.length, asked, 'the next one is asked nothing');
    assert.equal(second.abandon(), false);
    assert.equal(bench.dropped, undefined);
  });
});
