import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { startBroker } from '../support/broker.ts';
import { base64, batchBody, type HttpCaller } from '../support/http-caller.ts';
import { isIdle, topic, waits, withTopic } from '../support/http-kit.ts';

const messages = `${topic}/messages`;
const http = { port: 0 };

interface Polled {
  readonly partition_id: number;
  readonly current_offset: number;
  readonly count: number;
  readonly messages: readonly PolledMessage[];
}

interface PolledMessage {
  readonly header: Readonly<Record<string, number | bigint>>;
  readonly payload: string;
  readonly text?: string;
  readonly user_headers: unknown;
}

async function poll(caller: HttpCaller, query = ''): Promise<Polled> {
  const { status, json, text } = await caller.get(`${messages}?count=1000&${query}`);
  assert.equal(status, 200, text);
  return json as Polled;
}

function payloadsOf({ messages: polled }: Polled): string[] {
  return polled.map(({ payload }) => Buffer.from(payload, 'base64').toString());
}

const raw = { headers: { 'content-type': 'application/octet-stream' } };
const lines = { headers: { 'content-type': 'application/x-ndjson' } };

test('what is sent over HTTP is read over HTTP and TCP, and the other way round', async () => {
  await using broker = await startBroker({ http });
  const root = await withTopic(broker);
  await using client = await connect(broker.url);
  const headers = [
    { key: { kind: 'string', value: base64('key') }, value: { kind: 'uint32', value: 'AQAAAA==' } },
  ];
  const largest = 2n ** 128n - 1n;
  const body = `{"partitioning":{"kind":"partition_id","value":"AAAAAA=="},"messages":[
    {"id":${largest},"payload":"${base64('one')}","user_headers":${JSON.stringify(headers)}},
    {"id":"0195e0a0-0000-7000-8000-00000000000f","payload":"${base64('two')}"},
    {"id":"18446744073709551617","payload":"${base64('three')}","user_headers":null}]}`;
  const before = BigInt(Date.now()) * 1000n;
  const { status, text } = await root.post(messages, body);
  assert.deepEqual([status, text], [201, '']);
  const byTcp = await client.messages.poll('dev', 'events', { partition: 0 });
  assert.deepEqual(
    byTcp.messages.map((message) => message.payload.toString()),
    ['one', 'two', 'three'],
  );
  await client.messages.send('dev', 'events', [{ payload: 'four' }], { partition: 0 });
  const polled = await poll(root);
  assert.deepEqual(payloadsOf(polled), ['one', 'two', 'three', 'four']);
  assert.deepEqual([polled.partition_id, polled.current_offset, polled.count], [0, 3, 4]);
  const [first, second, third] = polled.messages;
  assert.deepEqual(first.user_headers, headers);
  assert.deepEqual(second.user_headers, []);
  assert.equal(first.header.id, largest);
  assert.equal(second.header.id, 0x0195e0a0_0000_7000_8000_00000000000fn);
  assert.equal(third.header.id, 2n ** 64n + 1n);
  assert.deepEqual([third.header.offset, third.header.reserved], [2, 0]);
  assert.deepEqual([first.header.payload_length, first.header.user_headers_length], [3, 17]);
  assert.ok(BigInt(first.header.origin_timestamp) >= before);
  assert.ok(BigInt(first.header.timestamp) >= before);
  assert.equal(typeof first.header.checksum, 'bigint');
});

test('polls begin where they are told, and store the offset when they are told', async () => {
  await using broker = await startBroker({ http });
  const root = await withTopic(broker);
  await root.post(messages, batchBody('a', 'b', 'c', 'd'));
  assert.deepEqual(payloadsOf(await poll(root, 'kind=offset&value=2')), ['c', 'd']);
  assert.deepEqual(payloadsOf(await poll(root, 'kind=l&count=1')), ['d']);
  assert.deepEqual(payloadsOf(await poll(root, 'kind=timestamp&value=18446744073709551615')), []);
  const next = 'kind=next&consumer_id=me&count=3&auto_commit=true';
  assert.deepEqual(payloadsOf(await poll(root, next)), ['a', 'b', 'c']);
  assert.deepEqual(payloadsOf(await poll(root, next)), ['d']);
  assert.deepEqual(payloadsOf(await poll(root, 'partition_id=1')), []);
});

test('a batch that cannot be is refused with what is wrong', async () => {
  await using broker = await startBroker({ http });
  const root = await withTopic(broker);
  const good = batchBody('a');
  const field = (value: string) => ({ kind: 'uint32', value });
  for (const [body, code, field_] of [
    [{ ...good, messages: [] }, 400, 'messages'],
    [{ ...good, unknown: 1 }, 422, 'unknown'],
    [{ ...good, partitioning: { kind: 'partition_id', value: '' } }, 400, 'partitioning'],
    [{ ...good, partitioning: { kind: 'messages_key', value: '' } }, 400, 'partitioning'],
    [{ ...good, messages: [{ payload: 'no base64!' }] }, 400, 'messages.0.payload'],
    [{ ...good, messages: [{ payload: 'YQ' }] }, 400, 'messages.0.payload'],
    [{ ...good, messages: [{}] }, 422, 'messages.0.payload'],
    [{ ...good, messages: [{ id: 'x', payload: '' }] }, 422, 'messages.0.id'],
    [{ ...good, messages: [{ id: -1, payload: '' }] }, 422, 'messages.0.id'],
    [
      {
        ...good,
        messages: [{ payload: '', user_headers: [{ key: field(''), value: field('') }] }],
      },
      400,
      'user_headers',
    ],
  ] as const) {
    const { status, json, text } = await root.post(messages, body);
    assert.deepEqual([status, (json as { field: unknown }).field], [code, field_], text);
  }
  const missing = await root.post(messages, {
    ...good,
    partitioning: { kind: 'partition_id', value: 'CQAAAA==' },
  });
  assert.deepEqual([missing.status, (missing.json as { id: number }).id], [404, 3007]);
  assert.equal((await poll(root)).count, 0);
});

