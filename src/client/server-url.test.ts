import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { status } from '../wire/status.ts';
import { resolveOptions } from './connect-options.ts';
import { parseServerUrl } from './server-url.ts';
import type { ConnectOptions } from './types.ts';

test('a host is enough', () => {
  const plain = { transport: 'tcp', host: 'localhost', port: 8090, options: {} };
  assert.deepEqual(parseServerUrl('localhost'), plain);
  assert.equal(parseServerUrl('10.0.0.1:9000').port, 9000);
  assert.equal(parseServerUrl('iggy://broker/').host, 'broker');
  assert.equal(parseServerUrl('iggy+tcp://[::1]:8091').host, '::1');
});

test('the scheme names the transport, which has a port of its own', () => {
  const { transport, host, port } = parseServerUrl('iggy+quic://a:b@broker');
  assert.deepEqual([transport, host, port], ['quic', 'broker', 8080]);
  assert.equal(parseServerUrl('iggy+quic://broker:1').port, 1);
  const overHttp = parseServerUrl('iggy+http://a:b@broker');
  assert.deepEqual([overHttp.transport, overHttp.port], ['http', 3000]);
  const plain = parseServerUrl('iggy+ws://broker');
  assert.deepEqual([plain.transport, plain.port, plain.options.tls], ['ws', 8092, undefined]);
  assert.equal(parseServerUrl('iggy+wss://broker').options.tls, true);
  const { tls } = parseServerUrl('iggy+wss://broker?tlsVerify=false').options;
  assert.deepEqual(tls, { verify: false });
  assert.equal(resolveOptions('iggy+tcp://broker', {}).transport, 'tcp');
});

test('user, password and options are taken out of the url', () => {
  const server = parseServerUrl(
    'iggy://us%3Aer:p@ss%2Fword@host:1?connectTimeoutMs=7&reconnect=false&reconnectDelayMs=3',
  );
  assert.equal(server.username, 'us:er');
  assert.equal(server.password, 'p@ss/word');
  assert.deepEqual(server.options, {
    connectTimeoutMs: 7,
    reconnect: { enabled: false, delayMs: 3 },
  });
});

test('any name and password survive percent encoding', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(text, text, (username, password) => {
      const user = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
      const server = parseServerUrl(`iggy://${user}@host`);
      assert.equal(server.username, username);
      assert.equal(server.password, password);
    }),
  );
});

test('a malformed url is refused with the part, its value and the limit', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /has no host/],
    ['iggy://:8090', /has no host/],
    ['http://host', /scheme 'http'.*iggy, iggy\+tcp/],
    ['host:0', /port '0'.*1 to 65535/],
    ['host:65536', /port '65536'.*1 to 65535/],
    ['host:80a', /port '80a'/],
    ['iggy://u:p@host:8090/path', /not of the form/],
    ['iggy://%zz:p@host', /percent escape in its username/],
    ['host?colour=red', /unknown option 'colour'.*connectTimeoutMs/],
    ['host?tls=yes', /tls with 'yes'.*true or false/],
    ['host?noDelay=yes', /noDelay with 'yes'.*true or false/],
    ['host?requestTimeoutMs=1.5', /requestTimeoutMs with '1.5'.*whole number/],
  ];
  for (const [url, message] of cases) {
    assert.throws(() => parseServerUrl(url), { code: status.InvalidConnectionString, message });
  }
});

test('no error repeats a password', () => {
  for (const url of ['iggy://user:secret@host:99999', 'iggy://user:secret%zz@host']) {
    assert.throws(
      () => parseServerUrl(url),
      (error: Error) => !error.message.includes('secret'),
    );
  }
});

