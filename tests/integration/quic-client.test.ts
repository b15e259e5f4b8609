import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import type { TlsOptions } from '../../src/client/types.ts';
import { makeSelfSigned } from '../../src/security/self-signed.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-quic-'));
after(() => rmSync(folder, { recursive: true }));

const quic = { port: 0 };
const MIB = 1024 * 1024;

/** Files with a new certificate, written over what was there. */
async function writePair(): Promise<{ certFile: string; keyFile: string }> {
  const pair = await makeSelfSigned();
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  writeFileSync(files.certFile, pair.cert);
  writeFileSync(files.keyFile, pair.key, { mode: 0o600 });
  return files;
}

function urlOf({ addresses }: { addresses: { quic?: string } }): string {
  return `iggy+quic://iggy:iggy@${addresses.quic}`;
}

function selfSignedFile({ dataDir }: TestBroker): string {
  return join(dataDir, 'tls', 'self_signed_cert.pem');
}

test('our client trusts what it is told to trust, and nothing else', async () => {
  await using broker = await startBroker({ quic });
  await using client = await connect(broker.quicUrl);
  assert.equal((await client.me()).transport, 'quic');
  const caFile = selfSignedFile(broker);
  const other = join(folder, 'other.pem');
  writeFileSync(other, (await makeSelfSigned()).cert);
  const rows: [TlsOptions | undefined, RegExp | undefined][] = [
    [{ caFile }, undefined],
    [{ caFile, serverName: 'localhost' }, undefined],
    [{ verify: false }, undefined],
    [undefined, /certificate is not to be trusted/],
    [{ caFile: other }, /certificate is not to be trusted/],
    [{ caFile, serverName: 'example.org' }, /certificate is not to be trusted/],
    [{ caFile: join(folder, 'none') }, /tls\.caFile is '.*none'.*ENOENT/],
  ];
  for (const [tls, problem] of rows) {
    const attempt = connect(urlOf(broker), { tls });
    if (problem === undefined) {
      assert.deepEqual(await (await attempt).streams.list(), []);
      await (await attempt).close();
    } else {
      const code = status.CannotEstablishConnection;
      await assert.rejects(attempt, { code, message: problem });
    }
  }
});

test('certificates are read again, bad ones change nothing', async () => {
  const { certFile, keyFile } = await writePair();
  const settings = {
    'quic.certificate.cert_file': certFile,
    'quic.certificate.key_file': keyFile,
  };
  await using broker = await startBroker({ quic, settings });
  await using before = await connect(urlOf(broker), { tls: { caFile: certFile } });
  await writePair();
  const withNew = () => connect(urlOf(broker), { tls: { caFile: certFile } });
  await assert.rejects(withNew(), { code: status.CannotEstablishConnection });
  assert.equal(await broker.reloadCertificates(), true);
  await (await withNew()).close();
  writeFileSync(keyFile, 'no key');
  await assert.rejects(broker.reloadCertificates(), /quic\.certificate\.key_file/);
  await (await withNew()).close();
  assert.deepEqual(await before.streams.list(), []);
});

test('messages of a producer keep their order, and those of consumers come as they are', async () => {
  const settings = { 'polling.max_wait': '20 s' };
  await using broker = await startBroker({ quic, settings });
  await using client = await connect(broker.quicUrl);
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 1 });
  const consumer = client.consumer('dev', 'events', { partition: 0, start: 'first' });
  const producer = client.producer('dev', 'events', { batchLength: 7, partition: 0 });
  const count = 500;
  const sending = (async () => {
    for (let n = 0; n < count; n++) await producer.send({ payload: `${n}` });
    await producer.flush();
  })();
  let next = 0;
  for await (const message of consumer) {
    assert.equal(message.payload.toString(), `${next}`);
    next++;
    if (next === count) break;
  }
  await sending;
});

test('a poll that waits leaves the connection to others', async () => {
  const settings = { 'polling.max_wait': '20 s' };
  await using broker = await startBroker({ quic, settings });
  await using client = await connect(broker.quicUrl);
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 1 });
  const waiting = client.messages.poll('dev', 'events', { partition: 0, waitMs: 20_000 });
  await eventually('it waits', () => broker.statistics.watchedCount === 1);
  await client.messages.send('dev', 'events', [{ payload: 'news' }], { partition: 0 });
  assert.equal((await waiting).messages[0].payload.toString(), 'news');
});

test('large messages go in and come out', async () => {
  await using broker = await startBroker({ quic });
  await using client = await connect(broker.quicUrl);
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 1 });
  const payload = Buffer.alloc(20 * MIB, 'large');
  await client.messages.send('dev', 'events', [{ payload }], { partition: 0 });
  const { messages } = await client.messages.poll('dev', 'events', {
    partition: 0,
    strategy: 'first',
  });
  assert.ok(messages[0].payload.equals(payload));
});

test('a client comes back to a broker that was killed, and to one that was stopped', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-'));
  let broker = await BrokerProcess.start({ dataDir, threads: 1, quic: '127.0.0.1:0' });
  const { quic: address } = broker.addresses;
  const options = { tls: { verify: false }, reconnect: { delayMs: 20, delayMsMax: 100 } };
  await using client = await connect(urlOf(broker), options);
  await client.streams.create('dev');
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await broker.end(signal);
    const listing = client.streams.list();
    broker = await BrokerProcess.start({ dataDir, threads: 1, quic: address });
    assert.equal((await listing).length, 1, signal);
  }
  await client.close();
  await broker.end('SIGTERM');
  rmSync(dataDir, { recursive: true });
});

test('where nobody listens a client says so at once', async () => {
  const broker = await startBroker({ quic });
  const url = urlOf(broker);
  await broker[Symbol.asyncDispose]();
  const code = status.CannotEstablishConnection;
  await assert.rejects(connect(url, { tls: { verify: false } }), { code, message: /ECONNREFUSED/ });
  const signal = AbortSignal.abort(new Error('not now'));
  await assert.rejects(connect(url, { signal }), /not now/);
});

/** Makes the library fail to load, as it does where it has no build. */
function withoutLibrary(): string {
  const hooks = `export function resolve(name, context, next) {
    if (name.startsWith('@matrixai/quic')) throw new Error('no build');
    return next(name, context);
  }`;
  const file = join(folder, 'without.mjs');
  const url = `data:text/javascript,${encodeURIComponent(hooks)}`;
  writeFileSync(file, `import { register } from 'node:module'; register(${JSON.stringify(url)});`);
  return `--import=${file}`;
}

test('without the library the broker starts and says so, unless somebody asked for it', async () => {
  const settings = { NODE_OPTIONS: withoutLibrary() };
  const dataDir = join(folder, 'without');
  const place = { dataDir, threads: 1 };
  const environment = {
    ...settings,
    VELTRO_QUIC_ENABLED: 'true',
    VELTRO_QUIC_ADDRESS: '127.0.0.1:0',
  };
  const broker = await BrokerProcess.start({ ...place, quic: 'default', settings: environment });
  assert.equal(broker.addresses.quic, undefined);
  const said = /QUIC is not available.*The broker starts without it/;
  await eventually('it says so', () => broker.log.some((line) => said.test(line)));
  assert.equal(await broker.end('SIGTERM'), 0);
  const asked = BrokerProcess.start({ ...place, quic: '127.0.0.1:0', settings });
  await assert.rejects(asked, /QUIC is not available.*--quic off/s);
});
