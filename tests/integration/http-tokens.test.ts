import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportJWK, SignJWT } from 'jose';
import { startBroker } from '../support/broker.ts';
import { HttpCaller } from '../support/http-caller.ts';

const http = { port: 0 };
const issuer = 'https://Login.example.org/realms/One';
const nowSeconds = () => Math.floor(Date.now() / 1000);

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

function headOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString());
}

async function isTaken(caller: HttpCaller, token = caller.token): Promise<boolean> {
  const { status } = await caller.get('/streams', { token });
  assert.ok(status === 200 || status === 401, `status ${status}`);
  return status === 200;
}

/** A token signed with a secret that the broker was given. */
function signed(secret: Uint8Array, claims: Record<string, unknown>, alg = 'HS256') {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(secret);
}

function own(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const iat = nowSeconds();
  return { jti: 'a', iss: 'veltro', aud: 'veltro', sub: '0', iat, exp: iat + 60, ...changes };
}

test('a login gives a token with the claims of the protocol', async () => {
  const settings = { 'http.jwt.access_token_expiry': '10 m', 'http.jwt.not_before': '0 s' };
  await using broker = await startBroker({ http, settings });
  const caller = new HttpCaller(broker);
  const login = { username: 'iggy', password: 'iggy' };
  const { status, json } = await caller.post('/users/login', login);
  assert.equal(status, 200);
  const { user_id: userId, access_token: token } = json as {
    user_id: number;
    access_token: { token: string; expiry: number };
  };
  const { jti, iat, nbf, exp, ...named } = claimsOf(token.token);
  assert.equal(userId, 0);
  assert.deepEqual(named, { iss: 'veltro', aud: 'veltro', sub: '0' });
  assert.match(String(jti), /^[\da-f-]{36}$/);
  assert.equal(nbf, iat);
  assert.equal(exp, (iat as number) + 600);
  assert.equal(exp, token.expiry);
  assert.equal(await isTaken(caller, token.token), true);
});

test('what is no token of this broker is refused, with a challenge and a body', async () => {
  const secret = randomBytes(48);
  const settings = {
    'http.jwt.encoding_secret': secret.toString('base64'),
    'http.jwt.use_base64_secret': true,
    'http.jwt.clock_skew': '0 s',
  };
  await using broker = await startBroker({ http, settings });
  const caller = new HttpCaller(broker);
  assert.equal(await isTaken(caller, await signed(secret, own())), true);
  assert.equal(await isTaken(caller, await signed(secret, own({ aud: ['x', 'veltro'] }))), true);
  const past = nowSeconds() - 10;
  for (const changes of [
    { iss: 'somebody' },
    { aud: 'somebody' },
    { sub: 'iggy' },
    { sub: '77' },
    { sub: undefined },
    { exp: past },
    { exp: undefined },
    { nbf: nowSeconds() + 60 },
    { iat: 1 },
    { jti: undefined },
  ]) {
    const token = await signed(secret, own(changes));
    assert.equal(await isTaken(caller, token), false, JSON.stringify(changes));
  }
  assert.equal(await isTaken(caller, await signed(randomBytes(48), own())), false);
  assert.equal(await isTaken(caller, await signed(secret, own(), 'HS512')), false);
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const body = Buffer.from(JSON.stringify(own())).toString('base64url');
  assert.equal(await isTaken(caller, `${none}.${body}.`), false);
  const { status, headers, json } = await caller.get('/streams');
  assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Bearer']);
  assert.equal((json as { code: string }).code, 'unauthenticated');
  for (const authorization of ['bearer x', 'Bearer', 'Basic x', `Bearer  ${'x'.repeat(20)}`]) {
    const answer = await caller.get('/streams', { headers: { authorization } });
    assert.equal(answer.status, 401, authorization);
  }
});

