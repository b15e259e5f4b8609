import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createLogger } from '../../src/broker/logger.ts';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { controlPayloadBytesMax, frameBytesDefault } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { receiveSettings, startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom } from '../support/random.ts';
import { decode, RawClient, statusOf } from '../support/raw-client.ts';
import { SteadyTraffic } from '../support/steady-traffic.ts';
import {
  checkedMessages,
  createPlace,
  place,
  poll,
  pollFrame,
  sendFrame,
  strategy,
  topicRequest,
} from '../support/topic-kit.ts';

const UNKNOWN_CODE = 999;
const MIB = 1024 * 1024;
const PARTITIONS = 300;
const EMPTY_OK = { status: 0, payload: Buffer.alloc(0) };

type Way = (typeof receiveSettings)['auto' | 'tls'];

/** A test that is run with plain connections and again with TLS. */
function testBoth(name: string, run: (way: Way) => Promise<void>): void {
  for (const way of ['auto', 'tls'] as const) {
    test(`${name} (${way})`, () => run(receiveSettings[way]));
  }
}

/** A header that announces so many bytes of payload. */
function header(code: number, payloadBytes: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(payloadBytes + 4, 0);
  bytes.writeUInt32LE(code, 4);
  return bytes;
}

async function steadyBeside(broker: TestBroker, action: () => Promise<void>): Promise<void> {
  await using client = await RawClient.login(broker);
  const traffic = await SteadyTraffic.start(client, new SeededRandom(1), 'steady');
  try {
    await action();
  } finally {
    await traffic.stop();
  }
}

async function assertNothingLeft(broker: TestBroker): Promise<void> {
  await eventually('nothing is left of the connections that are gone', () =>
    isDeepStrictEqual(broker.statistics, broker.idle),
  );
  assert.deepEqual(broker.errors, []);
}

testBoth('a frame that is impossibly long is refused, then the connection ends', async (way) => {
  await using broker = await startBroker({ settings: way });
  const huge = 2 ** 32 - 5;
  const rows: [code: number, payloadBytes: number, expected: number][] = [
    [ping.code, huge, status.InvalidCommand],
    [pollMessages.code, huge, status.InvalidCommand],
    [loginUser.code, huge, status.InvalidCommand],
    [UNKNOWN_CODE, huge, status.InvalidCommand],
    [createStream.code, controlPayloadBytesMax + 1, status.InvalidCommand],
    [sendMessages.code, huge, status.TooBigMessagePayload],
    [sendMessages.code, frameBytesDefault + 1, status.TooBigMessagePayload],
  ];
  await steadyBeside(broker, async () => {
    for (const [code, payloadBytes, expected] of rows) {
      for (const client of [await RawClient.connect(broker), await RawClient.login(broker)]) {
        const answer = await client.exchange(header(code, payloadBytes));
        assert.equal(statusOf(answer), expected, `code ${code}, ${payloadBytes} bytes`);
        await client.closed();
      }
    }
  });
  await assertNothingLeft(broker);
});

testBoth(
  'whoever goes on sending an impossible frame can still read what is wrong with it',
  async (way) => {
    await using broker = await startBroker({ settings: way });
    const rest = Buffer.alloc(3 * MIB, 0x77);
    for (const code of [sendMessages.code, pollMessages.code]) {
      await using client = await RawClient.login(broker);
      client.socket.pause();
      await client.write(header(code, 2 ** 32 - 5));
      for (let round = 0; round < 5; round++) await client.write(rest);
      client.socket.resume();
      const isSend = code === sendMessages.code;
      const expected = isSend ? status.TooBigMessagePayload : status.InvalidCommand;
      assert.equal(statusOf(await client.next()), expected);
      await client.closed();
    }
    await assertNothingLeft(broker);
  },
);

testBoth('a client that never ends after an impossible frame is cut', async (way) => {
  await using broker = await startBroker({ settings: way });
  await using client = await RawClient.login(broker);
  client.socket.allowHalfOpen = true;
  client.socket.write(header(sendMessages.code, 2 ** 32 - 5));
  assert.equal(statusOf(await client.next()), status.TooBigMessagePayload);
  await assertNothingLeft(broker);
});

