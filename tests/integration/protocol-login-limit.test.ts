import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/broker/logger.ts';
import { changePassword } from '../../src/wire/classic/commands/change-password.ts';
import { createUser } from '../../src/wire/classic/commands/create-user.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../../src/wire/classic/commands/login-with-personal-access-token.ts';
import { userStatuses } from '../../src/wire/classic/structures/user.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient } from '../support/raw-client.ts';
import { addToken, addUser, credentials } from '../support/user-kit.ts';

/** Nothing is forgotten while a test runs. */
const period = { 'login_limit.period': '7 days' } as const;
const right = credentials('iggy', 'iggy');
const wrong = credentials('iggy', 'wrong');

test('after too many failures an address is refused, whatever it brings', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level: 'warn', format: 'json', destination });
  const settings = { ...period, 'login_limit.failures_per_address': 4 };
  await using broker = await startBroker({ settings, logger });
  await using root = await RawClient.login(broker);
  const token = await addToken(root, 'robot');
  await using client = await RawClient.connect(broker);
  assert.equal(await client.status(loginUser, wrong), status.InvalidCredentials);
  assert.equal(await client.status(loginUser, right), 0);
  const unknown = credentials('a password by mistake', 'wrong');
  assert.equal(await client.status(loginUser, unknown), status.InvalidCredentials);
  const noToken = { token: 'a token that nobody has' };
  assert.equal(await client.status(loginWithPersonalAccessToken, noToken), status.ResourceNotFound);
  assert.equal(await client.status(loginWithPersonalAccessToken, { token }), 0);
  const change = { userId: 0, currentPassword: 'wrong', newPassword: 'newer' };
  assert.equal(await client.status(changePassword, change), status.InvalidCredentials);

  await using next = await RawClient.connect(broker);
  for (const attempt of [right, wrong, unknown]) {
    assert.equal(await next.status(loginUser, attempt), status.InvalidCredentials);
  }
  for (const attempt of [{ token }, noToken]) {
    const code = await next.status(loginWithPersonalAccessToken, attempt);
    assert.equal(code, status.InvalidCredentials);
  }
  const correct = { ...change, currentPassword: 'iggy' };
  assert.equal(await client.status(changePassword, correct), status.InvalidCredentials);
  assert.equal(await root.status(getMe, undefined), 0, 'who is logged in stays so');
  assert.equal(lines.length, 1);
  assert.match(lines[0], /"address":"127\.0\.0\.1:\d+".*Too many logins failed/);
});

test('a user is refused after too many failures under its name or its number', async () => {
  const settings = { ...period, 'login_limit.failures_per_user': 3 };
  await using broker = await startBroker({ settings });
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann');
  await using client = await RawClient.connect(broker);
  for (const name of ['ann', '001', 'ann']) {
    const code = await client.status(loginUser, credentials(name, 'wrong'));
    assert.equal(code, status.InvalidCredentials);
  }
  for (const name of ['ann', '001']) {
    const code = await client.status(loginUser, credentials(name));
    assert.equal(code, status.InvalidCredentials);
  }
  assert.equal(await client.status(loginUser, right), 0);
});

test('logins that succeed do not count, one after the other or at once', async () => {
  const settings = { ...period, 'login_limit.failures_per_address': 1 };
  await using broker = await startBroker({ settings });
  await using client = await RawClient.connect(broker);
  for (let login = 0; login < 200; login++) {
    assert.equal(await client.status(loginUser, right), 0);
  }
  const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.login(broker)));
  for (const other of clients) other.destroy();
});

test('without the limit any number of logins may fail', async () => {
  const settings = { 'login_limit.enabled': false, 'login_limit.failures_per_address': 1 };
  await using broker = await startBroker({ settings });
  await using client = await RawClient.connect(broker);
  for (let login = 0; login < 5; login++) {
    assert.equal(await client.status(loginUser, wrong), status.InvalidCredentials);
  }
  assert.equal(await client.status(loginUser, right), 0);
});

test('a refused login waits for no hash, and those before it are still worked on', async () => {
  const settings = { ...period, 'login_limit.failures_per_address': 1 };
  await using broker = await startBroker({ settings });
  await using client = await RawClient.connect(broker);
  const roots = await Promise.all(Array.from({ length: 10 }, () => RawClient.login(broker)));
  assert.equal(await client.status(loginUser, wrong), status.InvalidCredentials);
  let created = 0;
  const creations = roots.map(async (root, index) => {
    const account = { username: `user ${index}`, password: 'secret', permissions: null };
    assert.equal(await root.status(createUser, { ...account, status: userStatuses.active }), 0);
    created++;
    root.destroy();
  });
  assert.equal(await client.status(loginUser, right), status.InvalidCredentials);
  assert.ok(created < roots.length, 'the refused login waited for hashes');
  await Promise.all(creations);
});
