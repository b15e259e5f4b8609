import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { FileSpan } from '../files/file-span.ts';
import { OffsetVersions } from '../shards/offset-versions.ts';
import { PartitionStatistics } from '../shards/partition-statistics.ts';
import { pollStrategy } from '../shards/poll-server.ts';
import type { ShardAnswer, ShardCall } from '../shards/shard-call.ts';
import { createCounters, ShardCounters } from '../shards/shard-counters.ts';
import type { PollOperands, ShardLink } from '../shards/shard-link.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { type ConsumerKind, consumerKind } from '../storage/consumer-offsets.ts';
import {
  pollBytesMax,
  readAheadBytesMax,
  readAheadBytesTotalMax,
  readAheadsMax,
  readingsPerConnectionMax,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import { ReadAheads } from './read-aheads.ts';
import type { Session } from './session.ts';

const HANDLE = 7;
const COUNT = 10;
const MESSAGE_BYTES = 100;
const { offset, next, first } = pollStrategy;

interface Asked {
  readonly kind: 'poll' | 'store';
  readonly call: ShardCall;
  readonly operands: PollOperands;
  readonly value: number;
}

/** A shard that answers when the test says so, with offsets that are written where pieces lie. */
class FakeShard {
  readonly statistics = new PartitionStatistics();
  readonly arena = { bytes: Buffer.alloc(64 * 1024) };
  readonly offsetVersions = new OffsetVersions();
  readonly links = [this];
  readonly shard = 0;
  readonly counters = [new ShardCounters(createCounters(1), 0)];
  generation = 1;
  /** Clients that wait for a poll ahead. */
  awaited = 0;
  hasFreeSlots = true;
  asked: Asked[] = [];
  released: number[] = [];
  #token = 0;

  linkOf(): ShardLink {
    return this as unknown as ShardLink;
  }

  /** Messages that clients got and that had been read ahead. */
  given(): number {
    return this.counters[0].get('readAheadMessages');
  }

  hasRoom(): boolean {
    return this.hasFreeSlots;
  }

  poll(call: ShardCall, handle: number, operands: PollOperands): void {
    const { consumerKind: kind, consumerId, value } = operands;
    if (operands.autoCommit) this.offsetVersions.change(handle, kind, consumerId);
    this.asked.push({ kind: 'poll', call, operands, value });
  }

  storeOffset(call: ShardCall, handle: number, kind: ConsumerKind, id: number, value: number) {
    this.offsetVersions.change(handle, kind, id);
    this.asked.push({ kind: 'store', call, operands: {} as PollOperands, value });
  }

  beginAwaiting(): void {
    this.awaited++;
  }

  endAwaiting(): void {
    this.awaited--;
  }

  drain(): void {}

  release(token: number): void {
    this.released.push(token);
  }

  /** Sets how many messages the partition has. */
  fill(messages: number, messageBytes = MESSAGE_BYTES): void {
    this.statistics.write(HANDLE, {
      lastOffset: messages - 1,
      messagesCount: messages,
      sizeBytes: messages * messageBytes,
      segmentsCount: 1,
      oldestSince: 0,
      oldestUntil: 0,
      active: { baseOffset: 0, sizeBytes: messages * messageBytes },
      lastTimestamp: 0,
    });
  }

  /** Answers what was asked first. */
  answer(changes: Partial<ShardAnswer> & { readonly start?: number } = {}): void {
    const { call, operands, value } = this.asked.shift()!;
    const count = changes.count ?? operands.count;
    const token = count > 0 ? ++this.#token : 0;
    const at = token * 256;
    this.arena.bytes.writeUInt32LE(changes.start ?? value, at + 24);
    const pieces = count > 0 ? [at, count * MESSAGE_BYTES] : [];
    const file = new FileSpan();
    const answer = { status: 0, currentOffset: 999, storedOffset: -1, count, token, pieces, file };
    call.onShardAnswer(this.linkOf(), { ...answer, ...changes });
  }
}

/** One connection that polls. */
class FakeClient implements ExchangeOwner {
  readonly session = {} as Session;
  readonly #shard: FakeShard;
  readonly #aheads: ReadAheads;
  readonly got: ShardAnswer[] = [];
  /** Statuses of polls that the shard did not answer. */
  readonly failures: number[] = [];
  readonly takesFiles = false;
  alone = true;
  handle = HANDLE;

  constructor(shard: FakeShard, aheads: ReadAheads) {
    this.#shard = shard;
    this.#aheads = aheads;
  }

  onExpected(): void {}
  onWaiting(): void {}
  onFinished({ status }: Exchange): void {
    this.failures.push(status);
  }

  isAlone(): boolean {
    return this.alone;
  }

  poll(changes: Partial<PollOperands>): void {
    const exchange = new Exchange(() => {});
    exchange.begin(this);
    exchange.expect((_exchange, answer) => {
      this.got.push({ ...answer, pieces: [...answer.pieces] });
      if (answer.status === 0) this.#aheads.goOn(exchange, answer);
    }, 0);
    const operands = { strategy: offset, value: 0, count: COUNT, consumerId: 1 };
    const plain = { consumerKind: consumerKind.consumer, autoCommit: false, isAhead: false };
    const bytesMax = pollBytesMax;
    this.#aheads.poll(exchange, this.#shard.linkOf(), this.handle, {
      ...operands,
      ...plain,
      bytesMax,
      takesFile: false,
      ...changes,
    });
  }

  /** The one answer since the last call, with the offset of its first message. */
  take(): ShardAnswer & { readonly start: number } {
    const [answer, ...more] = this.got.splice(0);
    assert.deepEqual(more, []);
    const start = answer.count > 0 ? this.#aheads.startOf(answer) : -1;
    return { ...answer, start };
  }
}

