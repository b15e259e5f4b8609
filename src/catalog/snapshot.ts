import { IdPool } from './id-pool.ts';
import { NamedMap } from './named-map.ts';
import { CatalogState, type PartitionRecord, type TopicRecord, type UserRecord } from './state.ts';

interface PoolImage {
  readonly next: number;
  readonly freed: readonly number[];
}

interface StreamImage {
  readonly id: number;
  readonly createdAt: number;
  readonly name: string;
  readonly topics: readonly TopicRecord[];
  readonly topicIds: PoolImage;
}

/** The whole state as plain values, for one record of a snapshot file. */
export interface CatalogImage {
  readonly streams: readonly StreamImage[];
  readonly streamIds: PoolImage;
  readonly users: readonly UserRecord[];
  readonly userIds: PoolImage;
}

export function imageOf(state: CatalogState): CatalogImage {
  return {
    streams: [...state.streams].map((stream) => ({
      id: stream.id,
      createdAt: stream.createdAt,
      name: stream.name,
      topics: [...stream.topics],
      topicIds: stream.topicIds.toJSON(),
    })),
    streamIds: state.streamIds.toJSON(),
    users: [...state.users],
    userIds: state.userIds.toJSON(),
  };
}

export function stateOf(image: CatalogImage): CatalogState {
  const state = new CatalogState();
  Object.assign(state, {
    streamIds: poolOf(image.streamIds),
    userIds: poolOf(image.userIds),
  });
  for (const user of image.users) state.users.add(user);
  for (const stream of image.streams) {
    const { id, createdAt, name } = stream;
    const topics = new NamedMap<TopicRecord>();
    for (const topic of stream.topics) topics.add(ownTopic(topic));
    state.streams.add({ id, createdAt, name, topics, topicIds: poolOf(stream.topicIds) });
  }
  return state;
}

function poolOf(image: PoolImage): IdPool {
  return new IdPool(image.next, image.freed);
}

/** Records decoded from a file may share structure; the state changes its topics in place. */
function ownTopic(topic: TopicRecord): TopicRecord {
  const partitions: PartitionRecord[] = topic.partitions.map(({ createdAt }) => ({ createdAt }));
  return { ...topic, partitions };
}
