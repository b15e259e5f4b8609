import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  extendedRequestsByCode,
  requestsByCode,
  responsesByCode,
} from '../../../tests/support/wire-arbitraries.ts';
import { requestHeaderBytes, responseHeaderBytes } from '../limits.ts';
import { Reader } from '../reader.ts';
import { status } from '../status.ts';
import { WireError } from '../wire-error.ts';
import type { Codec } from './codec.ts';
import { createTopic } from './commands/create-topic.ts';
import { getStream } from './commands/get-stream.ts';
import { getTopic } from './commands/get-topic.ts';
import { codecs, codecsByCode } from './commands.ts';
import { encodeError, encodeRequest, encodeResponse } from './frame.ts';
import { StoredMessage } from './messages.ts';

/** Buffers and plain byte arrays of the same bytes are the same value, views are read. */
function comparable(value: unknown): unknown {
  if (value instanceof StoredMessage) {
    const { id, originTimestamp, payload, userHeaders } = value;
    return comparable({ id, originTimestamp, payload, userHeaders });
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
}

function requestPayload(codec: Codec<unknown, unknown>, request: unknown): Buffer {
  const frame = encodeRequest(codec, request);
  assert.equal(frame.readUInt32LE(0), frame.byteLength - 4);
  assert.equal(frame.readUInt32LE(4), codec.code);
  return frame.subarray(requestHeaderBytes);
}

function responsePayload(codec: Codec<unknown, unknown>, response: unknown): Buffer {
  const frame = encodeResponse(codec, response);
  assert.equal(frame.readUInt32LE(0), 0);
  assert.equal(frame.readUInt32LE(4), frame.byteLength - responseHeaderBytes);
  return frame.subarray(responseHeaderBytes);
}

test('the registry is complete, ascending and without doubles', () => {
  const codes = codecs.map((codec) => codec.code);
  assert.deepEqual(
    codes,
    [...codes].sort((left, right) => left - right),
  );
  assert.equal(codecsByCode.size, codecs.length);
  assert.equal(new Set(codecs.map((codec) => codec.name)).size, codecs.length);
  assert.deepEqual([...requestsByCode.keys()], codes);
  assert.deepEqual([...responsesByCode.keys()], codes);
});

for (const codec of codecs) {
  test(`${codec.name} requests survive a round trip`, () => {
    const requests = [requestsByCode, extendedRequestsByCode].flatMap((map) => {
      return map.get(codec.code) ?? [];
    });
    fc.assert(
      fc.property(fc.oneof(...requests), (request) => {
        const payload = requestPayload(codec, request);
        assert.deepStrictEqual(
          comparable(codec.readRequest(new Reader(payload))),
          comparable(request),
        );
      }),
    );
  });

  test(`${codec.name} responses survive a round trip`, () => {
    fc.assert(
      fc.property(responsesByCode.get(codec.code)!, (response) => {
        const payload = responsePayload(codec, response);
        assert.notEqual(payload.byteLength, 1);
        assert.deepStrictEqual(
          comparable(codec.readResponse(new Reader(payload))),
          comparable(response),
        );
      }),
    );
  });

  test(`${codec.name} makes of random bytes a value or a WireError`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expectValueOrWireError(() => codec.readRequest(new Reader(bytes)));
        expectValueOrWireError(() => codec.readResponse(new Reader(bytes)));
      }),
    );
  });

  test(`${codec.name} refuses a request that is cut off anywhere`, () => {
    fc.assert(
      fc.property(requestsByCode.get(codec.code)!, fc.nat(), (request, cut) => {
        const payload = requestPayload(codec, request);
        if (payload.byteLength === 0) return;
        const part = payload.subarray(0, cut % payload.byteLength);
        assert.throws(() => codec.readRequest(new Reader(part)), WireError);
      }),
    );
  });
}

function expectValueOrWireError(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    assert.notEqual(error.code, 0);
  }
}

test('bytes behind a complete request are ignored', () => {
  for (const codec of codecs.filter(({ name }) => name !== 'message.send')) {
    const [request] = fc.sample(requestsByCode.get(codec.code)!, { numRuns: 1, seed: 7 });
    const payload = Buffer.concat([requestPayload(codec, request), Buffer.from('0100', 'hex')]);
    assert.deepStrictEqual(comparable(codec.readRequest(new Reader(payload))), comparable(request));
  }
});

test('missing resources are empty payloads', () => {
  assert.equal(encodeResponse(getStream, null).toString('hex'), '0000000000000000');
  assert.equal(getTopic.readResponse(new Reader(new Uint8Array(0))), null);
});

test('counts that contradict their lists are refused on both ways', () => {
  const topic = {
    id: 0,
    createdAt: 1n,
    partitionsCount: 1,
    messageExpiryMicros: 0n,
    compressionAlgorithm: 1,
    maxSizeBytes: 0n,
    replicationFactor: 1,
    sizeBytes: 0n,
    messagesCount: 0n,
    name: 'events',
  };
  assert.throws(() => encodeResponse(createTopic, { ...topic, partitions: [] }), WireError);
  const payload = encodeResponse(createTopic, { ...topic, partitionsCount: 0, partitions: [] });
  payload.writeUInt32LE(1, responseHeaderBytes + 12);
  const reader = new Reader(payload, responseHeaderBytes);
  assert.throws(() => createTopic.readResponse(reader), { code: status.InvalidFormat });
});

test('an error is a frame without a payload', () => {
  assert.equal(encodeError(status.StreamIdNotFound).toString('hex'), 'f103000000000000');
});
