import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changePassword } from '../../src/wire/classic/commands/change-password.ts';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createUser } from '../../src/wire/classic/commands/create-user.ts';
import { deleteStream } from '../../src/wire/classic/commands/delete-stream.ts';
import { deleteUser } from '../../src/wire/classic/commands/delete-user.ts';
import { getClient } from '../../src/wire/classic/commands/get-client.ts';
import { getClients } from '../../src/wire/classic/commands/get-clients.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { getPersonalAccessTokens } from '../../src/wire/classic/commands/get-personal-access-tokens.ts';
import { getStream } from '../../src/wire/classic/commands/get-stream.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { getUser } from '../../src/wire/classic/commands/get-user.ts';
import { getUsers } from '../../src/wire/classic/commands/get-users.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { updatePermissions } from '../../src/wire/classic/commands/update-permissions.ts';
import { updateUser } from '../../src/wire/classic/commands/update-user.ts';
import { globalFlags } from '../../src/wire/classic/structures/permissions.ts';
import { userStatuses } from '../../src/wire/classic/structures/user.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient } from '../support/raw-client.ts';
import { createPlace, place, pollRequest, sendRequest } from '../support/topic-kit.ts';
import { addUser, credentials, loginAs, rights, streamRights } from '../support/user-kit.ts';

const newUser = { username: 'ann', password: 'secret', status: 1, permissions: null };

test('a new user is answered with its permissions, in order, and listed', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  const streams = [streamRights(3, ['readStream']), streamRights(1, ['pollMessages'])];
  const permissions = rights(['readServers'], streams);
  const ann = await addUser(root, 'ann', permissions);
  assert.equal(ann.id, 1);
  assert.equal(ann.status, userStatuses.active);
  assert.deepEqual(ann.permissions, rights(['readServers'], streams.toReversed()));
  assert.deepEqual(await root.call(getUser, { userId: 'ann' }), ann);
  assert.deepEqual(await root.call(getUser, { userId: 1 }), ann);
  const { permissions: ofRoot } = (await root.call(getUser, { userId: 0 }))!;
  assert.deepEqual(ofRoot, rights(globalFlags));
  const listed = await root.call(getUsers, undefined);
  assert.deepEqual(
    listed.map(({ id, username }) => [id, username]),
    [
      [0, 'iggy'],
      [1, 'ann'],
    ],
  );
});

test('a user is refused by name length, password length, status, then by a taken name', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  const rows: [Partial<typeof newUser>, number][] = [
    [{ username: 'an', password: '', status: 9 }, status.InvalidUsername],
    [{ username: 'a'.repeat(51) }, status.InvalidUsername],
    [{ username: 'iggy', password: 'pw', status: 9 }, status.InvalidPassword],
    [{ password: 'p'.repeat(101) }, status.InvalidPassword],
    [{ username: 'iggy', status: 3 }, status.InvalidCommand],
    [{ username: 'iggy' }, status.UserAlreadyExists],
    [{}, 0],
    [{}, status.UserAlreadyExists],
  ];
  for (const [changes, expected] of rows) {
    const code = await root.status(createUser, { ...newUser, ...changes });
    assert.equal(code, expected, JSON.stringify(changes));
  }
});

test('two creations of one name at the same time make one user', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await using other = await RawClient.login(broker);
  const codes = await Promise.all(
    [root, other].map((client) => client.status(createUser, newUser)),
  );
  assert.deepEqual(codes.sort(), [0, status.UserAlreadyExists]);
  assert.equal((await root.call(getUsers, undefined)).length, 2);
});

test('users see themselves; a missing name is told to all, a missing number is not', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann');
  await using ann = await loginAs(broker, 'ann');
  for (const userId of [1, 'ann']) {
    assert.equal((await ann.call(getUser, { userId }))?.username, 'ann');
  }
  assert.equal(await ann.call(getUser, { userId: 'nobody' }), null);
  for (const userId of [0, 'iggy', 7]) {
    assert.equal(await ann.status(getUser, { userId }), status.Unauthorized);
  }
  assert.equal(await root.call(getUser, { userId: 7 }), null);
});

