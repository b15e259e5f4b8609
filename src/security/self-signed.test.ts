import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { makeSelfSigned } from './self-signed.ts';

test('the certificate is one for the names of this machine, by ECDSA P-256, from now on', async () => {
  const nowMs = Date.UTC(2026, 0, 2);
  const { cert, key } = await makeSelfSigned(nowMs);
  const certificate = new X509Certificate(cert);
  const names = 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1';
  assert.equal(certificate.subjectAltName, names);
  assert.deepEqual([certificate.subject, certificate.issuer], ['CN=localhost', 'CN=localhost']);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.equal(certificate.verify(certificate.publicKey), true);
  assert.equal(certificate.checkPrivateKey(createPrivateKey(key)), true);
  assert.equal(Date.parse(certificate.validFrom), nowMs);
  assert.equal(Date.parse(certificate.validTo), Date.UTC(2028, 3, 6));
});

test('no two certificates have key or number in common', async () => {
  const made = await Promise.all([makeSelfSigned(), makeSelfSigned()]);
  const [first, second] = made.map(({ cert }) => new X509Certificate(cert));
  assert.notEqual(first.serialNumber, second.serialNumber);
  assert.notEqual(made[0].key, made[1].key);
});
