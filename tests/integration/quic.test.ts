import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadQuic } from '../../src/quic/library.ts';
import { createUser } from '../../src/wire/classic/commands/create-user.ts';
import { getClients } from '../../src/wire/classic/commands/get-clients.ts';
import { getClusterMetadata } from '../../src/wire/classic/commands/get-cluster-metadata.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { getStats } from '../../src/wire/classic/commands/get-stats.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { logoutUser } from '../../src/wire/classic/commands/logout-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { controlPayloadBytesMax, quicResponseBytesMax } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { assertAnsweredAsOverTcp } from '../support/as-over-tcp.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { LossyRelay } from '../support/lossy-relay.ts';
import { peerOf, QuicClient, responseOf } from '../support/quic-client.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { decode, RawClient, rootLogin, statusOf } from '../support/raw-client.ts';
import {
  checkedMessages,
  createPlace,
  poll,
  pollRequest,
  sendFrame,
  strategy,
  texts,
  textsIn,
} from '../support/topic-kit.ts';

const MIB = 1024 * 1024;
const quic = { port: 0 };

/** A frame of any code and payload; `length` may contradict them. */
function frame(code: number, payload: Uint8Array = Buffer.alloc(0), length?: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(length ?? 4 + payload.byteLength, 0);
  head.writeUInt32LE(code, 4);
  return Buffer.concat([head, payload]);
}

async function statusOn(client: QuicClient, bytes: Uint8Array): Promise<number> {
  return statusOf(responseOf(await client.exchange(bytes)));
}

test('every golden request has the status that it has over TCP', async () => {
  await using broker = await startBroker({ quic });
  await using client = await QuicClient.connect(broker.addresses.quic);
  await assertAnsweredAsOverTcp(async (frame) => responseOf(await client.exchange(frame)));
});

test('a client is listed with its transport and address, and the node with its port', async () => {
  await using broker = await startBroker({ quic });
  await using client = await QuicClient.login(broker.addresses.quic);
  const { port } = client.endpoint.local;
  const me = await client.call(getMe, undefined);
  assert.deepEqual([me.transport, me.address], ['quic', `127.0.0.1:${port}`]);
  const [listed, ...others] = await client.call(getClients, undefined);
  assert.deepEqual([listed.clientId, listed.transport, others.length], [me.clientId, 'quic', 0]);
  const { nodes } = await client.call(getClusterMetadata, undefined);
  assert.equal(nodes[0].quicPort, peerOf(broker.addresses.quic!).port);
  assert.equal((await client.call(getStats, undefined)).clientsCount, 1);
  assert.equal(broker.statistics.connectionsCount, 1);
});

test('what one transport sends the other polls', async () => {
  await using broker = await startBroker({ quic });
  await using overQuic = await QuicClient.login(broker.addresses.quic);
  await using overTcp = await RawClient.login(broker);
  await createPlace(overQuic);
  const large = Buffer.alloc(3 * MIB, 'x').toString();
  assert.equal(await statusOn(overQuic, sendFrame(['one', large])), 0);
  assert.equal(statusOf(await overTcp.exchange(sendFrame(['two']))), 0);
  assert.deepEqual(await textsIn(overQuic, 0), ['one', large, 'two']);
  assert.deepEqual(await textsIn(overTcp, 0), ['one', large, 'two']);
});

test('a request that does not go on keeps no other one waiting', async () => {
  await using broker = await startBroker({ quic });
  await using client = await QuicClient.login(broker.addresses.quic);
  await createPlace(client);
  const whole = sendFrame(['late']);
  const { id, outcome } = client.open();
  client.write(id, whole.subarray(0, 3), false);
  assert.equal(await statusOn(client, sendFrame(['early'])), 0);
  client.write(id, whole.subarray(3, 40), false);
  assert.deepEqual(await textsIn(client, 0), ['early']);
  client.write(id, whole.subarray(40), true);
  assert.equal(statusOf(responseOf(await outcome)), 0);
  assert.deepEqual(await textsIn(client, 0), ['early', 'late']);
});

