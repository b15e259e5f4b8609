import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xxh3 } from '@node-rs/xxhash';
import { messageHeaderBytes } from '../limits.ts';
import { status } from '../status.ts';
import { Writer } from '../writer.ts';
import {
  decodeMessages,
  messageFrameBytes,
  type OutgoingMessage,
  writeMessage,
} from './messages.ts';

const golden = Buffer.from(
  'effb891eeefa8968efcdab8967452301efcdab8967452301000000000000000020e12518240a0600' +
    '00401e18240a06000000000001000000000000000000000061',
  'hex',
);

function frameOf(message: OutgoingMessage): Buffer {
  const writer = new Writer();
  writeMessage(writer, message);
  assert.equal(writer.length, messageFrameBytes(message));
  return writer.finish();
}

test('the message of the protocol carries the checksum of its bytes', () => {
  const [message] = decodeMessages(golden, 1);
  assert.equal(message.checksum, xxh3.xxh64(golden.subarray(8)));
  assert.equal(message.id, 0x0123456789abcdef0123456789abcdefn);
  assert.equal(message.timestamp, 1_700_000_000_500_000n);
});

test('the payload comes before the user headers', () => {
  const frame = frameOf({
    originTimestamp: 5n,
    payload: Buffer.from('payload'),
    userHeaders: Buffer.from('head'),
  });
  assert.equal(frame.subarray(messageHeaderBytes).toString(), 'payloadhead');
  const [message] = decodeMessages(frame, 1);
  assert.equal(message.payload.toString(), 'payload');
  assert.equal(message.userHeaders.toString(), 'head');
  assert.equal(message.originTimestamp, 5n);
  assert.equal(message.id, 0n);
});

test('payloads are views of the frames', () => {
  const frames = Buffer.concat([golden, golden]);
  const [, second] = decodeMessages(frames, 2);
  frames[frames.length - 1] = 0x7a;
  assert.equal(second.payload.toString(), 'z');
});

test('frames that do not fit their buffer exactly are refused', () => {
  const code = status.InvalidMessagesSize;
  assert.throws(() => decodeMessages(golden, 2), { code });
  assert.throws(() => decodeMessages(golden, 0), { code });
  assert.throws(() => decodeMessages(golden.subarray(0, 64), 1), { code });
  assert.throws(() => decodeMessages(golden.subarray(0, 63), 1), { code });
  assert.deepEqual(decodeMessages(new Uint8Array(0), 0), []);
});