test('a stop does not wait for a client that never ends after an impossible frame', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level: 'warn', format: 'json', destination });
  await using broker = await startBroker({ logger });
  await using client = await RawClient.login(broker);
  client.socket.allowHalfOpen = true;
  client.socket.write(header(sendMessages.code, 2 ** 32 - 5));
  assert.equal(statusOf(await client.next()), status.TooBigMessagePayload);
  await broker.stop();
  assert.deepEqual(lines, []);
});

test('a control payload of 10 MiB is read, before login only a small one', async () => {
  await using broker = await startBroker();
  const frame = Buffer.concat([
    header(ping.code, controlPayloadBytesMax),
    Buffer.alloc(controlPayloadBytesMax),
  ]);
  await using client = await RawClient.login(broker);
  assert.deepEqual(await client.exchange(frame), EMPTY_OK);
  await using stranger = await RawClient.connect(broker);
  assert.equal(statusOf(await stranger.exchange(frame)), status.InvalidCommand);
  const large = Buffer.alloc(100_000);
  const rows = [
    [loginUser.code, status.InvalidCommand],
    [UNKNOWN_CODE, status.InvalidCommand],
    [getStreams.code, status.Unauthenticated],
    [pollMessages.code, status.Unauthenticated],
  ];
  for (const [code, expected] of rows) {
    const bytes = Buffer.concat([header(code, large.byteLength), large]);
    assert.equal(statusOf(await stranger.exchange(bytes)), expected);
  }
  assert.deepEqual(await stranger.exchange(encodeRequest(ping, undefined)), EMPTY_OK);
});

test('a huge batch before login is dropped while it arrives and takes no memory', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const payloadBytes = 30 * MIB;
  client.socket.write(header(sendMessages.code, payloadBytes));
  const piece = Buffer.alloc(MIB, 0x55);
  for (let sent = 0; sent < payloadBytes; sent += piece.byteLength) {
    await client.write(piece);
    assert.equal(broker.statistics.frameBytesUsed, broker.idle.frameBytesUsed);
  }
  assert.equal(statusOf(await client.next()), status.Unauthenticated);
  assert.deepEqual(await client.exchange(encodeRequest(ping, undefined)), EMPTY_OK);
});

testBoth(
  'frames that never become complete are given up, slow and idle clients are not',
  async (way) => {
    await using broker = await startBroker({ settings: { ...way, 'tcp.frame_timeout': '500 ms' } });
    await using idle = await RawClient.login(broker);
    await createPlace(idle);
    const batch = Buffer.from(sendFrame([Buffer.alloc(50_000)]));
    const beginnings = [
      batch.subarray(0, 3),
      batch.subarray(0, 8),
      batch.subarray(0, 40_000),
      header(createStream.code, 100),
      Buffer.concat([encodeRequest(ping, undefined), header(createStream.code, 100)]),
    ];
    const stuck = await Promise.all(
      beginnings.map(async (bytes) => {
        const client = await RawClient.login(broker);
        client.socket.write(bytes);
        return client;
      }),
    );
    const stranger = await RawClient.connect(broker);
    stranger.socket.write(batch.subarray(0, 40_000));
    await using busy = await RawClient.login(broker);
    busy.socket.write(batch.subarray(0, 20_000));
    let sent = 0;
    // Whenever anybody looks, the busy client is inside a frame, but never inside one for long.
    while ([...stuck, stranger].some((client) => !client.isClosed)) {
      busy.socket.write(Buffer.concat([batch.subarray(20_000), batch.subarray(0, 20_000)]));
      assert.deepEqual(await busy.next(), EMPTY_OK);
      sent++;
      await delay(20);
    }
    busy.socket.write(batch.subarray(20_000));
    assert.deepEqual(await busy.next(), EMPTY_OK);
    sent++;
    assert.deepEqual(await idle.exchange(encodeRequest(ping, undefined)), EMPTY_OK);
    assert.equal((await idle.call(getTopic, place))?.messagesCount, BigInt(sent));
  },
);