test('bad frames end their own stream alone, with the status of the protocol', async () => {
  await using broker = await startBroker({ quic });
  await using client = await QuicClient.connect(broker.addresses.quic);
  const { InvalidCommand, Unauthenticated } = status;
  assert.equal(await statusOn(client, sendFrame(['x'])), Unauthenticated);
  assert.equal(await statusOn(client, frame(getStreams.code)), Unauthenticated);
  assert.equal(await statusOn(client, frame(999_999)), InvalidCommand);
  await client.call(loginUser, rootLogin);
  const tooLarge = frame(ping.code, Buffer.alloc(0), controlPayloadBytesMax + 5);
  assert.equal(await statusOn(client, tooLarge), InvalidCommand);
  assert.equal(await statusOn(client, frame(101)), InvalidCommand);
  assert.deepEqual(await client.exchange(frame(ping.code, Buffer.alloc(0), 3)), Buffer.alloc(0));
  assert.equal(await client.exchange(sendFrame(['half']).subarray(0, 20)), 'reset');
  assert.equal(await client.exchange(Buffer.alloc(0)), 'reset');
  const behind = Buffer.concat([frame(ping.code), Buffer.alloc(100_000, 1)]);
  assert.equal(await statusOn(client, behind), 0);
  assert.equal(await statusOn(client, frame(logoutUser.code)), 0);
  assert.equal(await statusOn(client, frame(ping.code)), 0);
  assert.equal(broker.statistics.frameBytesUsed, broker.idle.frameBytesUsed);
  assert.deepEqual(broker.errors, []);
});

test('requests of many streams at once all get their own answer', async () => {
  await using broker = await startBroker({ quic });
  await using client = await QuicClient.login(broker.addresses.quic);
  await createPlace(client, 4);
  const batches = Array.from({ length: 200 }, (_, n) => [`${n}`.padEnd(1 + ((n * 37) % 9000))]);
  const answers = batches.map((batch, n) => statusOn(client, sendFrame(batch, n % 4)));
  assert.deepEqual(new Set(await Promise.all(answers)), new Set([0]));
  const stored = await Promise.all([0, 1, 2, 3].map((partition) => textsIn(client, partition)));
  assert.deepEqual(stored.flat().sort(), batches.flat().sort());
});

test('a poll that waits keeps no other request waiting, and hears of a send', async () => {
  const settings = { 'polling.max_wait': '30 s' };
  await using broker = await startBroker({ quic, settings });
  await using client = await QuicClient.login(broker.addresses.quic);
  await createPlace(client);
  await client.call(ping, { knowsExtensions: true });
  const waiting = client.exchange(
    encodeRequest(pollMessages, pollRequest({ waitMs: 30_000, strategy: strategy('offset', 0) })),
  );
  await eventually('a poll waits', () => broker.statistics.watchedCount === 1);
  assert.equal(await statusOn(client, sendFrame(['news'])), 0);
  const polled = decode(pollMessages, responseOf(await waiting));
  assert.deepEqual(texts(checkedMessages(polled)), ['news']);
});

test('a poll gives no more than clients over QUIC read, and commits no more', async () => {
  await using broker = await startBroker({ quic });
  await using client = await QuicClient.login(broker.addresses.quic);
  await createPlace(client);
  const payload = Buffer.alloc(3_300_000, 'm');
  for (let n = 0; n < 4; n++) assert.equal(await statusOn(client, sendFrame([payload])), 0);
  const request = pollRequest({ strategy: strategy('next'), autoCommit: true });
  const first = await client.request(pollMessages, request);
  assert.equal(checkedMessages(decode(pollMessages, first)).length, 3);
  assert.ok(first.payload.byteLength + 8 <= quicResponseBytesMax);
  const offset = await client.call(getConsumerOffset, request);
  assert.equal(offset?.storedOffset, 2n);
  assert.equal((await poll(client, request)).length, 1);
});

test('clients that are gone are forgotten at the idle time-out', async () => {
  const settings = { 'quic.max_idle_timeout': '300 ms', 'quic.keep_alive_interval': '100 ms' };
  await using broker = await startBroker({ quic, settings });
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => QuicClient.login(broker.addresses.quic)),
  );
  await createPlace(clients[0]);
  const half = sendFrame(['x'.repeat(100_000)]);
  for (const client of clients) client.write(client.open().id, half.subarray(0, 50_000), false);
  await eventually('frames have memory', () => broker.statistics.frameBytesUsed > 1_000_000);
  for (const client of clients) client.vanish();
  await eventually('nobody is left', () => broker.statistics.connectionsCount === 0);
  assert.equal(broker.statistics.frameBytesUsed, broker.idle.frameBytesUsed);
  await using other = await RawClient.login(broker);
  assert.equal((await other.call(getClients, undefined)).length, 1);
});

