import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'smol-toml';
import { effectiveToml } from './effective.ts';
import { loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-effective-'));
after(() => rmSync(folder, { recursive: true }));

const encryptionKey = Buffer.alloc(32, 0x6b).toString('base64');
const environment = {
  VELTRO_SYSTEM_ENCRYPTION_KEY: encryptionKey,
  VELTRO_ROOT_USERNAME: 'administrator',
  VELTRO_ROOT_PASSWORD: 'hunter2hunter2',
  VELTRO_HTTP_JWT_ENCODING_SECRET: 'open sesame 1',
  VELTRO_HTTP_JWT_DECODING_SECRET: 'open sesame 2',
  VELTRO_HTTP_JWT_TRUSTED_ISSUERS_0_ISSUER: 'https://login.example.org',
  VELTRO_HTTP_JWT_TRUSTED_ISSUERS_0_AUDIENCE: 'veltro',
  VELTRO_HTTP_JWT_TRUSTED_ISSUERS_0_JWKS_URL: 'https://login.example.org/keys',
  VELTRO_HTTP_JWT_TRUSTED_ISSUERS_0_USER_ID: '7',
  VELTRO_HTTP_CORS_ALLOWED_ORIGINS: 'https://example.org',
  VELTRO_TCP_ADDRESS: '[::1]:0',
  VELTRO_TCP_FRAME_TIMEOUT: '1 m 30 s',
  VELTRO_SYSTEM_SEGMENT_SIZE: '1 MiB',
  VELTRO_SYSTEM_TOPIC_MAX_SIZE: '2 GB',
  VELTRO_SYSTEM_SHARDING_CPU_ALLOCATION: '3',
};

test('the effective configuration loads again to the same values', () => {
  const config = loadConfig({ environment });
  const path = join(folder, 'current_config.toml');
  writeFileSync(path, effectiveToml(config));
  const secrets = Object.entries(environment).filter(([name]) => /_KEY$|_SECRET$/.test(name));
  const again = loadConfig({ file: path, environment: Object.fromEntries(secrets) });
  assert.deepEqual(again, { ...config, rootCredentials: undefined });
});

test('units are written, bound addresses filled in, credentials left out', () => {
  const text = effectiveToml(loadConfig({ environment }), { tcp: '[::1]:41234' });
  assert.doesNotMatch(text, /administrator|hunter2|sesame/);
  assert.ok(!text.includes(encryptionKey));
  const { system, tcp } = JSON.parse(JSON.stringify(parse(text)));
  assert.equal(tcp.address, '[::1]:41234');
  assert.equal(tcp.frame_timeout, '1 m 30 s');
  assert.deepEqual(system.segment, { size: '1 MiB', preallocate: true });
  assert.deepEqual(system.sharding, { cpu_allocation: 3, busy_polling: true });
});
