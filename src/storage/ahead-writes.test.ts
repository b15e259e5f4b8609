import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { logPath } from './layout.ts';
import type { Partition } from './partition.ts';
import type { Batch } from './partition-cache.ts';
import {
  noSpace,
  readSegmentFiles,
  type TestMessage,
  type TestOptions,
  TestShard,
  testMessage,
} from './storage-test-kit.ts';

const COUNT = 10;
const MESSAGE_BYTES = 164;
const NOW = 5_000_000;

let shard: TestShard;
let partition: Partition;
let number = 0;
let lastId = 0;

function open(options: TestOptions = {}): void {
  shard?.dispose();
  shard = new TestShard(options);
  partition = shard.partition();
  partition.create();
}

const newMessages = (count: number) =>
  Array.from({ length: count }, () => testMessage(number++, 100));

interface Arriving {
  readonly batch: Batch;
  readonly sent: readonly TestMessage[];
  readonly position: number;
}

/** A batch that is stamped for the end of the partition. */
function arriving(): Arriving {
  const sent = newMessages(COUNT);
  const batch = shard.batch(sent, true);
  const { active, lastOffset } = partition;
  const position = active.sizeBytes;
  const place = { offset: lastOffset + 1, segmentBase: active.baseOffset, position, micros: NOW };
  shard.stampEarly(batch, place);
  return { batch: { ...batch, earlyId: ++lastId }, sent, position };
}

/** Writes messages of it ahead, from one up to another. */
function writeAhead({ batch, position }: Arriving, from: number, end: number): void {
  partition.ahead.write(partition, {
    earlyId: batch.earlyId!,
    messages: batch.messages + from * MESSAGE_BYTES,
    bytes: (end - from) * MESSAGE_BYTES,
    position: position + from * MESSAGE_BYTES,
  });
}

function append({ batch, sent }: Arriving): readonly TestMessage[] {
  assert.equal(partition.append(batch, NOW), 0);
  assert.equal(partition.flush(), 0);
  return sent;
}

const store = (count = 1) => {
  const sent = newMessages(count);
  assert.equal(shard.write(partition, sent, false, NOW), 0);
  return sent;
};

function assertStored(...batches: (readonly TestMessage[])[]): void {
  const found = readSegmentFiles(shard.partitionDir).flatMap(({ messages }) => messages);
  const plain = found.map(({ id, origin, payload, headers }) => ({ id, origin, payload, headers }));
  assert.deepEqual(plain, batches.flat());
}

const logMessages = () => readFileSync(logPath(shard.partitionDir, 0)).byteLength / MESSAGE_BYTES;

describe('messages that are written before their batch is whole', () => {
  beforeEach(() => {
    number = 0;
    open();
  });
  afterEach(() => shard.dispose());

  it('are in the file, and not written again with the batch', () => {
    const before = store();
    const batch = arriving();
    writeAhead(batch, 0, 4);
    writeAhead(batch, 4, 7);
    assert.equal(logMessages(), 8);
    assert.equal(partition.lastOffset, 0, 'nobody sees them');
    shard.bytes.fill(0, batch.batch.messages + 164, batch.batch.messages + 7 * 164);
    assert.deepEqual([logMessages(), append(batch).length, logMessages()], [8, COUNT, 11]);
    assertStored(before, batch.sent);
  });

  it('can be the whole batch, and others come behind it before it is flushed', () => {
    const batch = arriving();
    writeAhead(batch, 0, COUNT);
    assert.equal(partition.append(batch.batch, NOW), 0);
    assertStored(batch.sent, store(3));
  });

  it('are not where they are not expected', () => {
    const batch = arriving();
    writeAhead(batch, 1, 4);
    assert.equal(logMessages(), 0);
    writeAhead(batch, 0, 2);
    writeAhead(batch, 3, 5);
    assert.equal(logMessages(), 2);
    assertStored(append(batch));
  });

  it('are cut off when their batch is dropped', () => {
    const before = store();
    const batch = arriving();
    writeAhead(batch, 0, 9);
    partition.ahead.drop(batch.batch.earlyId! + 1);
    assert.equal(logMessages(), 10);
    partition.ahead.drop(batch.batch.earlyId!);
    assert.equal(logMessages(), 1);
    assertStored(before, store(), append(arriving()));
  });

  it('are cut off when another batch comes first', () => {
    const batch = arriving();
    writeAhead(batch, 0, 9);
    const other = store();
    assert.equal(logMessages(), 1);
    writeAhead(batch, 9, 10);
    assert.equal(logMessages(), 1);
    assertStored(other, append(batch));
  });

  it('are no part of the next batch that arrives', () => {
    const gone = arriving();
    writeAhead(gone, 0, 9);
    const batch = arriving();
    writeAhead(batch, 0, 3);
    assert.equal(logMessages(), 3);
    const late = arriving();
    assertStored(append(late));
  });

  it('wait for those in front of them', () => {
    const staged = shard.batch(newMessages(2));
    assert.equal(partition.append(staged, NOW), 0);
    const batch = arriving();
    writeAhead(batch, 0, 5);
    assert.equal(logMessages(), 0);
    assert.equal(partition.flush(), 0);
    assert.equal(logMessages(), 2);
  });

  it('are cut off with their segment, and when the partition is closed', () => {
    open({ segmentBytes: 12 * MESSAGE_BYTES, preallocates: false });
    const first = store();
    const batch = arriving();
    writeAhead(batch, 0, 5);
    const second = store(12);
    assert.equal(partition.segmentsCount, 2);
    assertStored(first, second, append(batch));
    const left = arriving();
    writeAhead(left, 0, 5);
    partition.close();
    assertStored(first, second, batch.sent);
  });

  it('are written with the batch when they could not be written ahead', () => {
    const before = store();
    const batch = arriving();
    writeAhead(batch, 0, 3);
    shard.files.fault = () => {
      throw noSpace();
    };
    writeAhead(batch, 3, 6);
    assert.equal(partition.append(batch.batch, NOW), 0);
    assert.notEqual(partition.flush(), 0);
    shard.files.fault = () => {};
    assertStored(before, store(), append(arriving()));
  });

  it('do not count when they were cut off for a batch that then failed', () => {
    const before = store();
    const batch = arriving();
    writeAhead(batch, 0, 9);
    let uses = 0;
    shard.files.fault = (file) => {
      // The first cuts the log, the second would write to it.
      if (file === partition.active.log && ++uses === 2) throw noSpace();
    };
    assert.notEqual(shard.write(partition, newMessages(1), false, NOW), 0);
    shard.files.fault = () => {};
    assert.equal(logMessages(), 1);
    assertStored(before, append(batch));
  });

  it('are found whole, or not at all, by the next process after a crash', () => {
    const before = store();
    const batch = arriving();
    writeAhead(batch, 0, 5);
    shard.files.closeAll();
    shard = new TestShard({ dir: shard.dir });
    partition = shard.partition();
    partition.load();
    assertStored(before, batch.sent.slice(0, 5));
    assert.equal(partition.lastOffset, 5);
  });
});