test('a connection stays while the broker asks for signs of life and gets them', async () => {
  const settings = { 'quic.max_idle_timeout': '400 ms', 'quic.keep_alive_interval': '100 ms' };
  await using broker = await startBroker({ quic, settings });
  await using client = await QuicClient.login(broker.addresses.quic);
  await sleep(1200);
  await client.call(getStreams, undefined);
});

test('one connection too many is refused, and fits when another has ended', async () => {
  const settings = { 'quic.max_connections': 2 };
  await using broker = await startBroker({ quic, settings });
  const first = await QuicClient.login(broker.addresses.quic);
  await using second = await QuicClient.login(broker.addresses.quic);
  await assert.rejects(QuicClient.connect(broker.addresses.quic), /too many connections/);
  await first[Symbol.asyncDispose]();
  await eventually('one has ended', () => broker.statistics.connectionsCount === 1);
  await using third = await QuicClient.login(broker.addresses.quic);
  await Promise.all([second.call(ping, undefined), third.call(ping, undefined)]);
});

test('who has not proved its address gets a small answer and no memory', async () => {
  await using broker = await startBroker({ quic });
  const { host, port } = peerOf(broker.addresses.quic!);
  const library = await loadQuic();
  const config = new library.Config();
  config.setApplicationProtos(['iggy']);
  const local = { host, port: 9 };
  const id = Buffer.alloc(16, 1);
  const client = library.Connection.connect('localhost', id, local, { host, port }, config);
  const initial = Buffer.alloc(1200);
  assert.equal(client.send(initial)?.[0], 1200);
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  socket.on('message', (bytes) => answers.push(bytes));
  for (let n = 0; n < 50; n++) socket.send(initial, port, host);
  await eventually('all are answered', () => answers.length === 50);
  for (const answer of answers) {
    assert.equal(library.Header.fromSlice(answer, 16).ty, 1, 'a Retry packet');
    assert.ok(answer.byteLength < 200);
  }
  assert.equal(broker.statistics.connectionsCount, 0);
  socket.close();
});

test('a version that is unknown is answered with those that are spoken', async () => {
  await using broker = await startBroker({ quic });
  const { host, port } = peerOf(broker.addresses.quic!);
  const socket = createSocket('udp4');
  const packet = Buffer.alloc(1200);
  packet[0] = 0xc0;
  packet.writeUInt32BE(0x1a2a3a4a, 1);
  packet[5] = 16;
  packet[22] = 16;
  socket.send(packet, port, host);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  assert.equal(answer.readUInt32BE(1), 0, 'a Version Negotiation packet');
  assert.ok(answer.byteLength < packet.byteLength);
  socket.close();
});

test('packets of nobody do no harm', async () => {
  const random = new SeededRandom(testSeed());
  console.log(`VELTRO_TEST_SEED=${random.seed}`);
  await using broker = await startBroker({ quic });
  const { host, port } = peerOf(broker.addresses.quic!);
  await using client = await QuicClient.login(broker.addresses.quic);
  const socket = createSocket('udp4');
  for (let n = 0; n < 500; n++) {
    const packet = Buffer.from(
      Array.from({ length: random.integer(0, 1300) }, () => random.integer(0, 255)),
    );
    await new Promise((resolve) => socket.send(packet, port, host, resolve));
  }
  await client.call(getStreams, undefined);
  assert.equal(broker.statistics.connectionsCount, 1);
  assert.deepEqual(broker.errors, []);
  socket.close();
});

