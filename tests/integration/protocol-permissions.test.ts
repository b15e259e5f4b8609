import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Codec } from '../../src/wire/classic/codec.ts';
import { changePassword } from '../../src/wire/classic/commands/change-password.ts';
import { createConsumerGroup } from '../../src/wire/classic/commands/create-consumer-group.ts';
import { createPartitions } from '../../src/wire/classic/commands/create-partitions.ts';
import { createPersonalAccessToken } from '../../src/wire/classic/commands/create-personal-access-token.ts';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { createUser } from '../../src/wire/classic/commands/create-user.ts';
import { deleteConsumerGroup } from '../../src/wire/classic/commands/delete-consumer-group.ts';
import { deleteConsumerOffset } from '../../src/wire/classic/commands/delete-consumer-offset.ts';
import { deletePartitions } from '../../src/wire/classic/commands/delete-partitions.ts';
import { deletePersonalAccessToken } from '../../src/wire/classic/commands/delete-personal-access-token.ts';
import { deleteSegments } from '../../src/wire/classic/commands/delete-segments.ts';
import { deleteStream } from '../../src/wire/classic/commands/delete-stream.ts';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { deleteUser } from '../../src/wire/classic/commands/delete-user.ts';
import { flushUnsavedBuffer } from '../../src/wire/classic/commands/flush-unsaved-buffer.ts';
import { getClient } from '../../src/wire/classic/commands/get-client.ts';
import { getConsumerGroup } from '../../src/wire/classic/commands/get-consumer-group.ts';
import { getConsumerGroups } from '../../src/wire/classic/commands/get-consumer-groups.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import { getSnapshot } from '../../src/wire/classic/commands/get-snapshot.ts';
import { getStream } from '../../src/wire/classic/commands/get-stream.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { getTopics } from '../../src/wire/classic/commands/get-topics.ts';
import { getUser } from '../../src/wire/classic/commands/get-user.ts';
import { joinConsumerGroup } from '../../src/wire/classic/commands/join-consumer-group.ts';
import { leaveConsumerGroup } from '../../src/wire/classic/commands/leave-consumer-group.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../../src/wire/classic/commands/login-with-personal-access-token.ts';
import { logoutUser } from '../../src/wire/classic/commands/logout-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { purgeStream } from '../../src/wire/classic/commands/purge-stream.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { updatePermissions } from '../../src/wire/classic/commands/update-permissions.ts';
import { updateStream } from '../../src/wire/classic/commands/update-stream.ts';
import { updateTopic } from '../../src/wire/classic/commands/update-topic.ts';
import { updateUser } from '../../src/wire/classic/commands/update-user.ts';
import { codecs } from '../../src/wire/classic/commands.ts';
import {
  type GlobalFlag,
  globalFlags,
  type Permissions,
  type StreamFlag,
  streamFlags,
  type TopicFlag,
  topicFlags,
} from '../../src/wire/classic/structures/permissions.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { projectRoot } from '../support/project-root.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  createPlace,
  place,
  pollRequest,
  sendRequest,
  topicRequest,
} from '../support/topic-kit.ts';
import {
  addToken,
  addUser,
  credentials,
  loginAs,
  loginWith,
  rights,
  streamRights,
  topicRights,
} from '../support/user-kit.ts';

/** A flag with the level it stands at: everything, the stream of a request, or its topic. */
type Flag = `G.${GlobalFlag}` | `S.${StreamFlag}` | `T.${TopicFlag}`;

const topicsList: readonly Flag[] = [
  'G.readStreams',
  'G.manageStreams',
  'G.manageTopics',
  'G.readTopics',
  'S.manageStream',
  'S.readStream',
  'S.manageTopics',
  'S.readTopics',
];
const topicCreate: readonly Flag[] = [
  'G.manageStreams',
  'G.manageTopics',
  'S.manageStream',
  'S.manageTopics',
];

