import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageHeaderBytes, requestHeaderBytes } from '../../limits.ts';
import { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { encodeRequest } from '../frame.ts';
import {
  readSendMessagesRouting,
  type SendMessagesRequest,
  sendMessages,
} from './send-messages.ts';

const request: SendMessagesRequest = {
  streamId: 'orders',
  topicId: 7,
  partitioning: { kind: 'key', key: Buffer.from('user-42') },
  messages: [
    { originTimestamp: 1n, payload: Buffer.from('first') },
    { originTimestamp: 2n, payload: Buffer.alloc(0), id: 2n ** 100n },
  ],
};

function payloadOf(changes: Partial<SendMessagesRequest> = {}): Buffer {
  return encodeRequest(sendMessages, { ...request, ...changes }).subarray(requestHeaderBytes);
}

function routingOf(hex: string) {
  return readSendMessagesRouting(new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
}

test('routing finds the index area without reading messages', () => {
  const payload = payloadOf();
  const metadataBytes = 8 + 6 + 9 + 4;
  assert.deepStrictEqual(readSendMessagesRouting(new Reader(payload)), {
    streamId: 'orders',
    topicId: 7,
    partitioning: { kind: 'key', key: payload.subarray(4 + 8 + 6 + 2, 4 + 8 + 6 + 9) },
    messagesCount: 2,
    indexesOffset: 4 + metadataBytes,
  });
  const indexes = payload.subarray(4 + metadataBytes, 4 + metadataBytes + 32);
  assert.equal(indexes.readUInt32LE(4), messageHeaderBytes + 5);
  assert.equal(indexes.readUInt32LE(20), 2 * messageHeaderBytes + 5);
});

test('routing reads payloads that lie in shared memory, at any offset', () => {
  const payload = payloadOf();
  const shared = Buffer.from(new SharedArrayBuffer(payload.length + 100));
  payload.copy(shared, 100);
  const routing = readSendMessagesRouting(new Reader(shared, 100));
  assert.equal(routing.streamId, 'orders');
  assert.equal(routing.indexesOffset, 100 + 4 + 27);
});

test('routing skips exactly the metadata, whatever stands behind its fields', () => {
  const identifiers = '0104 00000000 0104 00000000';
  const routing = routingOf(`15000000 ${identifiers} 0100 01000000 ffffff ${'00'.repeat(16)}`);
  assert.equal(routing.indexesOffset, 4 + 21);
});

test('a malformed payload has the status of its malformed part', () => {
  const identifier = '0104 00000000';
  const cases: readonly (readonly [string, number, string])[] = [
    ['000000', status.InvalidCommand, 'no room for the metadata length'],
    ['13000000 0104', status.InvalidCommand, 'metadata longer than the frame'],
    ['ffffffff 0104', status.InvalidCommand, 'metadata of 4 GiB'],
    ['00000000', status.InvalidIdentifier, 'no stream'],
    ['03000000 010300', status.InvalidIdentifier, 'a number of three bytes'],
    ['02000000 0200', status.InvalidIdentifier, 'an empty name'],
    ['03000000 0301 00', status.InvalidIdentifier, 'an unknown kind of identifier'],
    ['03000000 0201 ff', status.InvalidIdentifier, 'a name that is not UTF-8'],
    [`08000000 ${identifier} 0104 00000000`, status.InvalidIdentifier, 'half a topic'],
    [`0c000000 ${identifier} ${identifier}`, status.InvalidCommand, 'no partitioning'],
    [`0e000000 ${identifier} ${identifier} 0400`, status.InvalidCommand, 'unknown partitioning'],
    [
      `0f000000 ${identifier} ${identifier} 0101 00`,
      status.InvalidCommand,
      'balanced with a value',
    ],
    [`10000000 ${identifier} ${identifier} 0202 0000`, status.InvalidCommand, 'a short partition'],
    [`0f000000 ${identifier} ${identifier} 0302 00`, status.InvalidCommand, 'a key cut off'],
    [`0e000000 ${identifier} ${identifier} 0100`, status.InvalidCommand, 'no count'],
    [
      `12000000 ${identifier} ${identifier} 0100 00000000`,
      status.InvalidMessagesCount,
      'no messages',
    ],
    [
      `12000000 ${identifier} ${identifier} 0100 01000000 ${'00'.repeat(15)}`,
      status.InvalidCommand,
      'an index cut off',
    ],
    [
      `12000000 ${identifier} ${identifier} 0100 ffffffff ${'00'.repeat(16)}`,
      status.InvalidCommand,
      'a count that overflows',
    ],
  ];
  for (const [hex, code, what] of cases) assert.throws(() => routingOf(hex), { code }, what);
});

test('a key may be empty for the broker', () => {
  const payload = payloadOf({ partitioning: { kind: 'key', key: new Uint8Array(0) } });
  const { partitioning } = readSendMessagesRouting(new Reader(payload));
  assert.deepEqual(partitioning, { kind: 'key', key: Buffer.alloc(0) });
});

test('what the protocol cannot carry is refused before it is sent', () => {
  const big = { originTimestamp: 0n, payload: Buffer.alloc(64_000_001) };
  const headers = {
    originTimestamp: 0n,
    payload: Buffer.alloc(1),
    userHeaders: Buffer.alloc(100_001),
  };
  const id = { originTimestamp: 0n, payload: Buffer.alloc(1), id: 2n ** 128n };
  const key = Buffer.alloc(256);
  assert.throws(() => payloadOf({ messages: [big] }), { code: status.TooBigMessagePayload });
  assert.throws(() => payloadOf({ messages: [headers] }), { code: status.TooBigUserHeaders });
  assert.throws(() => payloadOf({ messages: [id] }), { code: status.InvalidFormat });
  assert.throws(() => payloadOf({ partitioning: { kind: 'key', key } }), {
    code: status.InvalidKeyValueLength,
  });
});
