import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage, type RequestOptions } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { connect } from '../../src/client/client.ts';
import { getClients } from '../../src/wire/classic/commands/get-clients.ts';
import { getClusterMetadata } from '../../src/wire/classic/commands/get-cluster-metadata.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { frameBytesDefault, webSocketSentBytesMax } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { assertAnsweredAsOverTcp } from '../support/as-over-tcp.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { rootLogin, statusOf } from '../support/raw-client.ts';
import { createPlace, poll, pollRequest, sendFrame, texts } from '../support/topic-kit.ts';
import { WebSocketClient } from '../support/web-socket.ts';

const websocket = { port: 0 };
const MIB = 1024 * 1024;
const pingFrame = Buffer.from(encodeRequest(ping, undefined));

/** The ways that bytes come in by. */
const ways = {
  direct: { 'tcp.receive': 'auto' },
  copy: { 'tcp.receive': 'copy' },
} as const;

function urlOf({ addresses }: TestBroker): string {
  return `iggy+ws://iggy:iggy@${addresses.websocket}`;
}

/** A connection that has become a WebSocket, for bytes of the test's own. */
async function rawSocket({ addresses }: TestBroker, early = Buffer.alloc(0)): Promise<Socket> {
  const [host, port] = addresses.websocket!.split(':');
  const socket = createConnection({ host, port: Number(port) }).on('error', () => {});
  const head =
    'GET /x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n';
  socket.write(Buffer.concat([Buffer.from(head), early]));
  let received = '';
  while (!received.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    received += chunk.toString('latin1');
  }
  assert.match(received, /^HTTP\/1\.1 101 .*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/s);
  const end = received.indexOf('\r\n\r\n') + 4;
  if (received.length > end) socket.unshift(Buffer.from(received.slice(end), 'latin1'));
  return socket;
}

/** A frame of a client, masked unless its key is 0. */
function frame(first: number, payload: Uint8Array, key = 0x01020304): Buffer {
  const length =
    payload.byteLength < 126
      ? Buffer.from([0x80 | payload.byteLength])
      : Buffer.from([0xfe, payload.byteLength >> 8, payload.byteLength & 0xff]);
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(key);
  const masked = Buffer.from(payload).map((byte, i) => byte ^ mask[i % 4]);
  return Buffer.concat([Buffer.from([first]), length, mask, masked]);
}