/** The classes of protocol section 2.2: any one flag is enough. */
const classes: Readonly<Record<string, readonly Flag[]>> = {
  SERVER: ['G.manageServers', 'G.readServers'],
  USERS_READ: ['G.manageUsers', 'G.readUsers'],
  USERS_MANAGE: ['G.manageUsers'],
  STREAMS_LIST: ['G.manageStreams', 'G.readStreams'],
  STREAM_READ: ['G.manageStreams', 'G.readStreams', 'S.manageStream', 'S.readStream'],
  STREAM_CREATE: ['G.manageStreams'],
  STREAM_MANAGE: ['G.manageStreams', 'S.manageStream'],
  TOPICS_LIST: topicsList,
  TOPIC_READ: [...topicsList, 'T.manageTopic', 'T.readTopic'],
  TOPIC_CREATE: topicCreate,
  TOPIC_MANAGE: [...topicCreate, 'T.manageTopic'],
  POLL: [
    ...topicsList,
    'G.pollMessages',
    'S.pollMessages',
    'T.manageTopic',
    'T.readTopic',
    'T.pollMessages',
  ],
  SEND: [...topicCreate, 'G.sendMessages', 'S.sendMessages', 'T.manageTopic', 'T.sendMessages'],
};

/** A command as the protocol's table has it. */
interface CommandRow {
  readonly code: number;
  readonly name: string;
  readonly auth: boolean;
  /** A class, or what is asked of everybody and behind it the class of all others. */
  readonly permission: string;
}

const table = JSON.parse(
  readFileSync(join(projectRoot(), 'tests/golden/commands.json'), 'utf8'),
) as CommandRow[];

/** Flags of which any one is enough for a command; null when it asks for none. */
function flagsFor({ code }: { readonly code: number }): readonly Flag[] | null {
  const row = table.find((command) => command.code === code);
  assert.ok(row, `the protocol has no command ${code}`);
  const name = row.permission.split(' ').at(-1) ?? '';
  return classes[row.permission] ?? (row.permission.startsWith('own') ? classes[name] : null);
}

const rootId = { userId: 0 };
const stream = { streamId: place.streamId };
const reader = { ...place, consumer: { kind: 'consumer', id: 1 }, partitionId: 0 } as const;
const account = { username: 'iggy', password: 'secret', status: 1, permissions: null };

const noGroup = { ...place, groupId: 'missing' };

/**
 * What to ask of each command that has a payload, so that nothing is changed for good: where it is
 * allowed, it fails for another reason, or has no effect. Those that delete come last.
 */
const requests: ReadonlyMap<Codec<unknown, unknown>, unknown> = new Map<
  Codec<unknown, unknown>,
  unknown
>([
  [ping, undefined],
  [getSnapshot, { compression: 'stored', types: ['test'] }],
  [getClient, { clientId: 0 }],
  [getUser, rootId],
  [createUser, account],
  [deleteUser, rootId],
  [updateUser, { userId: 'ann', username: null, status: null }],
  [updatePermissions, { ...rootId, permissions: null }],
  [changePassword, { ...rootId, currentPassword: 'wrong', newPassword: 'new' }],
  [loginUser, credentials('nobody')],
  [createPersonalAccessToken, { name: 'x', expiryMicros: 0n }],
  [deletePersonalAccessToken, { name: 'missing' }],
  [loginWithPersonalAccessToken, { token: 'missing' }],
  [pollMessages, pollRequest()],
  [sendMessages, sendRequest(['a'])],
  [flushUnsavedBuffer, { ...place, partitionId: 0, fsync: false }],
  [getConsumerOffset, reader],
  [storeConsumerOffset, { ...reader, offset: 0n }],
  [deleteConsumerOffset, reader],
  [getStream, stream],
  [createStream, { name: place.streamId }],
  [updateStream, { ...stream, name: place.streamId }],
  [purgeStream, stream],
  [getTopic, place],
  [getTopics, stream],
  [createTopic, topicRequest(place.streamId, place.topicId)],
  [updateTopic, { ...topicRequest(place.streamId, place.topicId), ...place }],
  [purgeTopic, place],
  [createPartitions, { ...place, partitionsCount: 0 }],
  [deletePartitions, { ...place, partitionsCount: 0 }],
  [deleteSegments, { ...place, partitionId: 0, segmentsCount: 0 }],
  [getConsumerGroup, noGroup],
  [getConsumerGroups, place],
  [createConsumerGroup, { ...place, name: 'again' }],
  [deleteConsumerGroup, noGroup],
  [joinConsumerGroup, noGroup],
  [leaveConsumerGroup, noGroup],
  [deleteTopic, place],
  [deleteStream, stream],
]);

