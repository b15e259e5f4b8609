import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { webSocketBufferedBytesMax } from '../../../wire/limits.ts';
import { chooseHost, type HttpEngine } from './choose-host.ts';
import type { HttpHost } from './host.ts';
import type { HostSocket, HostUpgrade, SocketEvents } from './host-socket.ts';

interface Running extends AsyncDisposable {
  readonly host: HttpHost;
  readonly port: number;
}

const MESSAGE_BYTES_MAX = 1000;

async function start(
  engine: HttpEngine,
  onUpgrade?: (upgrade: HostUpgrade) => void,
): Promise<Running> {
  const host = await chooseHost(engine, {
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    proxies: undefined,
    onRequest: (received) => {
      const body: Buffer[] = [];
      received.receive({
        onChunk: (chunk) => body.push(Buffer.from(chunk)),
        onEnd: () => {
          const whole = Buffer.concat(body).toString();
          received.respond({ status: 200, headers: [], body: `${received.path} ${whole}` });
        },
      });
    },
    sockets: onUpgrade && { messageBytesMax: MESSAGE_BYTES_MAX, onUpgrade },
    log() {},
  });
  const port = Number((await host.listen()).split(':')[1]);
  return { host, port, [Symbol.asyncDispose]: () => Promise.resolve(host.destroy()) };
}

/** What hears of a socket, and can be asked for it. */
class Recorder implements SocketEvents {
  socket!: HostSocket;
  readonly opened: Promise<HostSocket>;
  readonly closed: Promise<number>;
  drainsCount = 0;
  onOpen!: (socket: HostSocket) => void;
  onClose!: (code: number) => void;
  onMessage: (message: Uint8Array, isText: boolean) => void;

  /** Echoes unless told what to do. */
  constructor(onMessage?: Recorder['onMessage']) {
    this.onMessage = onMessage ?? ((message, isText) => this.#echo(message, isText));
    this.opened = new Promise((resolve) => {
      this.onOpen = (socket) => {
        this.socket = socket;
        resolve(socket);
      };
    });
    this.closed = new Promise((resolve) => {
      this.onClose = resolve;
    });
  }

  onDrain(): void {
    this.drainsCount++;
  }

  #echo(message: Uint8Array, isText: boolean): void {
    const copy = Buffer.from(message);
    this.socket.send(isText ? copy.toString() : copy);
  }
}

