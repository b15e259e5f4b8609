import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noFileSending } from '../../tests/support/file-sending.ts';
import { systemCalls } from '../files/system-calls.ts';
import { sharedHeadBytes } from '../wire/limits.ts';
import type { Partition } from './partition.ts';
import { PollReply } from './poll-reply.ts';
import { decode, type TestOptions, TestShard, testMessage } from './storage-test-kit.ts';

const MIB = 1024 * 1024;
const PAYLOAD_BYTES = 10_000;
const BATCH = 50;

/** A partition with batches of half a megabyte, none of them in memory. */
class Filled implements Disposable {
  readonly shard: TestShard;
  readonly partition: Partition;

  constructor(batches: number, options: TestOptions = {}) {
    const budget = { frameBytes: 16 * MIB, regionBytes: 0 };
    this.shard = new TestShard({ segmentBytes: 8 * MIB, budget, ...options });
    this.partition = this.shard.partition();
    this.partition.create();
    for (let batch = 0; batch < batches; batch++) this.write(batch);
  }

  write(batch: number, isKeepable = false): void {
    const messages = Array.from({ length: BATCH }, (_, i) =>
      testMessage(batch * BATCH + i, PAYLOAD_BYTES),
    );
    assert.equal(this.shard.write(this.partition, messages, isKeepable), 0);
  }

  poll(first: number, count: number, changes: Partial<PollReply> = {}): PollReply {
    const reply = Object.assign(new PollReply(), { takesFile: true }, changes);
    assert.equal(this.partition.read(first, count, reply), 0);
    return reply;
  }

  /** First and last offset of what a client gets of a reply, which is given back. */
  offsetsIn(reply: PollReply): [first: number, last: number] {
    const { bytes, messagesCount } = reply;
    const tail = reply.file.bytes > 0 ? reply.file.read(bytes) : Buffer.alloc(0);
    const all = Buffer.concat([this.shard.bytesOf(reply), tail]);
    assert.equal(all.byteLength, bytes);
    reply.release(this.shard.storage.cache);
    const messages = decode(all);
    assert.equal(messages.length, messagesCount);
    return [messages[0].offset, messages[messages.length - 1].offset];
  }

  [Symbol.dispose](): void {
    this.shard.dispose();
  }
}

describe('the tail of a poll that is left in its file', { skip: noFileSending }, () => {
  it('follows a small head that was read', () => {
    using filled = new Filled(6);
    const reply = filled.poll(7, 100);
    assert.equal(reply.bytes - reply.file.bytes, sharedHeadBytes);
    assert.deepEqual(filled.offsetsIn(reply), [7, 106]);
  });

  it('ends where the bytes do that may be given', () => {
    using filled = new Filled(6);
    const reply = filled.poll(3, 1000, { bytesMax: MIB });
    assert.ok(reply.file.bytes > 0);
    assert.ok(reply.bytes <= MIB && reply.bytes > MIB - 2 * PAYLOAD_BYTES);
    assert.equal(filled.offsetsIn(reply)[0], 3);
  });

  it('reaches to the end of the partition', () => {
    using filled = new Filled(6);
    const reply = filled.poll(200, 1000);
    assert.ok(reply.file.bytes > 0);
    assert.deepEqual(filled.offsetsIn(reply), [200, 299]);
  });

  it('follows what was read of another segment', () => {
    using filled = new Filled(6, { segmentBytes: MIB });
    const across = filled.poll(60, 100);
    const second = (BATCH + 10) * (PAYLOAD_BYTES + 64);
    assert.equal(across.file.bytes, second - sharedHeadBytes);
    assert.deepEqual(filled.offsetsIn(across), [60, 159]);
  });

  it('is as it was after its partition was removed', () => {
    using filled = new Filled(6);
    const reply = filled.poll(0, 100);
    filled.partition.purge();
    filled.partition.remove();
    assert.deepEqual(filled.offsetsIn(reply), [0, 99]);
  });

  it('is dropped with its reply', () => {
    using filled = new Filled(6);
    const reply = filled.poll(0, 100);
    const { fd } = reply.file;
    reply.release(filled.shard.storage.cache);
    assert.ok(systemCalls()!.duplicate(fd) < 0, 'the descriptor is closed');
  });
});

describe('no tail is left in a file', { skip: noFileSending }, () => {
  it('where little is asked for', () => {
    using filled = new Filled(1);
    assert.equal(filled.poll(0, 10).file.bytes, 0);
  });

  it('where the transport cannot send it', () => {
    using filled = new Filled(4);
    assert.equal(filled.poll(0, 100, { takesFile: false }).file.bytes, 0);
  });

  it('where another segment has the rest of what is wanted', () => {
    using filled = new Filled(6, { segmentBytes: MIB });
    const across = filled.poll(60, 60);
    assert.equal(across.file.bytes, 0);
    assert.deepEqual(filled.offsetsIn(across), [60, 119]);
  });

  it('where newer messages are in memory', () => {
    using filled = new Filled(4);
    // A reader at the end makes the shard keep what comes.
    filled.partition.noteReaderAtEnd();
    filled.write(4, true);
    const reply = filled.poll(100, 120);
    assert.equal(reply.file.bytes, 0);
    assert.deepEqual(filled.offsetsIn(reply), [100, 219]);
  });

  it('where messages are encrypted', () => {
    using filled = new Filled(4, { encryptionKey: Buffer.alloc(32, 1) });
    assert.equal(filled.poll(0, 100).file.bytes, 0);
  });
});