test('options win over the url, and defaults fill the rest', () => {
  const url = 'iggy://a:b@host?connectTimeoutMs=7&reconnectDelayMs=9&reconnectAttemptsMax=2';
  const resolved = resolveOptions(url, {
    password: 'c',
    connectTimeoutMs: 8,
    requestTimeoutMs: undefined,
    reconnect: { attemptsMax: 3 },
  });
  assert.deepEqual(resolved, {
    transport: 'tcp',
    host: 'host',
    port: 8090,
    credentials: { username: 'a', password: 'c' },
    tls: null,
    connectTimeoutMs: 8,
    requestTimeoutMs: 30_000,
    requestsMax: 8192,
    heartbeatIntervalMs: 5000,
    noDelay: true,
    reconnect: { enabled: true, attemptsMax: 3, delayMs: 9, delayMsMax: 5000 },
  });
  const { credentials } = resolveOptions(new URL('iggy://u:p%40@h:1'), {});
  assert.deepEqual(credentials, { username: 'u', password: 'p@' });
  const byToken = resolveOptions('iggy://u:p@h?heartbeatIntervalMs=7', { token: 'key' });
  assert.deepEqual([byToken.credentials, byToken.heartbeatIntervalMs], [{ token: 'key' }, 7]);
  assert.equal(resolveOptions('host', {}).credentials, null);
});

test('what stands alone before the host is a token, encoded or as it is', () => {
  const token = 'a/b+c=='.padEnd(68, '/');
  for (const url of [`iggy://${token}@host:1`, `iggy://${encodeURIComponent(token)}@host:1`]) {
    const { host, port, credentials } = resolveOptions(url, {});
    assert.deepEqual([host, port, credentials], ['host', 1, { token }]);
  }
  assert.deepEqual(resolveOptions('host', { token }).credentials, { token });
  const named = resolveOptions('iggy://ann@host', { password: 'secret' }).credentials;
  assert.deepEqual(named, { username: 'ann', password: 'secret' });
});

test('options of tls turn it on, in the url and beside it', () => {
  const tlsOf = (query: string, tls?: ConnectOptions['tls']) =>
    resolveOptions(`host?${query}`, { tls }).tls;
  assert.equal(tlsOf(''), null);
  assert.deepEqual(tlsOf('tls=true'), {});
  assert.equal(tlsOf('tls=false'), null);
  assert.deepEqual(tlsOf('tlsVerify=false'), { verify: false });
  assert.deepEqual(tlsOf('tls=true&tlsCaFile=%2Fca&tlsServerName=broker'), {
    caFile: '/ca',
    serverName: 'broker',
  });
  assert.deepEqual(tlsOf('tlsCertFile=c&tlsKeyFile=k'), { certFile: 'c', keyFile: 'k' });
  assert.deepEqual(tlsOf('tlsCaFile=a', { caFile: 'b', serverName: undefined }), { caFile: 'b' });
  assert.deepEqual(tlsOf('tlsCaFile=a', true), { caFile: 'a' });
  assert.equal(tlsOf('tlsCaFile=a', false), null);
  assert.deepEqual(tlsOf('', true), {});
});

test('an option out of its limits is refused with field, value and limits', () => {
  const code = status.InvalidConfiguration;
  const cases = [
    [{ connectTimeoutMs: 0 }, /connectTimeoutMs is '0'.*1 to/],
    [{ requestTimeoutMs: 2 ** 31 }, /requestTimeoutMs is '2147483648'/],
    [{ requestsMax: 1.5 }, /requestsMax is '1.5'.*whole number of 1 to/],
    [{ reconnect: { delayMs: 10, delayMsMax: 9 } }, /reconnect.delayMsMax is '9'.*10 to/],
    [{ reconnect: { attemptsMax: 0 } }, /reconnect.attemptsMax is '0'/],
    [{ username: 'a' }, /username is 'a'.*password/],
    [{ password: 'a' }, /username is ''.*password/],
    [{ token: 'secret', password: 'a' }, /token is '…', but it must not be given together/],
    [{ tls: { certFile: 'a' } }, /tls.certFile is 'a'.*tls.keyFile/],
    [{ tls: { keyFile: 'b' } }, /tls.keyFile is 'b'.*tls.certFile/],
    [{ heartbeatIntervalMs: 0 }, /heartbeatIntervalMs is '0'.*1 to/],
  ] as const;
  for (const [options, message] of cases) {
    assert.throws(() => resolveOptions('host', options), { code, message });
  }
});
