import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ConfigError } from '../../config/config.ts';
import { connect } from '../../src/client/client.ts';
import type { TlsOptions } from '../../src/client/types.ts';
import { makeSelfSigned } from '../../src/security/self-signed.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import {
  type CertificateFiles,
  describeHandshake,
  hasOpenssl,
  opensslClient,
  TestAuthority,
} from '../support/openssl.ts';
import { RawClient } from '../support/raw-client.ts';
import { addToken } from '../support/user-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-tls-'));
after(() => rmSync(folder, { recursive: true }));

const enabled = { 'tcp.tls.enabled': true } as const;
const pingFrame = Buffer.from(encodeRequest(ping, undefined));
const OK_BYTES = 8;

function portOf({ addresses }: { addresses: { tcp?: string } }): number {
  return Number(addresses.tcp!.split(':').at(-1));
}

function selfSignedFile({ dataDir }: TestBroker): string {
  return join(dataDir, 'tls', 'self_signed_cert.pem');
}

/** A connection that begins no handshake by itself. */
function openSilent(broker: TestBroker): Socket {
  const socket = createConnection({ host: '127.0.0.1', port: portOf(broker) });
  return socket.on('error', () => {});
}

/** The fingerprint of the certificate that a new connection is shown. */
async function shownBy(broker: { addresses: { tcp?: string } }): Promise<string> {
  const port = portOf(broker);
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** Files with a new certificate, written over what was there. */
async function writePair(): Promise<{ certFile: string; keyFile: string }> {
  const pair = await makeSelfSigned();
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  writeFileSync(files.certFile, pair.cert);
  writeFileSync(files.keyFile, pair.key, { mode: 0o600 });
  return files;
}

test('our client trusts what it is told to trust, and nothing else', async () => {
  await using broker = await startBroker({ settings: enabled });
  await using client = await connect(broker.url);
  await client.streams.create('secret');
  assert.equal((await client.me()).transport, 'tcp');
  const port = portOf(broker);
  const caFile = selfSignedFile(broker);
  const other = join(folder, 'other.pem');
  writeFileSync(other, (await makeSelfSigned()).cert);
  const rows: [string, boolean | TlsOptions, RegExp | undefined][] = [
    ['127.0.0.1', { caFile }, undefined],
    ['localhost', { caFile }, undefined],
    ['127.0.0.1', { verify: false }, undefined],
    ['127.0.0.1', { caFile, serverName: 'localhost' }, undefined],
    ['127.0.0.1', true, /self-signed certificate/],
    ['127.0.0.1', { caFile: other }, /self-signed certificate|signature/],
    ['127.0.0.1', { caFile, serverName: 'example.org' }, /does not match certificate/],
    ['127.0.0.1', { caFile: join(folder, 'none') }, /tls\.caFile is '.*none'.*ENOENT/],
    ['127.0.0.1', { caFile, certFile: other, keyFile: join(folder, 'none') }, /tls\.keyFile/],
  ];
  for (const [host, tls, problem] of rows) {
    const attempt = connect(`iggy://iggy:iggy@${host}:${port}`, { tls });
    if (problem === undefined) {
      assert.equal((await (await attempt).streams.list()).length, 1);
      await (await attempt).close();
    } else {
      const code = status.CannotEstablishConnection;
      await assert.rejects(attempt, { code, message: problem });
    }
  }
});

test('a token logs in by the address alone', async () => {
  await using broker = await startBroker({ settings: enabled });
  await using root = await RawClient.login(broker);
  const token = await addToken(root, 'robot');
  const query = new URL(broker.url).search;
  await using client = await connect(`iggy://${token}@${broker.addresses.tcp}${query}`);
  assert.deepEqual(await client.streams.list(), []);
  const wrong = connect(`iggy://x${token}@${broker.addresses.tcp}${query}`);
  await assert.rejects(wrong, { code: status.ResourceNotFound });
});

test('plain and encrypted are not mixed', async () => {
  await using secure = await startBroker({ settings: enabled });
  await using plain = await startBroker();
  await using stranger = await RawClient.connect({ addresses: secure.addresses });
  await stranger.write(pingFrame);
  await stranger.closed();
  assert.deepEqual(stranger.received(), []);
  await assert.rejects(connect(plain.url, { tls: { verify: false } }), {
    code: status.CannotEstablishConnection,
  });
  await eventually('both are gone', () =>
    [secure, plain].every(({ statistics }) => statistics.connectionsCount === 0),
  );
  assert.deepEqual([...secure.errors, ...plain.errors], []);
});

test('the certificate that the broker makes outlives a restart', async () => {
  await using first = await startBroker({ settings: enabled });
  const fingerprint = await shownBy(first);
  await first.stop();
  await using second = await startBroker({ settings: enabled, dataDir: first.dataDir });
  assert.equal(await shownBy(second), fingerprint);
});

test('handshakes that are never finished are ended', async () => {
  const settings = { ...enabled, 'tcp.tls.handshake_timeout': '500 ms' };
  await using broker = await startBroker({ settings });
  const [idle, half] = [openSilent(broker), openSilent(broker)];
  half.on('connect', () => half.write(Buffer.of(0x16, 0x03, 0x01)));
  await Promise.all([idle, half].map((socket) => once(socket, 'close')));
  assert.deepEqual(broker.errors, []);
});

test('handshakes count as connections', async () => {
  const settings = {
    ...enabled,
    'tcp.max_connections': 2,
    'tcp.tls.handshake_timeout': '1 h',
  };
  await using broker = await startBroker({ settings });
  const silent = [openSilent(broker), openSilent(broker)];
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  await once(openSilent(broker), 'close');
  for (const socket of silent) socket.destroy();
  await eventually('a place is free', async () => {
    const client = await RawClient.login(broker).catch(() => undefined);
    client?.destroy();
    return client !== undefined;
  });
});

test('a stop does not wait for handshakes', async () => {
  const settings = { ...enabled, 'tcp.tls.handshake_timeout': '1 h' };
  await using broker = await startBroker({ settings });
  const socket = openSilent(broker);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await broker.stop();
  await closed;
});

test('new connections see what was read again, old ones go on', async () => {
  const { certFile, keyFile } = await writePair();
  const settings = { ...enabled, 'tcp.tls.cert_file': certFile, 'tcp.tls.key_file': keyFile };
  await using broker = await startBroker({ settings });
  const before = await shownBy(broker);
  await using old = await RawClient.login(broker);
  await writePair();
  assert.equal(await shownBy(broker), before, 'nobody has said that the files are new');
  assert.equal(await broker.reloadCertificates(), true);
  const next = await shownBy(broker);
  assert.notEqual(next, before);
  writeFileSync(keyFile, 'damaged');
  await assert.rejects(broker.reloadCertificates(), ConfigError);
  assert.equal(await shownBy(broker), next);
  assert.deepEqual(await old.call(getStreams, undefined), []);
});

test('a hang-up signal reads certificates again; broken ones are told and not used', async () => {
  const { certFile, keyFile } = await writePair();
  const settings = {
    VELTRO_TCP_TLS_ENABLED: 'true',
    VELTRO_TCP_TLS_CERT_FILE: certFile,
    VELTRO_TCP_TLS_KEY_FILE: keyFile,
  };
  const dataDir = join(folder, 'process');
  const broker = await BrokerProcess.start({ dataDir, threads: 1, settings });
  try {
    const before = await shownBy(broker);
    await using old = await RawClient.login({ ...broker, speaksTls: true });
    await writePair();
    broker.signal('SIGHUP');
    await eventually('the new one is shown', async () => (await shownBy(broker)) !== before);
    const next = await shownBy(broker);
    writeFileSync(certFile, 'damaged');
    broker.signal('SIGHUP');
    await eventually('the log tells of the damage', () =>
      broker.log.some((line) => /"level":"error".*tcp\.tls\.cert_file is /.test(line)),
    );
    assert.equal(await shownBy(broker), next);
    assert.deepEqual(await old.call(getStreams, undefined), []);
  } finally {
    assert.equal(await broker.end('SIGTERM'), 0);
  }
});

test('openssl agrees: TLS 1.2 and 1.3, ECDSA P-256, no ALPN, a name that is verified', async (t) => {
  if (!hasOpenssl(t)) return;
  await using broker = await startBroker({ settings: enabled });
  const address = broker.addresses.tcp!;
  const trust = ['-CAfile', selfSignedFile(broker), '-verify_return_error'];
  for (const version of ['1_2', '1_3']) {
    const options = [`-tls${version}`, ...trust, '-verify_hostname', 'localhost', '-alpn', 'iggy'];
    const text = await describeHandshake(address, options);
    assert.match(text, new RegExp(`New, TLSv${version.replace('_', '.')}, Cipher is`));
    assert.match(text, /Verify return code: 0 \(ok\)/);
    assert.match(text, /Verified peername: localhost/);
    assert.match(text, /Server public key is 256 bit/);
    assert.match(text, /No ALPN negotiated/);
    const answered = await opensslClient(
      address,
      [`-tls${version}`, ...trust],
      pingFrame,
      OK_BYTES,
    );
    assert.deepEqual(answered.received, Buffer.alloc(OK_BYTES));
  }
  for (const name of ['127.0.0.1', '::1']) {
    const text = await describeHandshake(address, [...trust, '-verify_ip', name]);
    assert.match(text, /Verify return code: 0 \(ok\)/);
  }
  const older = await describeHandshake(address, ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']);
  assert.match(older, /alert protocol version/);
  const stranger = await describeHandshake(address, [...trust, '-verify_hostname', 'example.org']);
  assert.match(stranger, /hostname mismatch/i);
});

test('certificates of clients are checked as configured', async (t) => {
  if (!hasOpenssl(t)) return;
  const authority = new TestAuthority(folder, 'clients');
  const good = authority.issue('good');
  const bad = new TestAuthority(folder, 'others').issue('bad');
  const rows: ['optional' | 'required', CertificateFiles | undefined, boolean][] = [
    ['optional', undefined, true],
    ['optional', good, true],
    ['optional', bad, false],
    ['required', undefined, false],
    ['required', good, true],
    ['required', bad, false],
  ];
  for (const [clientAuth, files, isWelcome] of rows) {
    const settings = {
      ...enabled,
      'tcp.tls.client_auth': clientAuth,
      'tcp.tls.client_ca_file': authority.cert,
    };
    await using broker = await startBroker({ settings });
    const row = `${clientAuth}, ${files?.cert}`;
    for (const version of ['-tls1_2', '-tls1_3']) {
      const own = files === undefined ? [] : ['-cert', files.cert, '-key', files.key];
      const options = [version, ...own];
      const { received } = await opensslClient(broker.addresses.tcp!, options, pingFrame, OK_BYTES);
      assert.equal(received.byteLength, isWelcome ? OK_BYTES : 0, `${row} ${version}`);
    }
    const own = files && { certFile: files.cert, keyFile: files.key };
    const attempt = connect(broker.url, { tls: { ...own } });
    if (isWelcome) await (await attempt).close();
    else await assert.rejects(attempt, row);
    assert.deepEqual(broker.errors, []);
  }
});

test('the authority of clients is read again as well', async (t) => {
  if (!hasOpenssl(t)) return;
  const first = new TestAuthority(folder, 'first');
  const second = new TestAuthority(folder, 'second');
  const client = second.issue('client');
  const clientCaFile = join(folder, 'client-ca.pem');
  writeFileSync(clientCaFile, readFileSync(first.cert));
  const settings = {
    ...enabled,
    'tcp.tls.client_auth': 'required',
    'tcp.tls.client_ca_file': clientCaFile,
  };
  await using broker = await startBroker({ settings });
  const tls = { certFile: client.cert, keyFile: client.key };
  await assert.rejects(connect(broker.url, { tls }));
  writeFileSync(clientCaFile, readFileSync(second.cert));
  await broker.reloadCertificates();
  await using accepted = await connect(broker.url, { tls });
  await accepted.ping();
});