let shard: FakeShard;
let aheads: ReadAheads;
let client: FakeClient;

beforeEach(() => {
  shard = new FakeShard();
  shard.fill(1000);
  aheads = new ReadAheads(shard as unknown as ShardRouter);
  client = new FakeClient(shard, aheads);
});

/** Two polls in sequence, by offset, after which the shard is asked for the third. */
function begin(changes: Partial<PollOperands> = {}, answer: Partial<ShardAnswer> = {}): void {
  for (const value of [0, COUNT]) {
    client.poll({ value, ...changes });
    shard.answer({ start: value, ...answer });
  }
  client.got.splice(0);
}

/** Two polls in sequence behind the stored offset, each of which stores its own. */
function beginNext(): void {
  for (const value of [0, COUNT]) {
    client.poll({ strategy: next, autoCommit: true });
    shard.answer({ start: value, storedOffset: value + COUNT - 1 });
  }
  client.got.splice(0);
}

function askedOffsets(): number[] {
  return shard.asked.map(({ value }) => value);
}

describe('Reading ahead', () => {
  it('begins with the second poll in sequence and stores nothing', () => {
    client.poll({ value: 0 });
    shard.answer();
    assert.deepEqual(shard.asked, []);
    client.poll({ value: COUNT, autoCommit: true });
    shard.answer();
    const [{ kind, operands }, ...more] = shard.asked;
    assert.deepEqual([kind, more], ['poll', []]);
    const { value, count, autoCommit, isAhead } = operands;
    assert.deepEqual([value, count, autoCommit, isAhead], [2 * COUNT, COUNT, false, true]);
  });

  it('answers the next poll with what was found, as of now, and asks for the one behind', () => {
    begin();
    shard.answer();
    assert.deepEqual(client.got, []);
    shard.fill(1234);
    client.poll({ value: 2 * COUNT });
    const { start, count, currentOffset } = client.take();
    assert.deepEqual([start, count, currentOffset], [2 * COUNT, COUNT, 1233]);
    assert.deepEqual(askedOffsets(), [3 * COUNT]);
    assert.equal(shard.given(), COUNT);
    assert.deepEqual(shard.released, []);
  });

  it('lets a poll wait for what was asked but not yet found', () => {
    begin();
    client.poll({ value: 2 * COUNT });
    assert.equal(shard.asked.length, 1);
    assert.deepEqual(client.got, []);
    assert.equal(shard.awaited, 1);
    shard.answer();
    assert.equal(shard.awaited, 0);
    assert.equal(client.take().start, 2 * COUNT);
  });

  it('asks anew for a client when less was found than there should be', () => {
    for (const lack of [{ count: COUNT - 1 }, { status: status.IoError, count: 0 }, { start: 5 }]) {
      begin();
      client.poll({ value: 2 * COUNT });
      shard.answer(lack);
      assert.deepEqual(client.got, []);
      assert.equal(shard.asked[0].operands.isAhead, false);
      shard.answer({ count: 3 });
      assert.equal(client.take().count, 3);
      client.poll({ value: 500 });
      shard.answer();
    }
    assert.equal(shard.released.length, 2);
    assert.deepEqual([aheads.bytes, aheads.count, shard.awaited], [0, 0, 0]);
  });

  it('is not used for any other poll', () => {
    const others: Partial<PollOperands>[] = [
      { value: 2 * COUNT + 1 },
      { value: 2 * COUNT, count: COUNT - 1 },
      { strategy: first },
      { strategy: next },
      { value: 2 * COUNT, consumerKind: consumerKind.group },
    ];
    begin();
    shard.answer();
    for (const other of others) {
      client.poll(other);
      assert.equal(shard.asked.length, 1, JSON.stringify(other));
      shard.answer({ count: 0 });
    }
    client.poll({ value: 2 * COUNT, consumerId: 2 });
    assert.equal(shard.given(), COUNT);
  });

  it('is not used when messages were removed, or the worker replaced', () => {
    const changes = [
      () => shard.statistics.noteRemoval(HANDLE),
      () => shard.statistics.clear(HANDLE),
      () => shard.generation++,
    ];
    for (const change of changes) {
      shard.fill(1000);
      begin();
      shard.answer();
      change();
      client.poll({ value: 2 * COUNT });
      assert.equal(shard.asked.length, 1);
      shard.answer({ count: 0 });
    }
    assert.equal(shard.given(), 0);
  });

  it('is not done and not used while the connection has other requests under way', () => {
    client.alone = false;
    begin();
    assert.deepEqual(shard.asked, []);
    client.alone = true;
    begin();
    shard.answer();
    client.alone = false;
    client.poll({ value: 2 * COUNT });
    assert.equal(shard.asked.length, 1);
  });

  it('stores what a poll commits before it answers, and follows the stored offset', () => {
    beginNext();
    shard.answer();
    client.poll({ strategy: next, autoCommit: true });
    assert.deepEqual(client.got, []);
    const [{ kind, value }] = shard.asked;
    assert.deepEqual([kind, value], ['store', 3 * COUNT - 1]);
    shard.answer({ count: 0 });
    const { start, storedOffset } = client.take();
    assert.deepEqual([start, storedOffset], [2 * COUNT, 3 * COUNT - 1]);
    assert.deepEqual(askedOffsets(), [3 * COUNT]);
  });

  it('gives the same again to who follows the stored offset and stores nothing', () => {
    beginNext();
    shard.answer();
    client.poll({ strategy: next });
    assert.equal(client.take().start, 2 * COUNT);
    shard.answer();
    client.poll({ strategy: next });
    assert.equal(shard.asked.length, 1);
    assert.equal(shard.given(), COUNT);
  });

  it('is not used by who follows a stored offset that may have changed', () => {
    beginNext();
    shard.answer();
    client.poll({ strategy: next, consumerId: 2 });
    assert.equal(shard.asked.pop()!.operands.isAhead, false);
    shard.offsetVersions.change(HANDLE, consumerKind.consumer, 1);
    client.poll({ strategy: next });
    assert.equal(shard.asked.pop()!.operands.isAhead, false);
    assert.equal(shard.given(), 0);
  });

  it('answers with an error when the offset cannot be stored', () => {
    beginNext();
    shard.answer();
    client.poll({ strategy: next, autoCommit: true });
    shard.answer({ count: 0, status: status.IoError });
    assert.equal(client.take().status, status.IoError);
    assert.equal(shard.released.length, 1);
    assert.deepEqual([aheads.bytes, aheads.count, shard.awaited], [0, 0, 0]);
  });

  it('gives a client an error whose shard dies before it has found or stored something', () => {
    for (const isFound of [false, true]) {
      beginNext();
      if (isFound) shard.answer();
      const held = shard.released.length;
      client.poll({ strategy: next, autoCommit: isFound });
      shard.asked.shift()!.call.onShardLost();
      assert.deepEqual(client.failures.splice(0), [status.ShardCommunicationError]);
      assert.equal(shard.released.length - held, isFound ? 1 : 0);
    }
    assert.deepEqual([aheads.bytes, aheads.count, shard.awaited], [0, 0, 0]);
  });

  it('gives up what nobody asked for when it is idle, unwanted, or its connection ends', () => {
    const ends: [number, () => void][] = [
      [1, () => aheads.drop()],
      [1, () => aheads.forget(client.session)],
      [2, () => aheads.dropIdle()],
    ];
    for (const [calls, end] of ends) {
      begin();
      shard.answer();
      shard.released = [];
      for (let call = 1; call <= calls; call++) {
        assert.deepEqual(shard.released, []);
        end();
      }
      assert.equal(shard.released.length, 1);
      assert.deepEqual([aheads.bytes, aheads.count, aheads.found.size], [0, 0, 0]);
      client.poll({ value: 2 * COUNT });
      assert.equal(shard.asked.shift()!.operands.isAhead, false);
    }
  });

  it('does not ask for messages that are not there, too many bytes, or without room', () => {
    const hindrances = [
      () => shard.fill(3 * COUNT - 1),
      () => shard.fill(1000, readAheadBytesMax / COUNT + 1),
      () => (aheads.bytes = readAheadBytesTotalMax),
      () => (aheads.count = readAheadsMax),
      () => (shard.hasFreeSlots = false),
    ];
    for (const hinder of hindrances) {
      shard.fill(1000);
      aheads.bytes = 0;
      aheads.count = 0;
      hinder();
      begin();
      assert.deepEqual(shard.asked, []);
    }
  });

  it('gives the memory of a poll back that went elsewhere', () => {
    begin();
    shard.answer();
    for (const value of [500, 500 + COUNT]) {
      client.poll({ value });
      shard.answer();
    }
    assert.deepEqual(askedOffsets(), [500 + 2 * COUNT]);
    assert.equal(shard.released.length, 1);
    assert.equal(aheads.bytes, COUNT * MESSAGE_BYTES);
  });

  it('forgets the partition that a connection began to read first, of too many', () => {
    begin();
    shard.answer();
    for (let other = 1; other <= readingsPerConnectionMax; other++) {
      client.handle = HANDLE + other;
      client.poll({ value: 0 });
      shard.answer();
    }
    assert.equal(shard.released.length, 1);
  });
});
