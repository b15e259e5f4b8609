// The operations of DRIVER.md on an open client, by their names.
import { Misunderstood, NotOffered } from './answers.mjs';
import { readMessage, readOrigin, readTarget, showPolled } from './messages.mjs';
import { readPermissions } from './permissions.mjs';
import * as show from './results.mjs';

const ENDLESS = 2n ** 64n - 1n;
const COMPRESSIONS = { none: 1, gzip: 2 };
const STATUSES = { active: 1, inactive: 2 };
const TOPIC = ['stream', 'topic'];
const GROUP = [...TOPIC, 'group'];

const operation = (needs, run) => ({ needs, run });

/** An operation without a result; the client answers false when it did not expect the answer. */
const action = (needs, run) =>
  operation(needs, async (...given) => {
    if (!(await run(...given))) throw new Error('the client did not understand the answer');
    return null;
  });

const missing = (reason) =>
  operation([], () => {
    throw new NotOffered(reason);
  });

/** The client has a session too, but would log in again for the next request after that. */
const login = (needs) =>
  operation(needs, async (_, { username, password, token }, raw) => {
    await raw.authenticate(token === undefined ? { username, password } : { token });
    return { userId: raw.userId };
  });

function choice(values, name) {
  const known = name === undefined || Object.hasOwn(values, name);
  if (!known) throw new Misunderstood(`${name} is none of ${Object.keys(values)}`);
  return values[name];
}

/** A number of 64 bits, or a word for the highest; undefined leaves it to the client. */
function wide(text, endless) {
  if (text === undefined) return undefined;
  return text === endless ? ENDLESS : BigInt(text);
}

function topicOf({ stream, topic }) {
  return { streamId: stream, topicId: topic };
}

function groupOf(args) {
  return { ...topicOf(args), groupId: args.group };
}

function offsetOf(args) {
  return { ...topicOf(args), consumer: readerOf(args), partitionId: args.partition ?? null };
}

function readerOf({ consumer, group }) {
  if ((consumer === undefined) === (group === undefined))
    throw new Misunderstood('one of the arguments consumer and group is needed');
  return group === undefined ? { kind: 1, id: consumer } : { kind: 2, id: group };
}

function topicSettings({ name, compression, expiryMicros, maxSizeBytes, replicationFactor }) {
  return {
    name,
    compressionAlgorithm: choice(COMPRESSIONS, compression),
    messageExpiry: wide(expiryMicros, 'never'),
    maxTopicSize: wide(maxSizeBytes, 'unlimited'),
    replicationFactor,
  };
}

/** The client takes what comes behind the first topic for partitions. */
async function listTopics(api, { stream }) {
  const several = () => new NotOffered('this client reads no more than one topic');
  const found = await api.topic.list({ streamId: stream }).catch((error) => {
    throw error instanceof RangeError ? several() : error;
  });
  if (found.some(({ partitions }) => partitions.length > 0)) throw several();
  return found.map(show.baseTopic);
}

const system = {
  ping: action([], (api) => api.system.ping()),
  'user.login': login(['username', 'password']),
  'user.logout': action([], (api) => api.session.logout()),
  'token.login': login(['token']),
  me: operation([], async (api) => show.client(await api.client.getMe())),
  'client.get': operation(['clientId'], async (api, { clientId }) =>
    show.orNull(show.client, await api.client.get({ clientId })),
  ),
  'client.list': operation([], async (api) => (await api.client.list()).map(show.client)),
  stats: operation([], async (api) => show.stats(await api.system.getStats())),
  snapshot: missing('this client has no snapshots'),
  cluster: operation([], async (api) => show.cluster(await api.cluster.getClusterMetadata())),
};

const users = {
  'user.create': operation(['username', 'password'], async (api, args) => {
    const status = choice(STATUSES, args.status ?? 'active');
    const permissions = readPermissions(args.permissions);
    const { username, password } = args;
    return show.user(await api.user.create({ username, password, status, permissions }));
  }),
  'user.get': operation(['user'], async (api, { user }) =>
    show.orNull(show.user, await api.user.get({ userId: user })),
  ),
  'user.list': operation([], async (api) => (await api.user.list()).map(show.baseUser)),
  'user.update': action(['user'], (api, { user, username, status }) =>
    api.user.update({ userId: user, username, status: choice(STATUSES, status) }),
  ),
  'user.permissions': action(['user', 'permissions'], (api, { user, permissions }) =>
    api.user.updatePermissions({ userId: user, permissions: readPermissions(permissions) }),
  ),
  'user.password': action(['user', 'current', 'next'], (api, { user, current, next }) =>
    api.user.changePassword({ userId: user, currentPassword: current, newPassword: next }),
  ),
  'user.delete': action(['user'], (api, { user }) => api.user.delete({ userId: user })),
};