test('a client that names another protocol is turned away', async () => {
  await using broker = await startBroker({ quic });
  const { host, port } = peerOf(broker.addresses.quic!);
  const library = await loadQuic();
  const config = new library.Config();
  config.setApplicationProtos(['other']);
  const socket = createSocket('udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  const local = { host, port: socket.address().port };
  const peer = { host, port };
  const client = library.Connection.connect('localhost', Buffer.alloc(16, 1), local, peer, config);
  const packet = Buffer.alloc(1500);
  const flush = () => {
    for (let sent = client.send(packet); sent !== null; sent = client.send(packet)) {
      socket.send(Buffer.from(packet.subarray(0, sent[0])), port, host);
    }
  };
  socket.on('message', (bytes) => {
    client.recv(bytes, { from: peer, to: local });
    flush();
  });
  flush();
  await eventually('it is refused', () => client.peerError() !== null);
  assert.equal(client.peerError()?.errorCode, 0x178);
  await eventually('it is forgotten', () => broker.statistics.connectionsCount === 0);
  socket.close();
});

test('nothing is lost where packets are lost, late, doubled and moved', async () => {
  const random = new SeededRandom(testSeed());
  console.log(`VELTRO_TEST_SEED=${random.seed}`);
  await using broker = await startBroker({ quic });
  const weather = { lost: 0.03, late: 0.1, doubled: 0.02, random: () => random.next() };
  await using relay = await LossyRelay.start(broker.addresses.quic!, weather);
  await using client = await QuicClient.login(relay.address, { keepAliveMs: 1000 });
  await createPlace(client, 2);
  const payload = Buffer.alloc(30_000, 'l').toString();
  for (let round = 0; round < 3; round++) {
    const sends = Array.from({ length: 20 }, (_, n) =>
      statusOn(client, sendFrame([`${round} ${n}`, payload], n % 2)),
    );
    assert.deepEqual(new Set(await Promise.all(sends)), new Set([0]));
    const polled = await Promise.all([textsIn(client, 0), textsIn(client, 1)]);
    assert.equal(polled.flat().length, 40 * (round + 1));
    relay.moveClients();
  }
  assert.ok(relay.lostCount > 0 && relay.passedCount > 0);
  await eventually('memory is back', () => broker.statistics.repliesOut === 0);
});

test('who does not read its responses holds up nobody else and is ended', async () => {
  const settings = { 'quic.write_timeout': '2 s' };
  await using broker = await startBroker({ quic, settings });
  const windowBytes = 64 * 1024;
  await using slow = await QuicClient.login(broker.addresses.quic, { windowBytes });
  await using other = await QuicClient.login(broker.addresses.quic);
  await createPlace(other);
  assert.equal(await statusOn(other, sendFrame([Buffer.alloc(4 * MIB)])), 0);
  slow.pauseReading(true);
  const request = encodeRequest(pollMessages, pollRequest());
  for (let n = 0; n < 30; n++) slow.exchange(request).catch(() => {});
  await eventually('replies wait', () => broker.statistics.repliesOut > 0);
  assert.equal((await poll(other)).length, 1);
  assert.match(await slow.ended, /does not read its responses/);
  await eventually('memory is back', () => broker.statistics.repliesOut === 0);
  assert.equal((await poll(other)).length, 1);
});

test('a stop answers what is under way and says goodbye', async () => {
  const settings = { 'polling.max_wait': '30 s' };
  await using broker = await startBroker({ quic, settings });
  await using client = await QuicClient.login(broker.addresses.quic);
  await using idle = await QuicClient.connect(broker.addresses.quic);
  await createPlace(client);
  await client.call(ping, { knowsExtensions: true });
  const waiting = client.exchange(encodeRequest(pollMessages, pollRequest({ waitMs: 30_000 })));
  await eventually('a poll waits', () => broker.statistics.watchedCount === 1);
  const half = client.open();
  client.write(half.id, sendFrame(['half']).subarray(0, 30), false);
  half.outcome.catch(() => {});
  await broker.stop();
  assert.deepEqual(checkedMessages(decode(pollMessages, responseOf(await waiting))), []);
  assert.match(await client.ended, /code 8 \(the broker is shutting down\)/);
  assert.match(await idle.ended, /code 8/);
  assert.equal(broker.statistics.connectionsCount, 0);
});

test('a client that is gone does not keep a stop from its end', async () => {
  const settings = { 'system.shutdown_timeout': '1 s' };
  await using broker = await startBroker({ quic, settings });
  const client = await QuicClient.login(broker.addresses.quic);
  await createPlace(client);
  assert.equal(await statusOn(client, sendFrame([Buffer.alloc(4 * MIB)])), 0);
  void client.exchange(encodeRequest(pollMessages, pollRequest())).catch(() => {});
  client.pauseReading(true);
  await eventually('a reply waits', () => broker.statistics.repliesOut > 0);
  client.vanish();
  await broker.stop();
  assert.equal(broker.statistics.connectionsCount, 0);
});

test('large payloads of other requests are limited for a connection', async () => {
  await using broker = await startBroker({ quic });
  await using client = await QuicClient.login(broker.addresses.quic);
  const head = frame(createUser.code, Buffer.alloc(0), 4 + controlPayloadBytesMax);
  const streams = Array.from({ length: 3 }, () => client.open());
  for (const { id } of streams) {
    client.write(id, Buffer.concat([head, Buffer.alloc(controlPayloadBytesMax - 1)]), false);
  }
  const outcomes = streams.map(({ outcome }) => outcome.catch(() => 'still open' as const));
  assert.equal(await Promise.race(outcomes), 'reset');
  await client.call(getStreams, undefined);
});