testBoth('a client that takes no answers is cut, the others go on', async (way) => {
  const settings = { ...way, 'tcp.write_timeout': '500 ms', 'system.memory_pool.size': '256 MiB' };
  await using broker = await startBroker({ threads: 1, settings });
  await using client = await RawClient.login(broker);
  await createPlace(client);
  const payload = Buffer.alloc(2 * MIB, 0x61);
  for (let index = 0; index < 40; index++) {
    assert.deepEqual(await client.exchange(sendFrame([payload])), EMPTY_OK);
  }
  const slow = await RawClient.login(broker);
  slow.socket.pause();
  const polls = Array.from({ length: 500 }, (_, index) => pollFrame(0, index % 40, 8));
  slow.socket.write(Buffer.concat(polls));
  await eventually('the slow client was cut', async () => {
    for (const offset of [0, 20, 39]) {
      const [message] = await poll(client, { strategy: strategy('offset', offset), count: 1 });
      assert.ok(message.payload.equals(payload));
    }
    return broker.statistics.connectionsCount === 1;
  });
  await eventually('its answers gave their memory back', () => broker.statistics.repliesOut === 0);
  slow.destroy();
  assert.deepEqual(broker.errors, []);
});

testBoth('requests are not read while their answers pile up', async (way) => {
  const settings = { ...way, 'tcp.max_response_bytes_in_flight': '1 MiB' };
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  await client.call(createTopic, topicRequest('orders', 'events', PARTITIONS));
  await using slow = await RawClient.login(broker);
  slow.socket.pause();
  const request = encodeRequest(getTopic, place);
  const padding = Buffer.alloc(20_000);
  const payload = Buffer.concat([request.subarray(8), padding]);
  const frame = Buffer.concat([header(getTopic.code, payload.byteLength), payload]);
  const count = 2000;
  const isWritten = slow.write(Buffer.concat(Array.from({ length: count }, () => frame)));
  for (let index = 0; index < 500; index++) {
    assert.deepEqual(await client.exchange(encodeRequest(ping, undefined)), EMPTY_OK);
  }
  assert.ok(slow.socket.writableLength > 0, 'everything was read, though nothing was taken');
  slow.socket.resume();
  for (const response of await slow.take(count)) {
    assert.equal(decode(getTopic, response)?.partitions.length, PARTITIONS);
  }
  await isWritten;
});

test('a connection above the limit is closed at once, and its place is free again later', async () => {
  await using broker = await startBroker({ settings: { 'tcp.max_connections': 3 } });
  const clients = [
    await RawClient.login(broker),
    await RawClient.connect(broker),
    await RawClient.login(broker),
  ];
  for (let index = 0; index < 10; index++) {
    await using extra = await RawClient.connect(broker);
    await extra.closed();
  }
  for (const client of clients) {
    assert.deepEqual(await client.exchange(encodeRequest(ping, undefined)), EMPTY_OK);
  }
  clients.shift()!.destroy();
  await eventually('a place is free', () => broker.statistics.connectionsCount === 2);
  await using next = await RawClient.login(broker);
  assert.deepEqual(await next.call(getStreams, undefined), []);
  for (const client of clients) client.destroy();
});

testBoth(
  'polls of one connection wait when their answers would be too large together',
  async (way) => {
    const settings = { ...way, 'tcp.max_response_bytes_in_flight': '1 MiB' };
    await using broker = await startBroker({ settings });
    await using client = await RawClient.login(broker);
    await createPlace(client, 2);
    const payload = Buffer.alloc(MIB, 0x62);
    for (const partition of [0, 1]) {
      for (let index = 0; index < 4; index++)
        await client.exchange(sendFrame([payload], partition));
    }
    const polls = Array.from({ length: 200 }, (_, index) => pollFrame(index % 2, index % 4, 4));
    client.socket.write(Buffer.concat(polls));
    for (const [index, response] of (await client.take(polls.length)).entries()) {
      const messages = checkedMessages(decode(pollMessages, response));
      assert.equal(messages.length, 4 - (index % 4));
    }
  },
);
