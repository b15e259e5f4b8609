import { type Client, connect } from '../../../src/client/client.ts';
import type { SnapshotOptions } from '../../../src/client/types.ts';
import type { Arguments, OpenArguments, Operation } from '../suite/operations.ts';
import { pollMessages, sendMessages } from './messages.ts';
import { NotOffered } from './not-offered.ts';
import { connectionOf, statsOf, topicOf, topicSettings } from './shown.ts';

type Handlers = {
  readonly [Op in Operation]?: (client: Client, args: Arguments<Op>) => Promise<unknown>;
};

const clients = new Map<string, Client>();
/** Schemes of the client by transport. */
const schemes: Readonly<Record<string, string>> = {
  tcp: 'iggy',
  quic: 'iggy+quic',
  http: 'iggy+http',
  ws: 'iggy+ws',
};

/** Does one operation; its result may hold bigints. */
export async function perform(name: string, op: string, args: never): Promise<unknown> {
  if (op === 'open') return open(name, args);
  const client = clients.get(name);
  if (client === undefined) throw new Error(`The client ${name} is not open.`);
  if (op === 'close') return close(name, client);
  const handler = handlers[op as Operation];
  if (handler === undefined) throw new NotOffered('the client has no such call');
  return handler(client, args);
}

async function open(name: string, args: OpenArguments): Promise<null> {
  const { address, transport, tls, username, password } = args;
  const scheme = schemes[transport];
  if (scheme === undefined) {
    throw new NotOffered(`the client does not know the transport ${transport}`);
  }
  const given = tls ?? (transport === 'quic' ? {} : undefined);
  const options = given && { ...given, serverName: given.domain, verify: !!given.caFile };
  clients.set(name, await connect(`${scheme}://${address}`, { username, password, tls: options }));
  return null;
}

async function close(name: string, client: Client): Promise<null> {
  clients.delete(name);
  await client.close();
  return null;
}

const system: Handlers = {
  ping: (client) => client.ping(),
  me: async (client) => connectionOf(await client.me()),
  'client.get': async (client, { clientId }) => {
    const found = await client.clients.get(clientId);
    return found && connectionOf(found);
  },
  'client.list': async (client) => {
    const listed = await client.clients.list();
    return listed.map((item) => ({ ...item, groupsCount: item.consumerGroupsCount }));
  },
  stats: async (client) => statsOf(await client.stats()),
  cluster: (client) => client.clusterMetadata(),
  snapshot: async (client, args) => {
    const zip = await client.snapshot(args as SnapshotOptions);
    return { zip: zip.toString('base64') };
  },
};

const users: Handlers = {
  'user.login': (client, credentials) => client.login(credentials),
  'user.logout': (client) => client.logout(),
  'user.create': (client, { username, password, ...options }) =>
    client.users.create(username, password, options),
  'user.get': (client, { user }) => client.users.get(user),
  'user.list': (client) => client.users.list(),
  'user.update': (client, { user, ...changes }) => client.users.update(user, changes),
  'user.permissions': (client, { user, permissions }) =>
    client.users.updatePermissions(user, permissions),
  'user.password': (client, { user, ...passwords }) => client.users.changePassword(user, passwords),
  'user.delete': (client, { user }) => client.users.delete(user),
  'token.login': (client, credentials) => client.login(credentials),
  'token.create': async (client, { name, expiryMicros }) => {
    const options = expiryMicros === undefined ? {} : { expiryMicros: BigInt(expiryMicros) };
    return { token: await client.tokens.create(name, options) };
  },
  'token.list': async (client) => {
    const listed = await client.tokens.list();
    return listed.map(({ name, expiryAt }) => ({ name, expiresAt: expiryAt || null }));
  },
  'token.delete': (client, { name }) => client.tokens.delete(name),
};

const streams: Handlers = {
  'stream.create': (client, { name }) => client.streams.create(name),
  'stream.get': async (client, { stream }) => {
    const found = await client.streams.get(stream);
    return found && { ...found, topics: found.topics.map(topicOf) };
  },
  'stream.list': (client) => client.streams.list(),
  'stream.update': (client, { stream, name }) => client.streams.update(stream, { name }),
  'stream.purge': (client, { stream }) => client.streams.purge(stream),
  'stream.delete': (client, { stream }) => client.streams.delete(stream),
};

const topics: Handlers = {
  'topic.create': async (client, { stream, name, partitions, ...settings }) => {
    const options = { partitions, ...topicSettings(settings) };
    return topicOf(await client.topics.create(stream, name, options));
  },
  'topic.get': async (client, { stream, topic }) => {
    const found = await client.topics.get(stream, topic);
    return found && topicOf(found);
  },
  'topic.list': async (client, { stream }) => {
    const listed = await client.topics.list(stream);
    return listed.map(topicOf);
  },
  'topic.update': (client, { stream, topic, name, ...settings }) =>
    client.topics.update(stream, topic, { name, ...topicSettings(settings) }),
  'topic.purge': (client, { stream, topic }) => client.topics.purge(stream, topic),
  'topic.delete': (client, { stream, topic }) => client.topics.delete(stream, topic),
  'partition.create': (client, { stream, topic, count }) =>
    client.partitions.create(stream, topic, count),
  'partition.delete': (client, { stream, topic, count }) =>
    client.partitions.delete(stream, topic, count),
  'segment.delete': (client, { stream, topic, partition, count }) =>
    client.segments.delete(stream, topic, partition, count),
};

const groups: Handlers = {
  'group.create': (client, { stream, topic, name }) => client.groups.create(stream, topic, name),
  'group.get': (client, { stream, topic, group }) => client.groups.get(stream, topic, group),
  'group.list': (client, { stream, topic }) => client.groups.list(stream, topic),
  'group.join': (client, { stream, topic, group }) => client.groups.join(stream, topic, group),
  'group.leave': (client, { stream, topic, group }) => client.groups.leave(stream, topic, group),
  'group.delete': (client, { stream, topic, group }) => client.groups.delete(stream, topic, group),
};

const reading: Handlers = {
  'offset.get': async (client, { stream, topic, ...reader }) => {
    const found = await client.offsets.get(stream, topic, reader);
    return found && { ...found, partition: found.partitionId };
  },
  'offset.store': (client, { stream, topic, offset, ...reader }) =>
    client.offsets.store(stream, topic, { ...reader, offset: BigInt(offset) }),
  'offset.delete': (client, { stream, topic, ...reader }) =>
    client.offsets.delete(stream, topic, reader),
  'message.send': sendMessages,
  'message.poll': pollMessages,
  'message.flush': (client, { stream, topic, partition, fsync }) =>
    client.messages.flush(stream, topic, partition, { fsync }),
};

const handlers: Handlers = { ...system, ...users, ...streams, ...topics, ...groups, ...reading };
