import type { Acknowledgement } from '../wire/acknowledgement.ts';
import type { Permissions } from '../wire/classic/structures/permissions.ts';
import { assertApplies, groupOf, streamOf, tokenOf, topicOf, userOf } from './command-check.ts';
import { IdPool } from './id-pool.ts';
import { NamedMap } from './named-map.ts';
import { allPermissions, orderedPermissions, withoutStream, withoutTopic } from './permissions.ts';
import { type RevokedToken, RevokedTokens } from './revoked-tokens.ts';
import { type TokenRecord, TokenTable } from './token-table.ts';

/** The root user: it is created first and has every right. */
export const ROOT_USER_ID = 0;

/** A partition as the catalog knows it; its position in the topic's list is its id. */
export interface PartitionRecord {
  /** Microseconds since the epoch. */
  readonly createdAt: number;
}

/** A topic as the catalog knows it. */
export interface TopicRecord {
  readonly id: number;
  readonly createdAt: number;
  name: string;
  /** 1 none, 2 gzip: kept and told, never applied. */
  compression: number;
  /** Microseconds; 2^64 − 1 is never. */
  messageExpiry: bigint;
  /** Bytes; 2^64 − 1 is unlimited. */
  maxSize: bigint;
  replicationFactor: number;
  /** What an acknowledgement means; null follows the configuration. */
  acknowledgement: Acknowledgement | null;
  readonly partitions: PartitionRecord[];
  readonly groups: NamedMap<GroupRecord>;
  readonly groupIds: IdPool;
}

/** A consumer group as the catalog knows it; who its members are is not kept. */
export interface GroupRecord {
  readonly id: number;
  name: string;
}

/** A stream with its topics. */
export interface StreamRecord {
  readonly id: number;
  readonly createdAt: number;
  name: string;
  readonly topics: NamedMap<TopicRecord>;
  readonly topicIds: IdPool;
}

/** A user; the root user has number 0. */
export interface UserRecord {
  readonly id: number;
  readonly createdAt: number;
  name: string;
  /** The password's hash with its parameters, see `security/password.ts`. */
  passwordHash: string;
  /** Whether logins are accepted. */
  isActive: boolean;
  /** By ascending ids; replaced as a whole. Null for a user without any right. */
  permissions: Permissions | null;
}

/** A new user. Catalogs of older versions have neither status nor permissions. */
export interface NewUser {
  readonly id: number;
  readonly createdAt: number;
  readonly name: string;
  readonly passwordHash: string;
  /** Default true. */
  readonly isActive?: boolean;
  /** Default: everything for the root user, nothing for others. */
  readonly permissions?: Permissions | null;
}

/** A change of the catalog, complete in itself: ids, times and hashes are decided before. */
export type CatalogCommand =
  | ({ readonly type: 'user.create' } & NewUser)
  | {
      readonly type: 'user.update';
      readonly id: number;
      readonly name: string;
      readonly isActive: boolean;
    }
  | { readonly type: 'user.password'; readonly id: number; readonly passwordHash: string }
  | {
      readonly type: 'user.permissions';
      readonly id: number;
      readonly permissions: Permissions | null;
    }
  | { readonly type: 'user.delete'; readonly id: number }
  | ({ readonly type: 'token.create' } & TokenRecord)
  | { readonly type: 'token.delete'; readonly userId: number; readonly name: string }
  | ({ readonly type: 'access_token.revoke'; readonly now: number } & RevokedToken)
  | {
      readonly type: 'stream.create';
      readonly id: number;
      readonly createdAt: number;
      readonly name: string;
    }
  | { readonly type: 'stream.update'; readonly id: number; readonly name: string }
  | { readonly type: 'stream.delete'; readonly id: number }
  | ({
      readonly type: 'topic.create';
      readonly streamId: number;
      readonly id: number;
      readonly createdAt: number;
      readonly partitionsCount: number;
    } & TopicSettings)
  | ({
      readonly type: 'topic.update';
      readonly streamId: number;
      readonly id: number;
    } & TopicSettings)
  | { readonly type: 'topic.delete'; readonly streamId: number; readonly id: number }
  | {
      readonly type: 'partitions.create';
      readonly streamId: number;
      readonly topicId: number;
      readonly count: number;
      readonly createdAt: number;
    }
  | {
      readonly type: 'partitions.delete';
      readonly streamId: number;
      readonly topicId: number;
      readonly count: number;
    }
  | {
      readonly type: 'group.create';
      readonly streamId: number;
      readonly topicId: number;
      readonly id: number;
      readonly name: string;
    }
  | {
      readonly type: 'group.delete';
      readonly streamId: number;
      readonly topicId: number;
      readonly id: number;
    };

type UserChange = Extract<
  CatalogCommand,
  { type: 'user.update' | 'user.password' | 'user.permissions' | 'user.delete' }
>;

/** What a topic is created with and what an update replaces. */
export interface TopicSettings {
  readonly name: string;
  readonly compression: number;
  readonly messageExpiry: bigint;
  readonly maxSize: bigint;
  readonly replicationFactor: number;
  /** Commands of older versions have none: null. */
  readonly acknowledgement?: Acknowledgement | null;
}

/**
 * Everything the control plane knows. Changed by `apply` alone, which has no clock, no randomness
 * and no I/O: the same commands in the same order give the same state.
 */
export class CatalogState {
  readonly streams = new NamedMap<StreamRecord>();
  readonly streamIds: IdPool;
  readonly users = new NamedMap<UserRecord>();
  readonly userIds: IdPool;
  readonly tokens = new TokenTable();
  readonly revokedTokens = new RevokedTokens();

