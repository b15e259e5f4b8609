import type { Acknowledgement } from '../wire/acknowledgement.ts';
import { IdPool } from './id-pool.ts';
import { NamedMap } from './named-map.ts';
import type { RevokedToken } from './revoked-tokens.ts';
import {
  CatalogState,
  type GroupRecord,
  type NewUser,
  type TopicRecord,
  userRecord,
} from './state.ts';
import type { TokenRecord } from './token-table.ts';

interface PoolImage {
  readonly next: number;
  readonly freed: readonly number[];
}

/** Catalogs of older versions have topics without groups and acknowledgement. */
interface TopicImage extends Omit<TopicRecord, 'groups' | 'groupIds' | 'acknowledgement'> {
  readonly acknowledgement?: Acknowledgement | null;
  readonly groups?: readonly GroupRecord[];
  readonly groupIds?: PoolImage;
}

interface StreamImage {
  readonly id: number;
  readonly createdAt: number;
  readonly name: string;
  readonly topics: readonly TopicImage[];
  readonly topicIds: PoolImage;
}

/** The whole state as plain values, for one record of a snapshot file. */
export interface CatalogImage {
  readonly streams: readonly StreamImage[];
  readonly streamIds: PoolImage;
  readonly users: readonly NewUser[];
  readonly userIds: PoolImage;
  /** Catalogs of older versions have none. */
  readonly tokens?: readonly TokenRecord[];
  /** Catalogs of older versions have none. */
  readonly revokedTokens?: readonly RevokedToken[];
}

/** The state as plain values; it shares them with the state, so it must be written at once. */
export function imageOf(state: CatalogState): CatalogImage {
  return {
    streams: [...state.streams].map((stream) => ({
      id: stream.id,
      createdAt: stream.createdAt,
      name: stream.name,
      topics: [...stream.topics].map(topicImage),
      topicIds: stream.topicIds.toJSON(),
    })),
    streamIds: state.streamIds.toJSON(),
    users: [...state.users],
    userIds: state.userIds.toJSON(),
    tokens: [...state.tokens],
    revokedTokens: [...state.revokedTokens],
  };
}

/** The state that an image shows; it takes over the image's values. */
export function stateOf(image: CatalogImage): CatalogState {
  const state = new CatalogState(poolOf(image.streamIds), poolOf(image.userIds));
  for (const user of image.users) state.users.add(userRecord(user));
  for (const token of image.tokens ?? []) state.tokens.add(token);
  for (const token of image.revokedTokens ?? []) state.revokedTokens.add(token, 0);
  for (const stream of image.streams) {
    const { id, createdAt, name } = stream;
    const topics = new NamedMap<TopicRecord>();
    for (const topic of stream.topics) topics.add(topicRecord(topic));
    state.streams.add({ id, createdAt, name, topics, topicIds: poolOf(stream.topicIds) });
  }
  return state;
}

function topicImage(topic: TopicRecord): TopicImage {
  return { ...topic, groups: [...topic.groups], groupIds: topic.groupIds.toJSON() };
}

function topicRecord({
  groups = [],
  groupIds,
  acknowledgement = null,
  ...topic
}: TopicImage): TopicRecord {
  const byName = new NamedMap<GroupRecord>();
  for (const group of groups) byName.add(group);
  const ids = poolOf(groupIds ?? { next: 0, freed: [] });
  return { ...topic, acknowledgement, groups: byName, groupIds: ids };
}

function poolOf(image: PoolImage): IdPool {
  return new IdPool(image.next, image.freed);
}
