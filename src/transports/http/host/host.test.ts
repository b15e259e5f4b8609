import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { chooseHost, type HttpEngine } from './choose-host.ts';
import type { HostOptions, HostRequest, HostStream, HttpHost } from './host.ts';

interface Running extends AsyncDisposable {
  readonly host: HttpHost;
  readonly port: number;
  readonly logged: Record<string, unknown>[];
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function start(engine: HttpEngine, onRequest: HostOptions['onRequest']): Promise<Running> {
  const logged: Record<string, unknown>[] = [];
  const log: HostOptions['log'] = (_message, fields) => logged.push(fields);
  const options = {
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    proxies: undefined,
    onRequest,
    log,
  };
  const host = await chooseHost(engine, options);
  const port = Number((await host.listen()).split(':')[1]);
  const end = () => Promise.resolve(host.destroy());
  return { host, port, logged, [Symbol.asyncDispose]: end };
}

function ask(port: number, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Resolves with the whole body of a request. */
function bodyOf(received: HostRequest): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    received.receive({
      onChunk: (chunk) => chunks.push(Buffer.from(chunk)),
      onEnd: () => resolve(Buffer.concat(chunks)),
    });
  });
}

function answer(received: HostRequest, body: string | Uint8Array, status = 200): void {
  received.respond({ status, headers: [['content-type', 'text/plain']], body });
}

test('uWebSockets.js is taken where it loads, and the log says which it is', async () => {
  await using running = await start('auto', (received) => answer(received, ''));
  const [{ engine, reason }] = running.logged;
  assert.equal(engine, running.host.name);
  if (engine === 'node:http') assert.match(String(reason), /Node\.js versions|Cannot find/);
  else assert.equal(engine, 'uWebSockets.js');
  await using other = await start('node', (received) => answer(received, ''));
  assert.equal(other.host.name, 'node:http');
});

