import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';

test('the client manages users, tokens and what they may do', async () => {
  await using broker = await startBroker();
  await using root = await connect(broker.url, { username: 'iggy', password: 'iggy' });
  const permissions = { streams: [{ streamId: 0, pollMessages: true }] };
  const ann = await root.users.create('ann', 'secret', { permissions });
  assert.equal(ann.permissions?.streams[0].pollMessages, true);
  assert.equal(ann.permissions?.global.readServers, false);
  await using client = await connect(broker.url, { username: 'ann', password: 'secret' });
  const unauthorized = { code: status.Unauthorized };
  await assert.rejects(client.users.list(), unauthorized);
  await assert.rejects(client.clients.list(), unauthorized);
  await root.users.updatePermissions('ann', { global: { readServers: true, readUsers: true } });
  assert.deepEqual(
    (await client.users.list()).map((user) => [user.username, user.status]),
    [
      ['iggy', 'active'],
      ['ann', 'active'],
    ],
  );
  const { clientId } = await client.me();
  assert.deepEqual((await client.clients.get(clientId))?.userId, ann.id);
  assert.equal((await client.clients.list()).length, 2);
  await client.users.changePassword('ann', { current: 'secret', next: 'better' });
  const token = await client.tokens.create('ci-token', { expiryMicros: 3_600_000_000n });
  assert.equal((await client.tokens.list())[0].name, 'ci-token');
  await client.logout();
  assert.deepEqual(await client.login({ token }), { userId: ann.id });
  await client.tokens.delete('ci-token');
  await assert.rejects(client.login({ token }), { code: status.ResourceNotFound });
  await root.users.update('ann', { username: 'bob', status: 'inactive' });
  assert.equal((await root.users.get('bob'))?.status, 'inactive');
  await root.users.delete('bob');
  assert.equal(await root.users.get('bob'), null);
});
