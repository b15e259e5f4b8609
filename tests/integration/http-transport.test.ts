import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { makeSelfSigned } from '../../src/security/self-signed.ts';
import { startBroker } from '../support/broker.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { hasOpenssl, TestAuthority } from '../support/openssl.ts';

const http = { port: 0 };
const folder = mkdtempSync(join(tmpdir(), 'veltro-http-'));
after(() => rmSync(folder, { recursive: true }));

const page = { origin: 'https://example.org' };
const preflight = {
  ...page,
  'access-control-request-method': 'PUT',
  'access-control-request-private-network': 'true',
};

function corsOf(headers: Headers): Record<string, string> {
  const found = [...headers].filter(([name]) => name.startsWith('access-control-'));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(15), value]));
}

test('pages of any origin may call, unless the configuration says otherwise', async () => {
  await using broker = await startBroker({ http });
  const caller = new HttpCaller(broker);
  const asked = await caller.call('OPTIONS', '/streams', { headers: preflight });
  assert.equal(asked.status, 200);
  assert.deepEqual(corsOf(asked.headers), {
    'allow-origin': '*',
    'allow-methods': 'GET,POST,PUT,DELETE',
    'allow-headers': 'content-type,authorization',
  });
  const refused = await caller.get('/streams', { headers: page });
  assert.deepEqual([refused.status, corsOf(refused.headers)], [401, { 'allow-origin': '*' }]);
  assert.deepEqual(corsOf((await caller.get('/ping')).headers), {});
});

test('only named origins may call where they are named', async () => {
  const settings = {
    'http.cors.allowed_origins': '[https://example.org, https://example.com]',
    'http.cors.exposed_headers': 'x-a, x-b',
    'http.cors.allow_credentials': true,
    'http.cors.allow_private_network': true,
    'http.cors.allowed_methods': 'GET',
  };
  await using broker = await startBroker({ http, settings });
  const caller = new HttpCaller(broker);
  const { headers } = await caller.call('OPTIONS', '/streams', { headers: preflight });
  assert.deepEqual(corsOf(headers), {
    'allow-origin': 'https://example.org',
    'allow-credentials': 'true',
    'expose-headers': 'x-a,x-b',
    'allow-methods': 'GET',
    'allow-headers': 'content-type,authorization',
    'allow-private-network': 'true',
  });
  const other = await caller.get('/ping', { headers: { origin: 'https://example.net' } });
  assert.deepEqual([corsOf(other.headers), other.headers.get('vary')], [{}, 'origin']);
});

test('without CORS nothing is said to other pages', async () => {
  await using broker = await startBroker({ http, settings: { 'http.cors.enabled': false } });
  const caller = new HttpCaller(broker);
  const asked = await caller.call('OPTIONS', '/ping', { headers: preflight });
  assert.deepEqual([asked.status, corsOf(asked.headers)], [405, {}]);
  assert.equal(asked.headers.get('allow'), 'GET');
});

test('long texts are compressed for those who take it', async () => {
  await using broker = await startBroker({ http });
  const caller = new HttpCaller(broker);
  for (const [accepted, encoding] of [
    ['gzip', 'gzip'],
    ['br, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', null],
    ['identity', null],
  ] as const) {
    const answer = await caller.get('/openapi.json', { headers: { 'accept-encoding': accepted } });
    assert.equal(answer.headers.get('content-encoding'), encoding, accepted);
    assert.equal((answer.json as { openapi: string }).openapi, '3.1.0');
  }
  const short = await caller.get('/ping', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(short.headers.get('content-encoding'), null);
});

test('HEAD is answered like GET, without the body', async () => {
  await using broker = await startBroker({ http });
  const caller = new HttpCaller(broker);
  const { status, headers, text } = await caller.call('HEAD', '/ping');
  assert.deepEqual([status, headers.get('content-length'), text], [200, '4', '']);
});

test('the page of the documentation needs nothing from elsewhere', async () => {
  await using broker = await startBroker({ http });
  const { headers, text } = await new HttpCaller(broker).get('/docs');
  assert.match(headers.get('content-type') ?? '', /^text\/html/);
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.doesNotMatch(text, /<script|src=|https?:\/\//);
  assert.match(text, /\/streams\/\{stream_id\}\/topics/);
});

interface Seen {
  readonly status: number;
  readonly body: string;
  readonly fingerprint: string;
}

function askTls(broker: { readonly httpUrl?: string }, options: RequestOptions): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asked = request(`${broker.httpUrl}/ping`, { agent: false, ...options }, (response) => {
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, fingerprint: fingerprint256 }),
      );
    });
    asked.on('error', reject).end();
  });
}

test('HTTPS works with a certificate that is made, and takes no plain requests', async () => {
  await using broker = await startBroker({ http, settings: { 'http.tls.enabled': true } });
  assert.match(broker.httpUrl ?? '', /^https:/);
  const ca = readFileSync(join(broker.dataDir, 'tls', 'self_signed_cert.pem'));
  const { status, body } = await askTls(broker, { ca, servername: 'localhost' });
  assert.deepEqual([status, body], [200, 'pong']);
  await assert.rejects(askTls(broker, {}), /self-signed certificate/);
  await assert.rejects(fetch(`http://${broker.addresses.http}/ping`));
});

test('certificates are read again without a pause, and bad ones change nothing', async () => {
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  const write = async () => {
    const { cert, key } = await makeSelfSigned();
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key, { mode: 0o600 });
  };
  await write();
  const settings = {
    'http.tls.enabled': true,
    'http.tls.cert_file': files.certFile,
    'http.tls.key_file': files.keyFile,
  };
  await using broker = await startBroker({ http, settings });
  const trusting = { rejectUnauthorized: false };
  const first = await askTls(broker, trusting);
  await write();
  assert.equal((await askTls(broker, trusting)).fingerprint, first.fingerprint);
  assert.equal(await broker.reloadCertificates(), true);
  const second = await askTls(broker, trusting);
  assert.notEqual(second.fingerprint, first.fingerprint);
  writeFileSync(files.certFile, 'no certificate');
  await assert.rejects(broker.reloadCertificates(), /http\.tls\.cert_file/);
  assert.equal((await askTls(broker, trusting)).fingerprint, second.fingerprint);
});

test('certificates of clients are checked as over TCP', async (t) => {
  if (!hasOpenssl(t)) return;
  const authority = new TestAuthority(folder, 'own');
  const good = authority.issue('good');
  const bad = new TestAuthority(folder, 'others').issue('bad');
  for (const [clientAuth, files, isWelcome] of [
    ['optional', undefined, true],
    ['optional', good, true],
    ['optional', bad, false],
    ['required', undefined, false],
    ['required', good, true],
    ['required', bad, false],
  ] as const) {
    const settings = {
      'http.tls.enabled': true,
      'http.tls.client_auth': clientAuth,
      'http.tls.client_ca_file': authority.cert,
    };
    await using broker = await startBroker({ http, settings });
    const own = files && { cert: readFileSync(files.cert), key: readFileSync(files.key) };
    const asked = askTls(broker, { rejectUnauthorized: false, ...own });
    const row = `${clientAuth}, ${files?.cert}`;
    if (isWelcome) assert.equal((await asked).body, 'pong', row);
    else await assert.rejects(asked, row);
  }
});