async function open(port: number, protocols: string[] = []): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/a%20b?c=1`, protocols, {
    headers: { 'x-two': '2' },
  });
  await once(client, 'open');
  return client;
}

/** The code that a client is told at the end. */
async function codeOf(client: WebSocket): Promise<number> {
  client.on('error', () => {});
  const [code] = (await once(client, 'close')) as [number];
  return code;
}

for (const engine of ['auto', 'node'] as const) {
  test(`a request to become a WebSocket is told, and both sides talk (${engine})`, async () => {
    let told: unknown[] = [];
    let peer = '';
    await using running = await start(engine, (upgrade) => {
      told = [upgrade.path, upgrade.query, upgrade.header('x-two'), upgrade.header('x-none')];
      peer = upgrade.peer;
      upgrade.accept(new Recorder(), 'second');
    });
    const client = await open(running.port, ['first', 'second']);
    assert.deepEqual(told, ['/a%20b', 'c=1', '2', undefined]);
    assert.match(peer, /^127\.0\.0\.1:\d+$/);
    assert.equal(client.protocol, 'second');
    for (const sent of ['hé', Buffer.from([0, 255, 3])]) {
      client.send(sent);
      const [message, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
      assert.equal(isBinary, typeof sent !== 'string');
      assert.deepEqual(message, Buffer.from(sent));
    }
    client.ping('there?');
    assert.equal(String(await once(client, 'pong')), 'there?');
    client.terminate();
  });

  test(`it can be accepted later, or answered like a request (${engine})`, async () => {
    await using running = await start(engine, async (upgrade) => {
      await sleep(5);
      if (upgrade.query === 'c=1') return upgrade.accept(new Recorder());
      upgrade.respond({ status: 403, headers: [['x-why', 'because']], body: 'no' });
    });
    (await open(running.port)).terminate();
    const refused = new WebSocket(`ws://127.0.0.1:${running.port}/`);
    refused.on('error', () => {});
    const [, response] = await once(refused, 'unexpected-response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    assert.deepEqual([response.statusCode, response.headers['x-why']], [403, 'because']);
    assert.equal(Buffer.concat(chunks).toString(), 'no');
  });

  test(`either side closes, and the other is told why (${engine})`, async () => {
    const recorders: Recorder[] = [];
    await using running = await start(engine, (upgrade) => {
      recorders.push(new Recorder());
      upgrade.accept(recorders[recorders.length - 1]);
    });
    const first = await open(running.port);
    first.close(4001, 'enough');
    assert.equal(await recorders[0].closed, 4001);
    const second = await open(running.port);
    const closed = once(second, 'close') as Promise<[number, Buffer]>;
    const socket = await recorders[1].opened;
    socket.close(1008, 'too many');
    socket.send('late');
    const [code, reason] = await closed;
    assert.deepEqual([code, reason.toString()], [1008, 'too many']);
    await recorders[1].closed;
    const third = await open(running.port);
    third.terminate();
    assert.equal(await recorders[2].closed, 1006);
    recorders[2].socket.send('late');
    recorders[2].socket.close(1000, '');
    recorders[2].socket.destroy();
    assert.equal(recorders[2].socket.bufferedBytes, 0);
  });

  test(`a message that is too large ends the connection (${engine})`, async () => {
    const recorder = new Recorder();
    await using running = await start(engine, (upgrade) => upgrade.accept(recorder));
    const client = await open(running.port);
    client.send(Buffer.alloc(MESSAGE_BYTES_MAX));
    await once(client, 'message');
    const code = codeOf(client);
    client.send(Buffer.alloc(MESSAGE_BYTES_MAX + 1));
    assert.equal(await code, running.host.name === 'node:http' ? 1009 : 1006);
    await recorder.closed;
  });

  test(`what a slow reader does not take waits within the limit (${engine})`, async () => {
    const recorder = new Recorder();
    await using running = await start(engine, (upgrade) => upgrade.accept(recorder));
    const client = await open(running.port);
    const socket = await recorder.opened;
    client.pause();
    const pieces = Array.from({ length: 10 }, (_, i) => Buffer.alloc(1_000_000, i));
    for (const piece of pieces) socket.send(piece);
    assert.ok(socket.bufferedBytes > 1_000_000);
    assert.equal(recorder.drainsCount, 0);
    const received: Buffer[] = [];
    client.on('message', (message: Buffer) => received.push(message));
    client.resume();
    while (received.length < pieces.length) await sleep(1);
    assert.ok(Buffer.concat(received).equals(Buffer.concat(pieces)));
    while (recorder.drainsCount === 0) await sleep(1);
    assert.equal(socket.bufferedBytes, 0);

    client.pause();
    while (socket.bufferedBytes < webSocketBufferedBytesMax - 1_000_000) socket.send(pieces[0]);
    socket.send(pieces[0]);
    socket.send(pieces[0]);
    assert.equal(await recorder.closed, 1006);
    client.terminate();
  });

  test(`requests for another protocol are served in the present one (${engine})`, async () => {
    await using running = await start(engine, () => assert.fail('this is no WebSocket'));
    const asked = request({
      port: running.port,
      path: '/post',
      method: 'POST',
      headers: { connection: 'upgrade, http2-settings', upgrade: 'h2c', 'http2-settings': 'AA' },
    });
    asked.end('the body');
    const [response] = await once(asked, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), '/post the body');
  });

  test(`without WebSockets a request for one is a request (${engine})`, async () => {
    await using running = await start(engine);
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    };
    const [response] = await once(get({ port: running.port, path: '/x', headers }), 'response');
    assert.equal(response.statusCode, 200);
    response.resume();
  });

  test(`who goes, or speaks nonsense, while it is decided does no harm (${engine})`, async () => {
    let decide: () => void = () => {};
    const recorder = new Recorder();
    await using running = await start(engine, (upgrade) => {
      decide = () => upgrade.accept(recorder);
      socket.destroy();
    });
    const socket = connect(running.port, '127.0.0.1');
    socket.write(
      'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
    );
    await once(socket, 'close');
    await sleep(20);
    decide();
    const response = (await once(get({ port: running.port, path: '/y' }), 'response'))[0];
    assert.equal(response.statusCode, 200);
    response.resume();
  });

  test(`the end of the host is the end of its WebSockets (${engine})`, async () => {
    const recorder = new Recorder();
    await using running = await start(engine, (upgrade) => upgrade.accept(recorder));
    const client = await open(running.port);
    running.host.drain();
    client.send('still there?');
    assert.equal(String((await once(client, 'message'))[0]), 'still there?');
    const code = codeOf(client);
    running.host.destroy();
    assert.equal(await code, 1006);
    assert.equal(await recorder.closed, 1006);
  });
}
