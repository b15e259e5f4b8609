import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../errors.ts';
import { encodedBatch } from './batches.ts';
import { JsonBatch } from './json-batch.ts';
import { messageOf, partitioningOf, sendMessages } from './message-schemas.ts';
import { readJson } from './validation.ts';

const target = { streamId: 'dev', topicId: 7 } as const;
const now = 1_700_000_000_000_000n;
const place = '{"kind":"partition_id","value":"BwAAAA=="}';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function quickly(body: string): Buffer | undefined {
  const batch = JsonBatch.read(Buffer.from(body))?.batchFor(target, now);
  if (batch === undefined) return undefined;
  const bytes = Buffer.alloc(batch.bytes, 0xff);
  batch.writeTo(bytes);
  return bytes;
}

/** By way of the schema. */
function generally(body: string): Buffer {
  const { partitioning, messages } = readJson(sendMessages, Buffer.from(body));
  const batch = encodedBatch({
    ...target,
    partitioning: partitioningOf(partitioning),
    messages: messages.map((message) => messageOf(message, now)),
  });
  const bytes = Buffer.alloc(batch.bytes);
  batch.writeTo(bytes);
  return bytes;
}

const largest = 2n ** 128n - 1n;
const payloads = ['', 'a', 'ab', 'abc', 'x'.repeat(1000)];
const lists = [
  `[${payloads.map((text) => `{"id":0,"payload":"${base64(text)}"}`)}]`,
  `[ { "payload" : "${base64('one')}" } ,\n\t{"payload":"","id":${largest}}\r\n]`,
  `[{"id":18446744073709551617,"payload":"${base64('ü')}"}]`,
];
const places = [
  place,
  '{"kind":"balanced","value":""}',
  `{"value":"${base64('key')}","kind":"messages_key"}`,
];

test('what is read quickly is what the schema makes of it', () => {
  for (const messages of lists) {
    for (const partitioning of places) {
      for (const body of [
        `{"partitioning":${partitioning},"messages":${messages}}`,
        ` { "messages" : ${messages} , "partitioning" : ${partitioning} } `,
      ]) {
        assert.deepEqual(quickly(body), generally(body), body.slice(0, 200));
      }
    }
  }
});

const message = '{"payload":"YQ=="}';
const unusual: readonly string[] = [
  '',
  'null',
  '[]',
  '{}',
  `{"partitioning":${place}}`,
  `{"messages":[${message}]}`,
  `{"partitioning":${place},"messages":[]}`,
  `{"partitioning":${place},"messages":[{}]}`,
  `{"partitioning":${place},"messages":[${message}]`,
  `{"partitioning":${place},"messages":[${message}]}}`,
  `{"partitioning":${place},"messages":[${message},]}`,
  `{"partitioning":${place},"messages":[${message}],"more":1}`,
  `{"partitioning":${place},"partitioning":${place},"messages":[${message}]}`,
  `{"partitioning":${place},"messages":[${message}],"messages":[${message}]}`,
  `{"partitioning":{"kind":"partition_id","value":"AA=="},"messages":[${message}]}`,
  `{"partitioning":{"kind":"somewhere","value":""},"messages":[${message}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ=="`,
  `{"partitioning":${place},"messages":[{"payload":"YQ=`,
  `{"partitioning":${place},"messages":[{"payload":"YQ"}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ==","payload":"YQ=="}]}`,
  `{"partitioning":${place},"messages":[{"payload":"\\u0059Q=="}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ==","user_headers":[]}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ==","id":"1"}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ==","id":-1}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ==","id":1e3}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ==","id":01}]}`,
  `{"partitioning":${place},"messages":[{"payload":"YQ==","id":${largest + 1n}}]}`,
];

test('what has another form, or is wrong, is left to the general reader', () => {
  for (const body of unusual) assert.equal(quickly(body), undefined, body);
});

test('a payload that is no base64 is refused with its place', () => {
  for (const payload of ['Y*==', 'YQ==YQ==', 'Y Q=', 'ü==', '====']) {
    const body = `{"partitioning":${place},"messages":[${message},{"payload":"${payload}"}]}`;
    const isRefusal = (error: unknown) =>
      error instanceof ApiError &&
      error.httpStatus === 400 &&
      error.body.field === 'messages.1.payload';
    assert.throws(() => quickly(body) ?? generally(body), isRefusal, payload);
  }
});