const tokens = {
  'token.create': operation(['name'], async (api, { name, expiryMicros = '0' }) => {
    const { token } = await api.token.create({ name, expiry: BigInt(expiryMicros) });
    return { token };
  }),
  'token.list': operation([], async (api) => {
    const found = await api.token.list();
    // It passes over a third one, and reads nonsense for more.
    if (found.length > 1) throw new NotOffered('this client reads no more than two tokens');
    return found.map(show.token);
  }),
  'token.delete': action(['name'], (api, { name }) => api.token.delete({ name })),
};

const streams = {
  'stream.create': operation(['name'], async (api, { name }) =>
    show.stream(await api.stream.create({ name })),
  ),
  'stream.get': operation(['stream'], async (api, { stream }) =>
    show.orNull(show.stream, await api.stream.get({ streamId: stream })),
  ),
  'stream.list': operation([], async (api) => (await api.stream.list()).map(show.stream)),
  'stream.update': action(['stream', 'name'], (api, { stream, name }) =>
    api.stream.update({ streamId: stream, name }),
  ),
  'stream.purge': action(['stream'], (api, { stream }) => api.stream.purge({ streamId: stream })),
  'stream.delete': action(['stream'], (api, { stream }) => api.stream.delete({ streamId: stream })),
};

const topics = {
  'topic.create': operation(['stream', 'name', 'partitions'], async (api, args) => {
    const { stream, partitions } = args;
    const settings = { streamId: stream, partitionCount: partitions, ...topicSettings(args) };
    return show.topic(await api.topic.create(settings));
  }),
  'topic.get': operation(TOPIC, async (api, args) =>
    show.orNull(show.topic, await api.topic.get(topicOf(args))),
  ),
  'topic.list': operation(['stream'], listTopics),
  'topic.update': action([...TOPIC, 'name'], (api, args) =>
    api.topic.update({ ...topicOf(args), ...topicSettings(args) }),
  ),
  'topic.purge': action(TOPIC, (api, args) => api.topic.purge(topicOf(args))),
  'topic.delete': action(TOPIC, (api, args) =>
    api.topic.delete({ ...topicOf(args), partitionsCount: 0 }),
  ),
  'partition.create': action([...TOPIC, 'count'], (api, args) =>
    api.partition.create({ ...topicOf(args), partitionCount: args.count }),
  ),
  'partition.delete': action([...TOPIC, 'count'], (api, args) =>
    api.partition.delete({ ...topicOf(args), partitionCount: args.count }),
  ),
  'segment.delete': action([...TOPIC, 'partition', 'count'], (api, args) => {
    const { partition, count } = args;
    return api.segment.delete({ ...topicOf(args), partitionId: partition, segmentsCount: count });
  }),
};

const groups = {
  'group.create': operation([...TOPIC, 'name'], async (api, args) =>
    show.group(await api.group.create({ ...topicOf(args), name: args.name })),
  ),
  'group.get': operation(GROUP, async (api, args) =>
    show.orNull(show.group, await api.group.get(groupOf(args))),
  ),
  'group.list': operation(TOPIC, async (api, args) =>
    (await api.group.list(topicOf(args))).map(show.group),
  ),
  'group.join': action(GROUP, (api, args) => api.group.join(groupOf(args))),
  'group.leave': action(GROUP, (api, args) => api.group.leave(groupOf(args))),
  'group.delete': action(GROUP, (api, args) => api.group.delete(groupOf(args))),
};

const offsets = {
  'offset.get': operation(TOPIC, async (api, args) =>
    show.orNull(show.offset, await api.offset.get(offsetOf(args))),
  ),
  'offset.store': action([...TOPIC, 'offset'], (api, args) =>
    api.offset.store({ ...offsetOf(args), offset: BigInt(args.offset) }),
  ),
  'offset.delete': action(TOPIC, (api, args) => api.offset.delete(offsetOf(args))),
};

const messages = {
  'message.send': action([...TOPIC, 'to', 'messages'], (api, args) => {
    const given = args.messages.map(readMessage);
    return api.message.send({ ...topicOf(args), partition: readTarget(args.to), messages: given });
  }),
  'message.poll': operation([...TOPIC, 'from', 'count'], async (api, args) => {
    const { from, count, autoCommit } = args;
    const strategy = { pollingStrategy: readOrigin(from), count, autocommit: autoCommit };
    return showPolled(await api.message.poll({ ...offsetOf(args), ...strategy }));
  }),
  'message.flush': action([...TOPIC, 'partition'], (api, args) => {
    if (args.fsync) throw new NotOffered('this client cannot ask for fsync');
    return api.message.flushUnsavedBuffers({ ...topicOf(args), partitionId: args.partition });
  }),
};

export const operations = {
  ...system,
  ...users,
  ...tokens,
  ...streams,
  ...topics,
  ...groups,
  ...offsets,
  ...messages,
};