test('a token is exchanged once, and revoked by a logout, also beyond a restart', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-'));
  const tokens: string[] = [];
  try {
    {
      await using broker = await startBroker({ http, dataDir });
      const caller = await HttpCaller.login(broker);
      const first = caller.token as string;
      const { json } = await caller.post('/users/refresh-token', { token: first });
      const second = (json as { access_token: { token: string } }).access_token.token;
      const again = await caller.post('/users/refresh-token', { token: first });
      assert.deepEqual([again.status, (again.json as { id: number }).id], [401, 78]);
      const { token: third } = await HttpCaller.login(broker);
      assert.equal((await caller.call('DELETE', '/users/logout', { token: third })).status, 204);
      tokens.push(first, second, third as string);
      assert.deepEqual(await Promise.all(tokens.map((token) => isTaken(caller, token))), [
        false,
        true,
        false,
      ]);
    }
    await using broker = await startBroker({ http, dataDir });
    const caller = new HttpCaller(broker);
    const taken = await Promise.all(tokens.map((token) => isTaken(caller, token)));
    assert.deepEqual(taken, [false, true, false]);
    const [file] = readdirSync(join(dataDir, 'http'));
    assert.equal(statSync(join(dataDir, 'http', file)).mode & 0o777, 0o600);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test('where the directory is encrypted, so is the secret of tokens', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-'));
  const settings = {
    'system.encryption.enabled': true,
    'system.encryption.key': Buffer.alloc(32, 7).toString('base64'),
  };
  try {
    let token: string | undefined;
    {
      await using broker = await startBroker({ http, dataDir, settings });
      ({ token } = await HttpCaller.login(broker));
    }
    const [file] = readdirSync(join(dataDir, 'http'));
    assert.doesNotMatch(readFileSync(join(dataDir, 'http', file), 'latin1'), /^[\w+/=]+$/);
    await using broker = await startBroker({ http, dataDir, settings });
    assert.equal(await isTaken(new HttpCaller(broker, token)), true);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test('tokens end with their user: deactivated, deleted, or another of the same number', async () => {
  await using broker = await startBroker({ http });
  const root = await HttpCaller.login(broker);
  const anna = { username: 'anna', password: 'secret', status: 'active', permissions: null };
  const { json } = await root.post('/users', anna);
  const caller = await HttpCaller.login(broker, 'anna', 'secret');
  const mine = () => caller.get('/personal-access-tokens').then(({ status }) => status);
  assert.equal(await mine(), 200);
  await root.put('/users/anna', { status: 'inactive' });
  assert.equal(await mine(), 401);
  await root.put('/users/anna', { status: 'active' });
  assert.equal(await mine(), 200);
  await root.delete('/users/anna');
  assert.equal(await mine(), 401);
  // A token tells seconds: the next user is one only in the next second.
  const second = nowSeconds();
  while (nowSeconds() === second) await new Promise((resolve) => setTimeout(resolve, 20));
  const { json: next } = await root.post('/users', { ...anna, username: 'bert' });
  assert.equal((next as { id: number }).id, (json as { id: number }).id);
  assert.equal(await mine(), 401);
});

for (const algorithm of ['HS384', 'HS512', 'RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA']) {
  test(`tokens are signed by ${algorithm} with a key that is made`, async () => {
    const settings = { 'http.jwt.algorithm': algorithm };
    await using broker = await startBroker({ http, settings });
    const caller = await HttpCaller.login(broker);
    assert.equal(headOf(caller.token as string).alg, algorithm);
    assert.equal(await isTaken(caller), true);
  });
}

test('tokens are signed with keys in PEM form, and keys that do not fit are refused', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const encoding = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const decoding = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keys = (changes: Record<string, string>) => ({
    'http.jwt.algorithm': 'RS256',
    'http.jwt.encoding_secret': encoding,
    'http.jwt.decoding_secret': decoding,
    ...changes,
  });
  await using broker = await startBroker({ http, settings: keys({}) });
  assert.equal(await isTaken(await HttpCaller.login(broker)), true);
  for (const [changes, message] of [
    [{ 'http.jwt.encoding_secret': 'secret' }, /http\.jwt\.encoding_secret .* no private key/],
    [{ 'http.jwt.decoding_secret': 'secret' }, /http\.jwt\.decoding_secret .* no public key/],
    [{ 'http.jwt.algorithm': 'ES256' }, /encoding_secret .* no key for ES256/],
    [{ 'http.jwt.encoding_secret': '' }, /encoding_secret is empty/],
  ] as const) {
    const failed = startBroker({ http, settings: keys(changes) });
    await assert.rejects(failed, (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret'|BEGIN|MII/);
      return true;
    });
  }
});

test('tokens of a trusted issuer make the caller the user that is configured', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' };
  const keys = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  const { port } = keys.address() as AddressInfo;
  const trusted = { issuer, audience: 'api', jwks_url: `http://127.0.0.1:${port}/`, user_id: 1 };
  const settings = { 'http.jwt.trusted_issuers': JSON.stringify([trusted]) };
  await using broker = await startBroker({ http, settings });
  const root = await HttpCaller.login(broker);
  const anna = { username: 'anna', password: 'secret', status: 'active', permissions: null };
  await root.post('/users', anna);
  const foreign = (changes: object = {}, head: object = {}, key = privateKey) =>
    new SignJWT({ iss: issuer, aud: 'api', sub: 'whoever', exp: nowSeconds() + 60, ...changes })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...head })
      .sign(key);
  const token = await foreign({ iss: 'HTTPS://login.EXAMPLE.org/realms/One' });
  const caller = new HttpCaller(broker, token);
  assert.equal((await caller.get('/users/anna')).status, 200);
  assert.equal((await caller.get('/users/0')).status, 403);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  for (const bad of [
    await foreign({ aud: 'other' }),
    await foreign({ exp: nowSeconds() - 60 }),
    await foreign({ iss: 'https://login.example.org/realms/one' }),
    await foreign({}, { kid: undefined }),
    await foreign({}, { kid: 'two' }),
    await foreign({}, {}, other),
  ]) {
    assert.equal((await caller.get('/users/anna', { token: bad })).status, 401);
  }
  assert.equal((await caller.post('/users/refresh-token', { token })).status, 401);
  assert.equal((await caller.call('DELETE', '/users/logout')).status, 204);
  assert.equal((await caller.get('/users/anna')).status, 401);
  keys.close();
});

