import type { IdPool } from './id-pool.ts';
import type { Named, NamedMap } from './named-map.ts';
import type {
  CatalogCommand,
  CatalogState,
  GroupRecord,
  StreamRecord,
  TopicRecord,
  UserRecord,
} from './state.ts';
import type { TokenRecord } from './token-table.ts';

/**
 * Throws when a command does not fit the state. It runs before a command is written, so that no log
 * ever holds one that cannot be applied again, and before each is applied.
 */
export function assertApplies(state: CatalogState, command: CatalogCommand): void {
  switch (command.type) {
    case 'user.create':
      return assertNew('user', state.users, state.userIds, command);
    case 'user.update':
      return assertNameFree('user', state.users, command);
    case 'user.password':
    case 'user.permissions':
    case 'user.delete':
      userOf(state, command.id);
      return;
    case 'token.create':
      return assertNewToken(state, command);
    case 'token.delete':
      tokenOf(state, command.userId, command.name);
      return;
    case 'access_token.revoke':
      if (state.revokedTokens.has(command.id)) throw new Error('the token is revoked already');
      return;
    case 'stream.create':
      return assertNew('stream', state.streams, state.streamIds, command);
    case 'stream.update':
      return assertNameFree('stream', state.streams, command);
    case 'stream.delete':
      streamOf(state, command.id);
      return;
    case 'topic.create': {
      const { topics, topicIds } = streamOf(state, command.streamId);
      return assertNew('topic', topics, topicIds, command);
    }
    case 'topic.update':
      return assertNameFree('topic', streamOf(state, command.streamId).topics, command);
    case 'topic.delete':
      topicOf(state, command.streamId, command.id);
      return;
    case 'partitions.create':
      topicOf(state, command.streamId, command.topicId);
      return;
    case 'partitions.delete': {
      const { partitions } = topicOf(state, command.streamId, command.topicId);
      if (command.count <= partitions.length) return;
      throw new Error(`${command.count} of ${partitions.length} partitions cannot be deleted`);
    }
    case 'group.create': {
      const { groups, groupIds } = topicOf(state, command.streamId, command.topicId);
      return assertNew('group', groups, groupIds, command);
    }
    case 'group.delete':
      groupOf(topicOf(state, command.streamId, command.topicId), command.id);
      return;
    default:
      throw new Error(`the command ${(command as { type: string }).type} is not known`);
  }
}

/** The stream; throws when the catalog has none of that number. */
export function streamOf(state: CatalogState, id: number): StreamRecord {
  return found('stream', state.streams, id);
}

/** The topic; throws when the catalog has none of that number. */
export function topicOf(state: CatalogState, streamId: number, id: number): TopicRecord {
  return found('topic', streamOf(state, streamId).topics, id);
}

/** The group; throws when the topic has none of that number. */
export function groupOf(topic: TopicRecord, id: number): GroupRecord {
  return found('group', topic.groups, id);
}

/** The user; throws when the catalog has none of that number. */
export function userOf(state: CatalogState, id: number): UserRecord {
  return found('user', state.users, id);
}

/** The token; throws when the user has none of that name. */
export function tokenOf(state: CatalogState, userId: number, name: string): TokenRecord {
  const token = state.tokens.find(userId, name);
  if (token === undefined) throw new Error(`user ${userId} has no token ${name}`);
  return token;
}

function found<Entry extends Named>(kind: string, map: NamedMap<Entry>, id: number): Entry {
  const entry = map.find(id);
  if (entry === undefined) throw new Error(`there is no ${kind} ${id}`);
  return entry;
}

function assertNew(kind: string, map: NamedMap<Named>, ids: IdPool, entry: Named): void {
  if (entry.id !== ids.peek()) {
    throw new Error(`the next ${kind} is ${ids.peek()}, not ${entry.id}`);
  }
  if (map.find(entry.name) !== undefined) throw new Error(`a ${kind} ${entry.name} is there`);
}

function assertNewToken(state: CatalogState, { userId, name, hash }: TokenRecord): void {
  userOf(state, userId);
  if (state.tokens.find(userId, name) !== undefined) {
    throw new Error(`user ${userId} has a token ${name}`);
  }
  if (state.tokens.findByHash(hash) !== undefined) throw new Error('the token is there');
}

/** An entry may be given the name that it has. */
function assertNameFree(kind: string, map: NamedMap<Named>, entry: Named): void {
  const own = found(kind, map, entry.id);
  const namesake = map.find(entry.name);
  if (namesake !== undefined && namesake !== own)
    throw new Error(`a ${kind} ${entry.name} is there`);
}