/** All bytes until the broker ends the connection. */
async function rest(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The code in the close frame that bytes end with, whose head begins at an offset. */
function closeCodeOf(bytes: Buffer, offset = 0): number {
  assert.equal(bytes[offset], 0x88, bytes.toString('hex'));
  return bytes.readUInt16BE(offset + 2);
}

test('every golden request has the status that it has over TCP', async () => {
  await using broker = await startBroker({ websocket });
  await using client = await WebSocketClient.connect(broker.addresses.websocket);
  await assertAnsweredAsOverTcp((frame) => client.exchange(frame));
});

test('a client is listed with its transport and address, and the node with its port', async () => {
  await using broker = await startBroker({ websocket });
  await using client = await WebSocketClient.login(broker.addresses.websocket);
  const me = await client.call(getMe, undefined);
  const { localPort } = (client.socket as unknown as { _socket: Socket })._socket;
  assert.deepEqual([me.transport, me.address], ['websocket', `127.0.0.1:${localPort}`]);
  const [listed] = await client.call(getClients, undefined);
  assert.equal(listed.transport, 'websocket');
  assert.equal(broker.statistics.connectionsCount, 1);
  const { nodes } = await client.call(getClusterMetadata, undefined);
  assert.equal(nodes[0].websocketPort, Number(broker.addresses.websocket?.split(':')[1]));
});

for (const [way, settings] of Object.entries(ways)) {
  test(`however requests are cut into frames and packets, they arrive (${way})`, async () => {
    const random = new SeededRandom(testSeed());
    await using broker = await startBroker({ websocket, settings });
    await using setup = await WebSocketClient.login(broker.addresses.websocket);
    await createPlace(setup);
    const payloads = Array.from({ length: 300 }, (_, i) =>
      `${i}`.padEnd(random.integer(0, 1999), '.'),
    );
    const requests = Buffer.concat([
      encodeRequest(loginUser, rootLogin),
      ...payloads.map((payload) => sendFrame([payload])),
    ]);
    let stream = Buffer.alloc(0);
    for (let at = 0; at < requests.byteLength; ) {
      const part = requests.subarray(at, at + 1 + random.integer(0, 2999));
      at += part.byteLength;
      const isLast = at >= requests.byteLength;
      const first = (stream.byteLength === 0 ? 0x02 : 0x00) | (isLast ? 0x80 : 0);
      const key = random.integer(0, 1) === 0 ? 0 : random.integer(1, 2 ** 31);
      const pings = random.integer(0, 9) === 0 ? [frame(0x89, Buffer.from('ping'))] : [];
      stream = Buffer.concat([stream, ...pings, frame(first, part, key)]);
    }
    const socket = await rawSocket(broker);
    stream = Buffer.concat([stream, frame(0x88, Buffer.alloc(0))]);
    const received = rest(socket);
    for (let at = 0; at < stream.byteLength; ) {
      const piece = stream.subarray(at, at + 1 + random.integer(0, 4999));
      at += piece.byteLength;
      socket.write(piece);
      if (random.integer(0, 4) === 0) await sleep(1);
    }
    // All is answered before the broker says goodbye as well.
    assert.equal(closeCodeOf((await received).subarray(-4)), 1000);
    assert.ok(isDeepStrictEqual(texts(await poll(setup)), payloads), 'messages are not the same');
  });
}

test('large messages go in and out whole, split into messages that clients take', async () => {
  await using broker = await startBroker({ websocket });
  await using client = await WebSocketClient.login(broker.addresses.websocket);
  await createPlace(client);
  const large = Buffer.alloc(40 * MIB, 'abcdefghijk');
  assert.equal((await client.exchange(sendFrame([large]))).status, 0);
  client.messages.length = 0;
  const [{ payload }] = await poll(client, { count: 1 });
  assert.ok(payload.equals(large));
  assert.equal(client.messages.length, 3);
  assert.equal(Math.max(...client.messages), webSocketSentBytesMax);
});

test('text is ignored, pings are answered, and a close is answered with its code', async () => {
  await using broker = await startBroker({ websocket });
  await using client = await WebSocketClient.connect(broker.addresses.websocket, '/any?path=1');
  client.socket.send('not a request');
  client.socket.send(pingFrame.subarray(0, 5));
  client.socket.ping('hello');
  assert.equal(String((await once(client.socket, 'pong'))[0]), 'hello');
  client.socket.send(pingFrame.subarray(5));
  assert.equal((await client.next()).status, 0);
  client.socket.send(pingFrame);
  client.socket.close(4321, 'done');
  assert.equal((await client.next()).status, 0);
  assert.equal((await client.closed).code, 4321);
  await eventually('it is forgotten', () => broker.statistics.connectionsCount === 0);
});

test('what breaks the rules of WebSocket ends the connection with a code', async () => {
  const settings = { 'websocket.max_message_size': '1 MiB', 'websocket.max_frame_size': '64 KiB' };
  await using broker = await startBroker({ websocket, settings });
  const unmasked = Buffer.concat([Buffer.from([0x82, pingFrame.byteLength]), pingFrame]);
  const tooLong = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
  const huge = Buffer.from([0x82, 0xff, ...Array(8).fill(0xff), 0, 0, 0, 0]);
  const rows: [string, Buffer, number][] = [
    ['a frame is not masked', unmasked, 1002],
    ['a reserved bit', frame(0xc2, pingFrame), 1002],
    ['an unknown kind', frame(0x83, pingFrame), 1002],
    ['an unknown control frame', frame(0x8b, pingFrame), 1002],
    ['a control frame in parts', frame(0x09, Buffer.alloc(1)), 1002],
    ['a large control frame', frame(0x89, Buffer.alloc(126)), 1002],
    ['half a close code', frame(0x88, Buffer.alloc(1)), 1002],
    ['nothing to continue', frame(0x80, pingFrame), 1002],
    [
      'a message in a message',
      Buffer.concat([frame(0x02, Buffer.alloc(3)), frame(0x82, pingFrame)]),
      1002,
    ],
    ['a large frame', tooLong, 1009],
    ['the largest frame of all', huge, 1009],
  ];
  for (const [what, bytes, code] of rows) {
    const socket = await rawSocket(broker);
    // What was asked before is answered first, and what comes behind does not matter.
    socket.end(Buffer.concat([frame(0x82, pingFrame), bytes, frame(0x82, pingFrame)]));
    const received = await rest(socket);
    assert.equal(received.subarray(0, 2).toString('hex'), '8208', what);
    assert.equal(closeCodeOf(received, 10), code, what);
  }
  const socket = await rawSocket(broker);
  const part = Buffer.alloc(65_535);
  socket.write(frame(0x01, part));
  for (let i = 0; i < 15; i++) socket.write(frame(0x00, part));
  socket.end(frame(0x00, part));
  assert.equal(closeCodeOf(await rest(socket)), 1009);
  await using client = await connect(urlOf(broker));
  await client.ping();
  await eventually('one is left', () => broker.statistics.connectionsCount === 1);
  assert.deepEqual(broker.errors, []);
});

test('unmasked frames are taken where the configuration says so', async () => {
  const settings = { 'websocket.accept_unmasked_frames': true };
  await using broker = await startBroker({ websocket, settings });
  const early = Buffer.concat([Buffer.from([0x82, pingFrame.byteLength]), pingFrame]);
  const socket = await rawSocket(broker, early);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.equal(answer.toString('hex'), '82080000000000000000');
  socket.destroy();
});

test('a request that is impossibly long has a status, and then a code', async () => {
  await using broker = await startBroker({ websocket });
  await using client = await WebSocketClient.login(broker.addresses.websocket);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(frameBytesDefault + 100, 0);
  head.writeUInt32LE(sendMessages.code, 4);
  assert.equal(statusOf(await client.exchange(head)), status.TooBigMessagePayload);
  assert.equal((await client.closed).code, 1009);
});

test('what is no request to become a WebSocket is told what it should be', async () => {
  await using broker = await startBroker({ websocket });
  const port = Number(broker.addresses.websocket!.split(':')[1]);
  const ask = async (options: RequestOptions) => {
    const [response] = await once(get({ port, agent: false, ...options }), 'response');
    return (response as IncomingMessage).resume();
  };
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': key };
  const rows: [RequestOptions, number][] = [
    [{ path: '/' }, 426],
    [{ headers: { ...upgrade, upgrade: 'h2c' } }, 426],
    [{ headers: { ...upgrade, 'sec-websocket-version': '12' } }, 426],
    [{ headers: { ...upgrade, 'sec-websocket-version': '13' }, method: 'POST' }, 400],
    [{ headers: { ...upgrade, 'sec-websocket-version': '13', 'sec-websocket-key': 'a' } }, 400],
  ];
  for (const [options, expected] of rows) {
    const { statusCode, headers } = await ask(options);
    assert.equal(statusCode, expected);
    assert.equal(headers['sec-websocket-version'], expected === 426 ? '13' : undefined);
  }
  const nonsense = createConnection(port, '127.0.0.1').end('no such thing\r\n\r\n');
  assert.match((await rest(nonsense)).toString(), /^HTTP\/1\.1 400/);
  await using client = await connect(urlOf(broker));
  await client.ping();
});

test('a connection beyond the limit is closed, one without a request counts', async () => {
  const settings = { 'websocket.max_connections': 2 };
  await using broker = await startBroker({ websocket, settings });
  const port = Number(broker.addresses.websocket!.split(':')[1]);
  const idle = createConnection(port, '127.0.0.1');
  await once(idle, 'connect');
  await using client = await WebSocketClient.connect(broker.addresses.websocket);
  const refused = createConnection(port, '127.0.0.1').on('error', () => {});
  refused.write('GET / HTTP/1.1\r\n');
  await once(refused.resume(), 'close');
  idle.destroy();
  await sleep(100);
  await using later = await WebSocketClient.connect(broker.addresses.websocket);
  assert.equal((await later.exchange(pingFrame)).status, 0);
  assert.equal((await client.exchange(pingFrame)).status, 0);
});

test('a reader that takes nothing is cut, the others go on', async () => {
  const settings = { 'tcp.write_timeout': '100 ms' };
  await using broker = await startBroker({ websocket, settings });
  await using client = await WebSocketClient.login(broker.addresses.websocket);
  await createPlace(client);
  assert.equal((await client.exchange(sendFrame([Buffer.alloc(8 * MIB)]))).status, 0);
  await using slow = await WebSocketClient.login(broker.addresses.websocket);
  slow.socket.pause();
  for (let i = 0; i < 10; i++) slow.socket.send(encodeRequest(pollMessages, pollRequest()));
  await eventually('one is left', () => broker.statistics.connectionsCount === 1);
  slow.socket.resume();
  assert.equal((await slow.closed).code, 1006);
  assert.equal((await client.exchange(pingFrame)).status, 0);
  await eventually('memory is given back', () => broker.statistics.repliesOut === 0);
});

test('half a request that never becomes whole is given up', async () => {
  const settings = { 'tcp.frame_timeout': '100 ms' };
  await using broker = await startBroker({ websocket, settings });
  await using client = await WebSocketClient.login(broker.addresses.websocket);
  await createPlace(client);
  const whole = Buffer.from(sendFrame([Buffer.alloc(MIB)]));
  client.socket.send(whole.subarray(0, 1000));
  assert.equal((await client.closed).code, 1006);
  const { frameBytesUsed } = broker.idle;
  await eventually('memory is back', () => broker.statistics.frameBytesUsed === frameBytesUsed);
});

test('a stop answers what is under way, says so, and closes with 1001', async () => {
  const broker = await startBroker({ websocket });
  const client = await WebSocketClient.login(broker.addresses.websocket);
  await createPlace(client);
  for (let i = 0; i < 20; i++) client.socket.send(sendFrame([`${i}`]));
  const first = await client.next();
  const stopped = broker[Symbol.asyncDispose]();
  assert.equal(first.status, 0);
  assert.equal((await client.closed).code, 1001);
  await stopped;
  const statuses: number[] = [];
  for (;;) {
    const response = await client.next().catch(() => undefined);
    if (response === undefined) break;
    statuses.push(response.status);
  }
  assert.equal(statuses.pop(), status.Disconnected);
  assert.deepEqual(new Set(statuses), new Set([0]));
});

test('over TLS all is the same', async () => {
  const settings = { 'websocket.tls.enabled': true };
  await using broker = await startBroker({ websocket, settings });
  await using client = await connect(broker.webSocketUrl);
  assert.equal((await client.me()).transport, 'websocket');
  await client.streams.create('orders');
  await client.topics.create('orders', 'events', { partitions: 1 });
  const payload = Buffer.alloc(3 * MIB, 'secret');
  await client.messages.send('orders', 'events', [{ payload }], { partition: 0 });
  const { messages } = await client.messages.poll('orders', 'events', { partition: 0 });
  assert.ok(messages[0].payload.equals(payload));
  const untrusting = connect(`iggy+wss://iggy:iggy@${broker.addresses.websocket}`);
  await assert.rejects(untrusting, /certificate/);
  const plain = connect(urlOf(broker));
  await assert.rejects(plain, { code: status.CannotEstablishConnection });
  await broker.reloadCertificates();
  await client.ping();
});

test('who a client is, a load balancer says that is trusted', async () => {
  const settings = { 'websocket.proxy_protocol': true };
  await using broker = await startBroker({ websocket, settings });
  const [host, port] = broker.addresses.websocket!.split(':');
  const socket = createConnection({ host, port: Number(port) });
  socket.write(
    'PROXY TCP4 192.0.2.1 198.51.100.10 8010 8092\r\n' +
      'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
  );
  await once(socket, 'data');
  socket.write(frame(0x82, Buffer.from(encodeRequest(loginUser, rootLogin))));
  await once(socket, 'data');
  socket.write(frame(0x82, Buffer.from(encodeRequest(getMe, undefined))));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString('latin1'), /192\.0\.2\.1:8010/);
  socket.destroy();
});