test('name and status of a user change, and nobody who is inactive logs in', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann');
  await using ann = await loginAs(broker, 'ann');
  const change = (username: string | null, code: number | null, userId: number | string = 1) =>
    root.status(updateUser, { userId, username, status: code });
  assert.equal(await change('an', null), status.InvalidUsername);
  assert.equal(await change(null, 3), status.InvalidCommand);
  assert.equal(await change('iggy', null), status.UserAlreadyExists);
  assert.equal(await change('ann', null), 0);
  assert.equal(await change(null, null, 'nobody'), status.ResourceNotFound);
  assert.equal(await change('bob', userStatuses.inactive), 0);
  const user = await root.call(getUser, { userId: 1 });
  assert.deepEqual([user?.username, user?.status], ['bob', userStatuses.inactive]);
  assert.equal(await ann.status(loginUser, credentials('ann')), status.InvalidCredentials);
  assert.equal(await ann.status(loginUser, credentials('bob', 'wrong')), status.UserInactive);
  assert.equal(await ann.status(getMe, undefined), 0, 'the connection stays logged in');
  assert.equal(await change(null, userStatuses.active), 0);
  assert.equal(await ann.status(loginUser, credentials('bob')), 0);
});

test('root is changed by root only, and stays active', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann', rights(globalFlags));
  await using ann = await loginAs(broker, 'ann');
  const change = (client: RawClient, username: string | null, code: number | null) =>
    client.status(updateUser, { userId: 0, username, status: code });
  for (const [client, username, code] of [
    [ann, 'gone', null],
    [ann, null, userStatuses.active],
    [ann, null, userStatuses.inactive],
    [root, null, userStatuses.inactive],
  ] as const) {
    assert.equal(await change(client, username, code), status.CannotChangePermissions);
  }
  assert.equal(await change(root, 'admin', userStatuses.active), 0);
  assert.equal(await ann.status(loginUser, credentials('admin', 'iggy')), 0);
});

test('a password changes for whoever knows it, with the right to do so', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann');
  await addUser(root, 'bob');
  await using ann = await loginAs(broker, 'ann');
  const rows: [RawClient, string, string, string, number][] = [
    [ann, 'nobody', 'pw', 'new secret', status.InvalidPassword],
    [ann, 'nobody', 'secret', 'pw', status.InvalidPassword],
    [ann, 'nobody', 'secret', 'new secret', status.ResourceNotFound],
    [ann, 'bob', 'wrong', 'new secret', status.Unauthorized],
    [ann, 'ann', 'wrong', 'new secret', status.InvalidCredentials],
    [ann, 'ann', 'secret', 'new secret', 0],
    [root, 'ann', 'secret', 'newer secret', status.InvalidCredentials],
    [root, 'bob', 'secret', 'new secret', 0],
  ];
  for (const [client, userId, currentPassword, newPassword, expected] of rows) {
    const code = await client.status(changePassword, { userId, currentPassword, newPassword });
    assert.equal(code, expected, `${userId} ${currentPassword} ${newPassword}`);
  }
  await using again = await RawClient.connect(broker);
  for (const name of ['ann', 'bob']) {
    assert.equal(await again.status(loginUser, credentials(name)), status.InvalidCredentials);
    assert.equal(await again.status(loginUser, credentials(name, 'new secret')), 0);
  }
});

test('changed permissions count at once for connections that are open', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await createPlace(root);
  await addUser(root, 'ann', rights([], [streamRights(0, ['sendMessages', 'pollMessages'])]));
  await using ann = await loginAs(broker, 'ann');
  const codes = async () => [
    await ann.status(sendMessages, sendRequest(['a'])),
    await ann.status(pollMessages, pollRequest()),
    await ann.status(getStream, { streamId: place.streamId }),
  ];
  assert.deepEqual(await codes(), [0, 0, status.Unauthorized]);
  await root.call(updatePermissions, { userId: 'ann', permissions: rights(['readStreams']) });
  assert.deepEqual(await codes(), [status.Unauthorized, 0, 0]);
  await root.call(updatePermissions, { userId: 'ann', permissions: null });
  assert.deepEqual(await codes(), [41, 41, 41]);
  const missing = { userId: 'nobody', permissions: null };
  assert.equal(await root.status(updatePermissions, missing), status.ResourceNotFound);
  const ofRoot = { userId: 0, permissions: null };
  assert.equal(await root.status(updatePermissions, ofRoot), status.CannotChangePermissions);
});

