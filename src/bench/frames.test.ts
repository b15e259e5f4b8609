import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollMessages } from '../wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { requestHeaderBytes } from '../wire/limits.ts';
import { Reader } from '../wire/reader.ts';
import { PollFrame, prepareFrames, SendFrame } from './frames.ts';
import { fixed } from './range.ts';

const target = { stream: 'bench-stream-1', topic: 'topic-1', partition: 3 };

const request = (bytes: Buffer) => new Reader(bytes.subarray(requestHeaderBytes));

test('a frame holds the batch, and a stamp reaches every message', () => {
  const frame = new SendFrame(target, [5, 30, 1]);
  frame.stamp(1_700_000_000_123_456);
  const { messages, streamId, partitioning } = sendMessages.readRequest(request(frame.bytes));
  assert.deepEqual(
    [streamId, partitioning],
    ['bench-stream-1', { kind: 'partition', partitionId: 3 }],
  );
  assert.deepEqual(
    messages.map(({ payload, originTimestamp }) => [String(payload), originTimestamp]),
    ['abcde', 'abcdefghijklmnopqrstuvwxyzabcd', 'a'].map((text) => [text, 1_700_000_000_123_456n]),
  );
  assert.deepEqual([frame.messages, frame.payloadBytes, frame.totalBytes], [3, 36, 36 + 3 * 64]);
});

test('one frame is enough where all batches are alike, ranges get a stock of them', () => {
  const shape = { messageBytes: fixed(10), batchLength: fixed(2) };
  const mixed = { ...shape, batchLength: { min: 1, max: 9 } };
  const count = (asked: typeof mixed, least: number, share: number) =>
    prepareFrames(target, asked, { least, share }, Math.random).length;
  assert.deepEqual([count(shape, 1, 1), count(shape, 4, 1)], [1, 4]);
  assert.deepEqual([count(mixed, 1, 1), count(mixed, 64, 1)], [32, 64]);
  assert.deepEqual([count(mixed, 1, 1e-9), count(mixed, 4, 1e-9)], [1, 4]);
});

test('a poll is changed in place', () => {
  const reader = { kind: 'consumer', id: 4 } as const;
  const place = { consumer: reader, streamId: 'a', topicId: 'b', partitionId: 1 };
  const byOffset = new PollFrame(place, true);
  byOffset.offset = 5_000_000_000;
  byOffset.count = 700;
  const asked = pollMessages.readRequest(request(byOffset.bytes));
  assert.deepEqual(asked, {
    ...place,
    strategy: { kind: 'offset', value: 5_000_000_000n },
    count: 700,
    autoCommit: false,
  });
  const next = new PollFrame({ ...place, partitionId: null }, false);
  assert.equal(pollMessages.readRequest(request(next.bytes)).autoCommit, true);
  next.autoCommit = false;
  const { strategy, autoCommit } = pollMessages.readRequest(request(next.bytes));
  assert.deepEqual([strategy.kind, autoCommit], ['next', false]);
});