for (const engine of ['auto', 'node'] as const) {
  test(`a request is told as it was sent (${engine})`, async () => {
    let told: Partial<HostRequest> & Record<string, unknown> = {};
    await using running = await start(engine, (received) => {
      const { method, path, query, peer } = received;
      told = { method, path, query, peer, two: received.header('x-two') };
      told.none = received.header('x-none');
      answer(received, 'é');
    });
    const options = { path: '/a%20b/c?d=1&e=%2F', method: 'PUT', headers: { 'x-two': ['1', '2'] } };
    const { status, headers, body } = await ask(running.port, options);
    assert.deepEqual([status, body.toString(), headers['content-length']], [200, 'é', '2']);
    const { peer, ...rest } = told;
    const query = 'd=1&e=%2F';
    const expected = { method: 'PUT', path: '/a%20b/c', query, two: '1, 2', none: undefined };
    assert.deepEqual(rest, expected);
    assert.match(String(peer), /^127\.0\.0\.1:\d+$/);
  });

  test(`bodies arrive whole, with and without a length (${engine})`, async () => {
    const sent = Buffer.alloc(3_000_000, 'abcdefg');
    await using running = await start(engine, (received) => {
      bodyOf(received).then((body) => answer(received, String(body.equals(sent))));
    });
    const post = { method: 'POST', headers: { 'content-length': sent.byteLength } };
    assert.equal((await ask(running.port, post, sent)).body.toString(), 'true');
    const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } };
    assert.equal((await ask(running.port, chunked, sent)).body.toString(), 'true');
    assert.equal((await ask(running.port, { method: 'POST' })).body.toString(), 'false');
  });

  test(`a body that nobody reads leaves the connection usable (${engine})`, async () => {
    await using running = await start(engine, (received) => answer(received, received.path));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sent = Buffer.alloc(1_000_000);
    const first = await ask(running.port, { agent, method: 'POST', path: '/1' }, sent);
    const second = await ask(running.port, { agent, path: '/2' });
    assert.deepEqual(
      [first, second].map(({ body }) => body.toString()),
      ['/1', '/2'],
    );
    agent.destroy();
  });

  test(`large answers arrive whole at a reader that takes its time (${engine})`, async () => {
    const sent = Buffer.alloc(20_000_000, 'hijklmn');
    let onSent: () => void = () => {};
    const wasSent = new Promise<void>((resolve) => {
      onSent = resolve;
    });
    await using running = await start(engine, (received) => {
      received.respond({ status: 200, headers: [], body: sent }, onSent);
    });
    const asked = request({ host: '127.0.0.1', port: running.port, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await new Promise((resolve) => setTimeout(resolve, 50));
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    assert.ok(Buffer.concat(chunks).equals(sent));
    await wasSent;
  });

  test(`HEAD has the length of the body and no body, 204 has neither (${engine})`, async () => {
    await using running = await start(engine, (received) => {
      answer(received, 'hello', received.path === '/none' ? 204 : 200);
    });
    const head = await ask(running.port, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length']], [200, '5']);
    const none = await ask(running.port, { path: '/none' });
    assert.deepEqual([none.status, none.body.byteLength], [204, 0]);
    assert.equal(none.headers['content-length'], undefined);
  });

  test(`who goes before the answer is noticed, and an answer does no harm (${engine})`, async () => {
    let gone: () => void = () => {};
    const hasGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    let sentCount = 0;
    let received: HostRequest | undefined;
    await using running = await start(engine, (request) => {
      received = request;
      request.onAborted(gone);
      socket.destroy();
    });
    const socket = connect(running.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await hasGone;
    assert.equal(received?.isAborted, true);
    received?.respond({ status: 200, headers: [], body: 'late' }, () => {
      sentCount++;
    });
    assert.equal(sentCount, 1);
  });

  test(`a body that comes part by part is sent as it comes (${engine})`, async () => {
    let stream!: HostStream;
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    await using running = await start(engine, (received) => {
      stream = received.stream({ status: 201, headers: [['x-a', '1']], filler: '.' });
      begun();
    });
    const asked = request({ host: '127.0.0.1', port: running.port, agent: false }).end();
    await hasBegun;
    const parts: string[] = [];
    const write = (part: string) => new Promise<void>((resolve) => stream.write(part, resolve));
    await write('one');
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.setEncoding('utf8').on('data', (part: string) => parts.push(part));
    assert.deepEqual([response.statusCode, response.headers['x-a']], [201, '1']);
    await write('two');
    await new Promise<void>((resolve) => stream.end('three', resolve));
    await once(response, 'end');
    assert.equal(parts.join(''), 'onetwothree');
  });

  test(`a part is taken when the reader has made room for it, or has gone (${engine})`, async () => {
    let stream!: HostStream;
    let abortsCount = 0;
    const streams: (() => void)[] = [];
    await using running = await start(engine, (received) => {
      received.onAborted(() => abortsCount++);
      stream = received.stream({ status: 200, headers: [], filler: '.' });
      streams.shift()?.();
    });
    const large = 'x'.repeat(20_000_000);
    for (const goes of [false, true]) {
      const hasBegun = new Promise<void>((resolve) => streams.push(resolve));
      const asked = request({ host: '127.0.0.1', port: running.port, agent: false }).end();
      asked.on('error', () => {});
      await hasBegun;
      let isTaken = false;
      const taken = new Promise<void>((resolve) => {
        stream.write(large, () => {
          isTaken = true;
          resolve();
        });
      });
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(isTaken, false);
      let bytes = 0;
      response.on('error', () => {});
      if (goes) asked.destroy();
      else response.on('data', (part: Buffer) => (bytes += part.byteLength));
      await taken;
      await new Promise<void>((resolve) => stream.end('end', resolve));
      if (goes) continue;
      await once(response, 'end');
      // Fillers may stand between the parts.
      assert.ok(bytes >= large.length + 3, `${bytes} bytes`);
    }
    assert.equal(abortsCount, 1);
  });

  test(`while it drains nobody new comes, and the last answer closes (${engine})`, async () => {
    let finish: () => void = () => {};
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    await using running = await start(engine, (received) => {
      finish = () => answer(received, 'done');
      begun();
    });
    const asked = ask(running.port, { agent: new Agent({ keepAlive: true }) });
    await hasBegun;
    running.host.drain();
    await assert.rejects(ask(running.port), /ECONNREFUSED/);
    finish();
    const { body, headers } = await asked;
    assert.deepEqual([body.toString(), headers.connection], ['done', 'close']);
  });

  test(`what is no HTTP is answered with 400 or not at all (${engine})`, async () => {
    await using running = await start(engine, (received) => answer(received, ''));
    const socket = connect(running.port, '127.0.0.1').end('no such thing\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    assert.match(Buffer.concat(chunks).toString(), /^$|^HTTP\/1\.1 (400|505)/);
    assert.equal((await ask(running.port)).status, 200);
  });
}