test('logins that fail are counted over HTTP as well, and say nothing of the user', async () => {
  const settings = { 'login_limit.failures_per_user': 2 };
  await using broker = await startBroker({ http, settings });
  const caller = new HttpCaller(broker);
  const attempt = (username: string, password: string) =>
    caller.post('/users/login', { username, password });
  const wrong = await attempt('iggy', 'wrong');
  const nobody = await attempt('nobody', 'wrong');
  assert.deepEqual([wrong.status, wrong.text], [nobody.status, nobody.text]);
  assert.equal(wrong.status, 401);
  await attempt('iggy', 'wrong');
  assert.equal((await attempt('iggy', 'iggy')).status, 401);
});

test('personal access tokens log in, and what is none is not repeated', async () => {
  await using broker = await startBroker({ http });
  const root = await HttpCaller.login(broker);
  const { json } = await root.post('/personal-access-tokens', { name: 'backup', expiry: 0 });
  const { status, json: identity } = await root.post('/personal-access-tokens/login', json);
  assert.equal(status, 200);
  const { token } = (identity as { access_token: { token: string } }).access_token;
  assert.equal(await isTaken(root, token), true);
  const unknown = await root.post('/personal-access-tokens/login', { token: 'no-such-token' });
  assert.deepEqual([unknown.status, (unknown.json as { id: number }).id], [401, 53]);
  assert.doesNotMatch(unknown.text, /no-such-token/);
});