test('what is missing is told before what is not allowed', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await createPlace(root);
  await addUser(root, 'ann');
  await using ann = await loginAs(broker, 'ann');
  assert.equal(await ann.status(deleteStream, { streamId: 'x' }), status.StreamIdNotFound);
  assert.equal(await ann.call(getStream, { streamId: 'x' }), null);
  const elsewhere = { ...sendRequest(['a']), topicId: 'x' };
  assert.equal(await ann.status(sendMessages, elsewhere), status.TopicIdNotFound);
  assert.equal(await ann.status(pollMessages, pollRequest({ partitionId: 9 })), 41);
  assert.equal(await ann.status(createStream, { name: place.streamId }), status.Unauthorized);
});

test('rights on a stream do not pass to the one that gets its number', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await createPlace(root);
  await addUser(root, 'ann', rights([], [streamRights(0, ['manageStream'])]));
  await using ann = await loginAs(broker, 'ann');
  await ann.call(deleteStream, { streamId: 0 });
  await createPlace(root);
  assert.equal(await ann.status(getStream, { streamId: 0 }), status.Unauthorized);
});

test('connections of a deleted user may do nothing, not even as its successor', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await addUser(root, 'ann', rights(globalFlags));
  await using ann = await loginAs(broker, 'ann');
  const { clientId } = await ann.call(getMe, undefined);
  assert.equal(await root.status(deleteUser, { userId: 0 }), status.CannotDeleteUser);
  assert.equal(await root.status(deleteUser, { userId: 'nobody' }), status.ResourceNotFound);
  assert.equal(await ann.status(deleteUser, { userId: 'ann' }), 0);
  for (const hasSuccessor of [false, true]) {
    if (hasSuccessor) assert.equal((await addUser(root, 'bob', rights(globalFlags))).id, 1);
    assert.equal(await ann.status(getStreams, undefined), status.Unauthorized);
    assert.equal(await ann.status(getUser, { userId: 1 }), status.Unauthorized);
    assert.equal(await ann.status(getPersonalAccessTokens, undefined), status.ResourceNotFound);
    assert.equal(await root.call(getClient, { clientId }), null);
    assert.equal((await root.call(getClients, undefined)).length, 1);
  }
  assert.equal(await ann.status(loginUser, credentials('ann')), status.InvalidCredentials);
  assert.equal(await ann.status(loginUser, credentials('bob')), 0);
  assert.equal(await ann.status(getStreams, undefined), 0);
});

test('connections are listed with who they are, also before login', async () => {
  await using broker = await startBroker();
  await using root = await RawClient.login(broker);
  await using stranger = await RawClient.connect(broker);
  await stranger.exchange(Buffer.from('0400000001000000', 'hex'));
  const me = await root.call(getMe, undefined);
  const clients = await root.call(getClients, undefined);
  assert.deepEqual(
    clients.map(({ userId, transport, consumerGroupsCount }) => [
      userId,
      transport,
      consumerGroupsCount,
    ]),
    [
      [0, 'tcp', 0],
      [null, 'tcp', 0],
    ],
  );
  assert.equal(clients[0].clientId, me.clientId);
  assert.deepEqual(await root.call(getClient, { clientId: me.clientId }), me);
  const unknown = clients[1].clientId === 1 ? 2 : 1;
  assert.equal(await root.call(getClient, { clientId: unknown }), null);
  assert.equal(await root.status(getClient, { clientId: 0 }), status.InvalidClientId);
});

test('users outlive a restart', async () => {
  await using first = await startBroker();
  await using root = await RawClient.login(first);
  await addUser(root, 'ann', rights(['readStreams']));
  await root.call(updateUser, { userId: 'ann', username: 'bob', status: null });
  const before = await root.call(getUser, { userId: 'bob' });
  await first.stop();
  await using second = await startBroker({ dataDir: first.dataDir });
  await using bob = await loginAs(second, 'bob');
  assert.deepEqual(await bob.call(getUser, { userId: 'bob' }), before);
  assert.equal(await bob.status(getStreams, undefined), 0);
});
