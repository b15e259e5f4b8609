import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPersonalAccessToken } from '../../src/wire/classic/commands/create-personal-access-token.ts';
import { deletePersonalAccessToken } from '../../src/wire/classic/commands/delete-personal-access-token.ts';
import { deleteUser } from '../../src/wire/classic/commands/delete-user.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { getPersonalAccessTokens } from '../../src/wire/classic/commands/get-personal-access-tokens.ts';
import { loginWithPersonalAccessToken } from '../../src/wire/classic/commands/login-with-personal-access-token.ts';
import { updateUser } from '../../src/wire/classic/commands/update-user.ts';
import { userStatuses } from '../../src/wire/classic/structures/user.ts';
import { tokensPerUserMax } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { RawClient } from '../support/raw-client.ts';
import { addToken, addUser, loginAs, loginWith } from '../support/user-kit.ts';

const HOUR_MICROS = 3_600_000_000n;
const U64_MAX = 2n ** 64n - 1n;

test('a token is 68 characters that log in as their user, and is told once', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann');
  await using ann = await loginAs(broker, 'ann');
  const token = await addToken(ann, 'ci-token');
  assert.match(token, /^[A-Za-z0-9+/]{67}=$/);
  await using other = await RawClient.connect(broker);
  const identity = await other.call(loginWithPersonalAccessToken, { token });
  assert.deepEqual(identity, { userId: 1 });
  assert.equal((await other.call(getMe, undefined)).userId, 1);
  const listed = await ann.request(getPersonalAccessTokens, undefined);
  assert.equal(
    listed.payload.toString('hex'),
    `08${Buffer.from('ci-token').toString('hex')}${'00'.repeat(8)}`,
  );
  assert.deepEqual(await root.call(getPersonalAccessTokens, undefined), []);
});

test('only a hash of a token is stored', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  const token = await addToken(root, 'ci-token');
  const folder = join(broker.dataDir, 'catalog');
  const stored = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  assert.ok(stored.includes('ci-token'));
  assert.ok(!stored.includes(token));
});

test('a token is refused by the length of its name, by the limit, then by a taken name', async () => {
  await using broker = await startBroker({ settings: { 'system.state.enforce_fsync': false } });
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann');
  await using ann = await loginAs(broker, 'ann');
  const create = (name: string) =>
    ann.status(createPersonalAccessToken, { name, expiryMicros: 0n });
  assert.equal(await create('ci'), status.InvalidPersonalAccessTokenName);
  assert.equal(await create('c'.repeat(31)), status.InvalidPersonalAccessTokenName);
  for (let index = 1; index < tokensPerUserMax; index++)
    assert.equal(await create(`t-${index}`), 0);
  assert.equal(await create('t-1'), status.PersonalAccessTokenAlreadyExists);
  assert.equal(await create('c'.repeat(30)), 0);
  assert.equal(await create('t-1'), status.PersonalAccessTokensLimitReached);
  assert.equal(await create('ci'), status.InvalidPersonalAccessTokenName);
  await addToken(root, 't-1');
  await ann.call(deletePersonalAccessToken, { name: 't-1' });
  assert.equal(await create('t-1'), 0);
});

test('tokens expire when they say, and make room for others', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  const create = async (name: string, expiryMicros: bigint) =>
    (await root.call(createPersonalAccessToken, { name, expiryMicros })).token;
  const before = BigInt(Date.now()) * 1000n;
  await create('hour', HOUR_MICROS);
  await create('never', U64_MAX);
  await create('ages', U64_MAX - 1n);
  const short = await create('short', 1n);
  const after = BigInt(Date.now()) * 1000n;
  const listed = await root.call(getPersonalAccessTokens, undefined);
  const expiries = new Map(listed.map(({ name, expiryAt }) => [name, expiryAt]));
  const hour = expiries.get('hour')!;
  assert.ok(hour >= before + HOUR_MICROS && hour <= after + HOUR_MICROS);
  assert.equal(expiries.get('never'), 0n);
  assert.equal(expiries.get('ages'), U64_MAX);
  await using other = await RawClient.connect(broker);
  await eventually('the token has expired', async () => {
    const code = await other.status(loginWithPersonalAccessToken, { token: short });
    return code === status.PersonalAccessTokenExpired;
  });
  await create('short', 0n);
  const code = await other.status(loginWithPersonalAccessToken, { token: short });
  assert.equal(code, status.ResourceNotFound);
});

test('deleted tokens, those of deleted users and of inactive ones do not log in', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann');
  await using ann = await loginAs(broker, 'ann');
  const first = await addToken(ann, 'first');
  const second = await addToken(ann, 'second');
  await using other = await loginWith(broker, first);
  const login = (token: string) => other.status(loginWithPersonalAccessToken, { token });
  assert.equal(await root.status(deletePersonalAccessToken, { name: 'first' }), 20);
  assert.equal(await ann.status(deletePersonalAccessToken, { name: 'first' }), 0);
  assert.equal(await ann.status(deletePersonalAccessToken, { name: 'first' }), 20);
  assert.equal(await login(first), status.ResourceNotFound);
  assert.equal(await other.status(getMe, undefined), 0, 'a failed login changes nothing');
  const inactive = { userId: 'ann', username: null, status: userStatuses.inactive };
  await root.call(updateUser, inactive);
  assert.equal(await login(second), status.UserInactive);
  await root.call(deleteUser, { userId: 'ann' });
  assert.equal(await login(second), status.ResourceNotFound);
});

test('tokens outlive a restart', async () => {
  await using first = await startBroker();
  await using root = await RawClient.login(first);
  const token = await addToken(root, 'ci-token');
  await first.stop();
  await using second = await startBroker({ dataDir: first.dataDir });
  await using other = await loginWith(second, token);
  assert.equal((await other.call(getPersonalAccessTokens, undefined))[0].name, 'ci-token');
});
