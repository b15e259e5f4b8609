import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { HttpCaller } from '../support/http-caller.ts';

const once = { 'login_limit.failures_per_address': 1, 'login_limit.period': '7 days' } as const;
const OK = 200;
const REFUSED = 401;

/** A login; without a forwarded address it has no such header. */
function request(password: string, forwarded?: string): string {
  const body = JSON.stringify({ username: 'iggy', password });
  const header = forwarded === undefined ? [] : [`x-forwarded-for: ${forwarded}`];
  return [
    'POST /users/login HTTP/1.1',
    'host: localhost',
    'connection: close',
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...header,
    '',
    body,
  ].join('\r\n');
}

/** The status of a response to bytes that are sent as they are, 0 without a response. */
async function statusOf({ httpUrl }: TestBroker, front: string, text: string): Promise<number> {
  const { hostname, port, protocol } = new URL(httpUrl ?? '');
  const plain = createConnection({ host: hostname, port: Number(port) }).on('error', () => {});
  plain.write(front);
  const socket =
    protocol === 'https:' ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain;
  socket.on('error', () => {}).write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(Buffer.concat(chunks).toString())?.[1] ?? 0);
}

const proxied = (client: string) => `PROXY TCP4 ${client} 127.0.0.1 4000 80\r\n`;

describe('Behind a load balancer that speaks HTTP', () => {
  it('clients are told apart by X-Forwarded-For', async () => {
    const settings = { ...once, 'http.forwarded_for': true };
    await using broker = await startBroker({ http: { port: 0 }, settings });
    const login = (password: string, client: string) =>
      statusOf(broker, '', request(password, client));
    assert.equal(await login('wrong', '192.0.2.1'), REFUSED);
    assert.equal(await login('iggy', '192.0.2.1'), REFUSED);
    assert.equal(await login('iggy', '6.6.6.6, 192.0.2.1'), REFUSED);
    assert.equal(await login('iggy', '192.0.2.1, 192.0.2.2'), OK);
  });

  it('nobody else may say who a client is', async () => {
    const elsewhere = { 'http.forwarded_for': true, 'load_balancer.trusted': '10.0.0.0/8' };
    for (const settings of [once, { ...once, ...elsewhere }]) {
      await using broker = await startBroker({ http: { port: 0 }, settings });
      const login = (password: string, client: string) =>
        statusOf(broker, '', request(password, client));
      assert.equal(await login('wrong', '192.0.2.1'), REFUSED);
      assert.equal(await login('iggy', '192.0.2.2'), REFUSED);
    }
  });

  for (const tls of [false, true]) {
    it(`the PROXY protocol names clients in front of ${tls ? 'HTTPS' : 'HTTP'}`, async () => {
      const settings = { ...once, 'http.proxy_protocol': true, 'http.tls.enabled': tls };
      await using broker = await startBroker({ http: { port: 0 }, settings });
      const login = (password: string, front: string) => statusOf(broker, front, request(password));
      assert.equal(await login('wrong', proxied('192.0.2.1')), REFUSED);
      assert.equal(await login('iggy', proxied('192.0.2.1')), REFUSED);
      assert.equal(await login('iggy', proxied('192.0.2.2')), OK);
      assert.equal(await login('iggy', 'PROXY nonsense\r\n'), 0);
      if (!tls) assert.equal(await login('iggy', ''), 0, 'a trusted balancer has to send it');
    });
  }

  it('the health turns red for a while before the stop, and all is served meanwhile', async () => {
    const settings = { 'load_balancer.drain_delay': '2 s' };
    await using broker = await startBroker({ http: { port: 0 }, settings });
    const root = await HttpCaller.login(broker);
    const stopped = broker.stop();
    const ready = await root.get('/health/ready');
    assert.equal(ready.status, 503);
    assert.match(JSON.stringify(ready.json), /"draining"/);
    assert.equal((await root.get('/health/live')).status, 200);
    assert.equal((await root.post('/streams', { name: 'late' })).status, 200);
    await stopped;
    await assert.rejects(root.get('/ping'));
  });
});

describe('Metrics over HTTP', () => {
  it('are for everybody, and parse', async () => {
    await using broker = await startBroker({ http: { port: 0 } });
    const { status, headers, text } = await new HttpCaller(broker).get('/metrics');
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^veltro_shard_up\{shard="0"\} 1$/m);
  });

  it('can be switched off', async () => {
    const settings = { 'http.metrics.enabled': false };
    await using broker = await startBroker({ http: { port: 0 }, settings });
    assert.equal((await new HttpCaller(broker).get('/metrics')).status, 404);
  });
});