test('bytes and lines are sent and read by whoever has only curl', async () => {
  await using broker = await startBroker({ http });
  const root = await withTopic(broker);
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  assert.equal((await root.post(`${messages}?partition_id=0`, bytes, raw)).status, 201);
  const body = `{"text":"grüß"}\r\n\n{"payload":"${base64('two')}","id":5}\n{"text":""}`;
  assert.equal((await root.post(`${messages}?partition_id=0`, body, lines)).status, 201);
  const asText = { headers: { accept: 'application/x-ndjson' } };
  const answer = await root.get(`${messages}?payload=text`, asText);
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
  const read = answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PolledMessage);
  assert.deepEqual(
    read.slice(1).map(({ text }) => text),
    ['grüß', 'two', ''],
  );
  const inBase64 = await root.get(messages, asText);
  const [first] = inBase64.text.split('\n');
  assert.deepEqual(Buffer.from((JSON.parse(first) as PolledMessage).payload, 'base64'), bytes);
  for (const [bad, code] of [
    ['', 400],
    ['\n\n', 400],
    ['{"text":"a"}\n{"text"', 400],
    ['{"text":"a"}\n{"id":7}', 422],
    ['{"text":7}', 422],
  ] as const) {
    const { status, text } = await root.post(`${messages}?partition_id=0`, bad, lines);
    assert.equal(status, code, `${bad}: ${text}`);
  }
  const both = await root.post(`${messages}?partition_id=0&messages_key=a`, 'x', raw);
  assert.equal(both.status, 400);
  assert.equal((await poll(root)).count, 4);
});

test('a key in the query is measured in bytes of UTF-8, not in characters', async () => {
  await using broker = await startBroker({ http });
  const root = await withTopic(broker);
  const sendBy = (key: string) =>
    root.post(`${messages}?messages_key=${encodeURIComponent(key)}`, 'x', raw);
  assert.equal((await sendBy('é'.repeat(127))).status, 201);
  for (const key of ['', 'é'.repeat(128)]) {
    const { status, text } = await sendBy(key);
    assert.equal(status, 400, text);
    assert.equal(JSON.parse(text).field, 'messages_key');
  }
});

test('a key chooses the partition as it does over TCP', async () => {
  await using broker = await startBroker({ http });
  const root = await withTopic(broker);
  await using client = await connect(broker.url);
  for (const key of ['a', 'b', 'user-1', 'user-2']) {
    await root.post(`${messages}?messages_key=${key}`, `raw ${key}`, raw);
    const partitioning = { kind: 'messages_key', value: base64(key) };
    await root.post(messages, { partitioning, messages: [{ payload: base64(`json ${key}`) }] });
    await client.messages.send('dev', 'events', [{ payload: `tcp ${key}` }], { key });
  }
  const inPartition = await Promise.all([0, 1].map((id) => poll(root, `partition_id=${id}`)));
  for (const payloads of inPartition.map(payloadsOf)) {
    const keysOf = (way: string) =>
      payloads.filter((text) => text.startsWith(way)).map((text) => text.split(' ')[1]);
    assert.ok(payloads.length > 0 && payloads.length < 12);
    assert.deepEqual(keysOf('raw'), keysOf('tcp'));
    assert.deepEqual(keysOf('json'), keysOf('tcp'));
  }
});

test('a poll waits for messages as long as it may', async () => {
  await using broker = await startBroker({ http, settings: { 'polling.max_wait': '1 m' } });
  const root = await withTopic(broker);
  const held = poll(root, 'wait=60000');
  await waits(broker);
  await root.post(`${messages}?partition_id=0`, 'late', raw);
  assert.deepEqual(payloadsOf(await held), ['late']);
  assert.deepEqual(payloadsOf(await poll(root, 'kind=offset&value=1&wait=1')), []);
  const controller = new AbortController();
  const given = root.get(`${messages}?kind=offset&value=1&wait=60000`, {
    signal: controller.signal,
  });
  await waits(broker);
  controller.abort();
  await assert.rejects(given);
  await waits(broker, 0);
  const last = poll(root, 'kind=offset&value=1&wait=60000');
  await waits(broker);
  await broker.stop();
  assert.equal((await last).count, 0);
});

test('large batches pass both ways, and nothing stays in shared memory', async () => {
  const settings = { 'http.max_request_size': '32 MiB' };
  for (const engine of ['auto', 'node']) {
    await using broker = await startBroker({
      http,
      settings: { ...settings, 'http.engine': engine },
    });
    const root = await withTopic(broker);
    const payload = Buffer.alloc(9_000_000, 'veltro ');
    assert.equal((await root.post(`${messages}?partition_id=0`, payload, raw)).status, 201);
    const polled = await poll(root);
    assert.ok(Buffer.from(polled.messages[0].payload, 'base64').equals(payload));
    await isIdle(broker);
  }
});

test('many callers at once are all answered', async () => {
  await using broker = await startBroker({ http });
  const root = await withTopic(broker);
  const sends = Array.from({ length: 2000 }, (_, number) =>
    root.post(`${messages}?partition_id=${number % 2}`, String(number), raw),
  );
  const statuses = new Set((await Promise.all(sends)).map(({ status }) => status));
  assert.deepEqual([...statuses], [201]);
  const [even, odd] = await Promise.all([0, 1].map((id) => poll(root, `partition_id=${id}`)));
  assert.deepEqual([even.count, odd.count], [1000, 1000]);
});