const last: readonly Codec<unknown, unknown>[] = [deleteTopic, deleteStream, logoutUser];
const inOrder = [...codecs.filter((codec) => !last.includes(codec)), ...last] as readonly Codec<
  unknown,
  unknown
>[];

/** A user who has one flag and no other, on stream 0 and its topic 0. */
function onlyFlag(flag: Flag): Permissions {
  const name = flag.slice(2);
  if (flag.startsWith('G')) return rights([name as GlobalFlag]);
  if (flag.startsWith('S')) return rights([], [streamRights(0, [name as StreamFlag])]);
  return rights([], [streamRights(0, [], [topicRights(0, [name as TopicFlag])])]);
}

const allFlags: readonly Flag[] = [
  ...globalFlags.map((flag): Flag => `G.${flag}`),
  ...streamFlags.map((flag): Flag => `S.${flag}`),
  ...topicFlags.map((flag): Flag => `T.${flag}`),
];

const elsewhere = rights(
  [],
  [
    streamRights(0, [], [topicRights(1, topicFlags)]),
    streamRights(1, streamFlags, [topicRights(0, topicFlags)]),
  ],
);

/** Users with their rights, and the flags of these that count for the place of the requests. */
const rows: readonly (readonly [string, Permissions | null, readonly Flag[]])[] = [
  ['no permissions', null, []],
  ['no flag at all', rights([]), []],
  ['every flag on other streams and topics', elsewhere, []],
  ['every global flag', rights(globalFlags), allFlags],
  ...allFlags.map((flag) => [`${flag} alone`, onlyFlag(flag), [flag]] as const),
];

test('the matrix has every command that has a payload, and every class', () => {
  const inMatrix = new Set(codecs.filter((codec) => requests.has(codec)));
  const without = codecs.filter((codec) => !inMatrix.has(codec));
  for (const codec of without) {
    assert.equal(codec.writeRequest.length, 0, `${codec.name} has a request, but none here`);
  }
  assert.equal(requests.size + without.length, codecs.length);
  const used = new Set(table.flatMap(({ permission }) => permission.split(' ').at(-1) ?? []));
  for (const name of Object.keys(classes)) assert.ok(used.has(name), `${name} has no command`);
});

test('the commands are those of the protocol, with their names', () => {
  const named = (rows: readonly { code: number; name: string }[]) =>
    rows.map(({ code, name }) => `${code} ${name}`);
  assert.deepEqual(named(codecs), named(table));
});

test('before login every command that needs one is answered with 40, and no other', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  for (const { code, name, auth } of table) {
    const codec = codecs.find((known) => known.code === code) as Codec<unknown, unknown>;
    const answered = await client.status(codec, requests.get(codec));
    assert.equal(answered === status.Unauthenticated, auth, `${name}: ${answered}`);
  }
});

test('every command is refused exactly to those without one of its flags', async () => {
  const settings = { 'system.state.enforce_fsync': false, 'login_limit.enabled': false };
  await using broker = await startBroker({ settings });
  await using root = await RawClient.login(broker);
  const { id } = await addUser(root, 'ann');
  await using first = await loginAs(broker, 'ann');
  const token = await addToken(first, 'matrix');
  let refused = 0;
  for (const [title, permissions, flags] of rows) {
    await root.request(deleteStream, stream);
    await createPlace(root);
    await root.call(updatePermissions, { userId: id, permissions });
    await using ann = await loginWith(broker, token);
    for (const codec of inOrder) {
      const wanted = flagsFor(codec);
      const isAllowed = wanted === null || wanted.some((flag) => flags.includes(flag));
      const code = await ann.status(codec, requests.get(codec));
      assert.equal(code !== status.Unauthorized, isAllowed, `${codec.name} with ${title}: ${code}`);
      if (!isAllowed) refused += 1;
    }
  }
  assert.ok(refused > 400, 'most commands are refused to most users');
  assert.deepEqual(broker.errors, []);
});
