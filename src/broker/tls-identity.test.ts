import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, type TlsConfig } from '../../config/config.ts';
import { makeSelfSigned } from '../security/self-signed.ts';
import { loadTlsIdentity } from './tls-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-tls-'));
after(() => rmSync(folder, { recursive: true }));

const DAY_MS = 24 * 60 * 60 * 1000;
const [first, second] = await Promise.all([makeSelfSigned(), makeSelfSigned()]);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const files = { certFile: file('cert.pem', first.cert), keyFile: file('key.pem', first.key) };

async function load(changes: Partial<TlsConfig>, dataDir = join(folder, 'data')) {
  const warnings: string[] = [];
  const tls: TlsConfig = {
    enabled: true,
    selfSigned: false,
    ...files,
    clientAuth: 'none',
    clientCaFile: join(folder, 'missing'),
    handshakeTimeoutMs: 1000,
    ...changes,
  };
  const section = { name: 'tcp.tls', tls };
  const loaded = await loadTlsIdentity(section, dataDir, (message) => warnings.push(message));
  return { ...loaded, warnings };
}

test('files are taken as they are when they fit', async () => {
  const { identity, selfSignedFile, warnings } = await load({ selfSigned: true });
  assert.deepEqual(identity, { ...first, clientCa: undefined });
  assert.equal(selfSignedFile, undefined);
  assert.deepEqual(warnings, []);
  const clientCaFile = file('ca.pem', `${first.cert}${second.cert}`);
  const withClients = await load({ clientAuth: 'optional', clientCaFile });
  assert.equal(withClients.identity.clientCa, first.cert + second.cert);
});

test('what cannot be used is an error with key, file and reason', async () => {
  const missing = join(folder, 'missing');
  const garbage = file('garbage.pem', 'no certificate, no key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  const encrypted = file('encrypted.pem', privateKey.export(secret).toString());
  const other = file('other.pem', second.key);
  const cases: [Partial<TlsConfig>, string, string, RegExp][] = [
    [{ certFile: missing }, 'cert_file', missing, /does not exist/],
    [{ keyFile: missing, selfSigned: true }, 'key_file', missing, /does not exist/],
    [{ certFile: folder }, 'cert_file', folder, /cannot be read \(EISDIR\)/],
    [{ certFile: garbage }, 'cert_file', garbage, /holds no certificate in PEM form/],
    [{ keyFile: garbage }, 'key_file', garbage, /holds no unencrypted private key in PEM form/],
    [{ keyFile: encrypted }, 'key_file', encrypted, /holds no unencrypted private key/],
    [{ keyFile: other }, 'key_file', other, /does not belong to the certificate of.*cert\.pem/],
    [{ clientAuth: 'required' }, 'client_ca_file', missing, /does not exist/],
    [
      { clientAuth: 'optional', clientCaFile: garbage },
      'client_ca_file',
      garbage,
      /holds no certificates in PEM form/,
    ],
  ];
  for (const [changes, key, path, reason] of cases) {
    await assert.rejects(load(changes), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.problems.length, 1);
      const start = `tcp.tls.${key} is ${path}, but that file `;
      assert.ok(error.message.startsWith(start), error.message);
      assert.match(error.message.slice(start.length), reason);
      return true;
    });
  }
});

test('a key that others may read and a certificate that has expired are worth a warning', async () => {
  const keyFile = file('open.pem', first.key);
  chmodSync(keyFile, 0o640);
  assert.deepEqual((await load({ keyFile })).warnings, []);
  chmodSync(keyFile, 0o644);
  const [warning] = (await load({ keyFile })).warnings;
  if (process.platform !== 'win32') assert.match(warning, /open\.pem.*key_file.*chmod 600/);
  const old = await makeSelfSigned(Date.now() - 826 * DAY_MS);
  const expired = { certFile: file('old.pem', old.cert), keyFile: file('old-key.pem', old.key) };
  assert.match((await load(expired)).warnings[0], /old\.pem.*has expired/);
});

test('a certificate that was made here is kept, for its owner only, until it ends', async () => {
  const dataDir = join(folder, 'own');
  const own = { selfSigned: true, certFile: join(folder, 'missing') };
  const made = await load(own, dataDir);
  assert.equal(made.selfSignedFile, join(dataDir, 'tls', 'self_signed_cert.pem'));
  assert.match(made.warnings[0], /Made a self-signed certificate.*self_signed_cert\.pem/);
  assert.deepEqual(readdirSync(join(dataDir, 'tls')), [
    'self_signed_cert.pem',
    'self_signed_key.pem',
  ]);
  const keyFile = join(dataDir, 'tls', 'self_signed_key.pem');
  if (process.platform !== 'win32') assert.equal(statSync(keyFile).mode & 0o777, 0o600);

  const kept = await load(own, dataDir);
  assert.deepEqual(kept.identity, made.identity);
  assert.deepEqual(kept.warnings, []);

  const ends = await makeSelfSigned(Date.now() - 796 * DAY_MS);
  writeFileSync(made.selfSignedFile!, ends.cert);
  writeFileSync(keyFile, ends.key);
  const renewed = await load(own, dataDir);
  assert.ok(Date.parse(new X509Certificate(renewed.identity.cert).validTo) > Date.now() + DAY_MS);

  writeFileSync(keyFile, second.key);
  const repaired = await load(own, dataDir);
  assert.equal(repaired.warnings.length, 1);
  assert.notEqual(repaired.identity.key, second.key);
});