  constructor(streamIds = new IdPool(), userIds = new IdPool()) {
    this.streamIds = streamIds;
    this.userIds = userIds;
  }

  /** Throws, and changes nothing, when the command does not fit the state. */
  apply(command: CatalogCommand): void {
    assertApplies(this, command);
    switch (command.type) {
      case 'user.create':
        return this.#createUser(userRecord(command));
      case 'user.update':
      case 'user.password':
      case 'user.permissions':
      case 'user.delete':
        return this.#changeUser(command, userOf(this, command.id));
      case 'token.create': {
        const { userId, name, hash, expiresAt } = command;
        return this.tokens.add({ userId, name, hash, expiresAt });
      }
      case 'token.delete':
        return this.tokens.delete(tokenOf(this, command.userId, command.name));
      case 'access_token.revoke': {
        const { id, expiresAt, now } = command;
        return this.revokedTokens.add({ id, expiresAt }, now);
      }
      case 'stream.create':
        return this.#createStream(command.id, command.createdAt, command.name);
      case 'stream.update':
        return this.streams.rename(streamOf(this, command.id), command.name);
      case 'stream.delete':
        return this.#deleteStream(command.id);
      case 'topic.create':
        return this.#createTopic(command);
      case 'topic.update':
        return this.#updateTopic(command);
      case 'topic.delete':
        return this.#deleteTopic(command.streamId, command.id);
      case 'partitions.create': {
        const topic = topicOf(this, command.streamId, command.topicId);
        return addPartitions(topic, command.count, command.createdAt);
      }
      case 'partitions.delete': {
        const { partitions } = topicOf(this, command.streamId, command.topicId);
        partitions.length -= command.count;
        return;
      }
      case 'group.create':
        return createGroup(topicOf(this, command.streamId, command.topicId), command);
      case 'group.delete':
        return deleteGroup(topicOf(this, command.streamId, command.topicId), command.id);
    }
  }

  #createUser(user: UserRecord): void {
    this.userIds.take(user.id);
    this.users.add(user);
  }

  #changeUser(command: UserChange, user: UserRecord): void {
    switch (command.type) {
      case 'user.update':
        this.users.rename(user, command.name);
        user.isActive = command.isActive;
        return;
      case 'user.password':
        user.passwordHash = command.passwordHash;
        return;
      case 'user.permissions':
        user.permissions = orderedPermissions(command.permissions);
        return;
      case 'user.delete':
        this.users.delete(user);
        this.tokens.deleteOf(user.id);
        this.userIds.give(user.id);
    }
  }

  #createStream(id: number, createdAt: number, name: string): void {
    this.streamIds.take(id);
    this.streams.add({ id, createdAt, name, topics: new NamedMap(), topicIds: new IdPool() });
  }

  /** The number is given again, so no permission for it may stay behind. */
  #deleteStream(id: number): void {
    this.streams.delete(streamOf(this, id));
    for (const user of this.users) user.permissions = withoutStream(user.permissions, id);
    this.streamIds.give(id);
  }

  #createTopic(command: Extract<CatalogCommand, { type: 'topic.create' }>): void {
    const stream = streamOf(this, command.streamId);
    const { id, createdAt, name, compression, messageExpiry, maxSize, replicationFactor } = command;
    const { acknowledgement = null } = command;
    stream.topicIds.take(id);
    const limits = { messageExpiry, maxSize };
    const settings = { name, compression, ...limits, replicationFactor, acknowledgement };
    const groups = { groups: new NamedMap<GroupRecord>(), groupIds: new IdPool() };
    const topic: TopicRecord = { id, createdAt, ...settings, partitions: [], ...groups };
    addPartitions(topic, command.partitionsCount, createdAt);
    stream.topics.add(topic);
  }

  #updateTopic(command: Extract<CatalogCommand, { type: 'topic.update' }>): void {
    const topic = topicOf(this, command.streamId, command.id);
    streamOf(this, command.streamId).topics.rename(topic, command.name);
    topic.compression = command.compression;
    topic.messageExpiry = command.messageExpiry;
    topic.maxSize = command.maxSize;
    topic.replicationFactor = command.replicationFactor;
    topic.acknowledgement = command.acknowledgement ?? null;
  }

  #deleteTopic(streamId: number, id: number): void {
    const { topics, topicIds } = streamOf(this, streamId);
    topics.delete(topicOf(this, streamId, id));
    for (const user of this.users) user.permissions = withoutTopic(user.permissions, streamId, id);
    topicIds.give(id);
  }
}

/** A user with what older catalogs do not have. */
export function userRecord({ id, createdAt, name, passwordHash, ...rights }: NewUser): UserRecord {
  const defaults = id === ROOT_USER_ID ? allPermissions : null;
  const { isActive = true, permissions = defaults } = rights;
  const ordered = orderedPermissions(permissions);
  return { id, createdAt, name, passwordHash, isActive, permissions: ordered };
}

function createGroup({ groups, groupIds }: TopicRecord, { id, name }: GroupRecord): void {
  groupIds.take(id);
  groups.add({ id, name });
}

function deleteGroup(topic: TopicRecord, id: number): void {
  topic.groups.delete(groupOf(topic, id));
  topic.groupIds.give(id);
}

function addPartitions(topic: TopicRecord, count: number, createdAt: number): void {
  for (let i = 0; i < count; i++) topic.partitions.push({ createdAt });
}
