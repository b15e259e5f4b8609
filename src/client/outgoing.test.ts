import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeMessages,
  messageFrameBytes,
  type OutgoingMessage,
  writeMessage,
} from '../wire/classic/messages.ts';
import { encodeUserHeaders } from '../wire/classic/user-headers.ts';
import { status } from '../wire/status.ts';
import { Writer } from '../wire/writer.ts';
import { outgoingMessage, partitioningOf } from './outgoing.ts';
import { ReceivedMessage } from './received-message.ts';

function receivedOf(message: OutgoingMessage): ReceivedMessage {
  const writer = new Writer(messageFrameBytes(message));
  writeMessage(writer, message);
  return new ReceivedMessage(3, decodeMessages(writer.finish(), 1)[0], async () => {});
}

test('texts become UTF-8, bytes stay, the time is now in microseconds', () => {
  const beforeMs = Date.now();
  const message = outgoingMessage({ payload: 'é' });
  assert.equal(Buffer.from(message.payload).toString('hex'), 'c3a9');
  assert.equal(message.userHeaders, undefined);
  assert.ok(message.originTimestamp >= BigInt(beforeMs) * 1000n);
  const bytes = new Uint8Array([1]);
  assert.equal(outgoingMessage({ payload: bytes, originTimestamp: 7n }).payload, bytes);
});

test('headers are the same as a record and as a map', () => {
  const record = { type: 'greeting', retries: 3, big: 2n ** 40n, raw: new Uint8Array([1]) };
  const fromRecord = outgoingMessage({ payload: '', headers: record }).userHeaders;
  const fromMap = outgoingMessage({ payload: '', headers: new Map(Object.entries(record)) });
  assert.deepEqual(fromRecord, fromMap.userHeaders);
  const { headers } = receivedOf(outgoingMessage({ payload: 'x', headers: record }));
  assert.deepEqual(Object.fromEntries(headers), { ...record, raw: Buffer.from([1]) });
});

test('keys that are no strings are shown as text', () => {
  const userHeaders = encodeUserHeaders([
    [7, 'number'],
    [new Uint8Array([0xab]), 'raw'],
  ]);
  const received = receivedOf({ originTimestamp: 0n, payload: Buffer.from('x'), userHeaders });
  assert.deepEqual(
    [...received.headers],
    [
      ['7', 'number'],
      ['ab', 'raw'],
    ],
  );
  assert.equal(received.headers, received.headers);
});

test('headers that are none are refused when they are asked for', () => {
  const userHeaders = Buffer.from([99, 1, 0, 0, 0, 1]);
  const received = receivedOf({ originTimestamp: 0n, payload: Buffer.from('x'), userHeaders });
  assert.equal(received.payload.toString(), 'x');
  assert.throws(() => received.headers, { name: 'InvalidHeaderKind' });
});

test('a header that cannot be sent is refused', () => {
  const headers = { type: '' };
  assert.throws(() => outgoingMessage({ payload: '', headers }), {
    code: status.InvalidHeaderValue,
  });
});

test('a batch has one place', () => {
  assert.deepEqual(partitioningOf({}), { kind: 'balanced' });
  assert.deepEqual(partitioningOf({ partition: 2 }), { kind: 'partition', partitionId: 2 });
  assert.deepEqual(partitioningOf({ key: 'k' }), { kind: 'key', key: Buffer.from('k') });
  assert.throws(() => partitioningOf({ key: 'k', partition: 0 }), /partition is '0'.*key/);
  assert.throws(() => partitioningOf({ key: '' }), { code: status.InvalidKeyValueLength });
  assert.throws(() => partitioningOf({ key: 'k'.repeat(256) }), /256 bytes.*1 to 255/);
});
