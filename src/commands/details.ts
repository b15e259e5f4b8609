import type { GroupRecord, StreamRecord, TopicRecord } from '../catalog/state.ts';
import type { ClientDetails } from '../wire/classic/structures/client.ts';
import type {
  ConsumerGroup,
  ConsumerGroupDetails,
} from '../wire/classic/structures/consumer-group.ts';
import type { Partition } from '../wire/classic/structures/partition.ts';
import type { Stream } from '../wire/classic/structures/stream.ts';
import type { StreamDetails } from '../wire/classic/structures/stream-details.ts';
import type { Topic } from '../wire/classic/structures/topic.ts';
import type { TopicDetails } from '../wire/classic/structures/topic-details.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

interface Totals {
  sizeBytes: number;
  messagesCount: number;
  segmentsCount: number;
}

/** A connection as its client and administrators see it. */
export function describeClient({ groups }: Services, session: Session): ClientDetails {
  const { clientId, user, transport, address } = session;
  const consumerGroups = groups.placesOf(clientId);
  return { clientId, userId: user?.id ?? null, transport, address, consumerGroups };
}

/** A consumer group of a topic as a list of groups tells it. */
export function describeGroup(
  { groups }: Services,
  topic: TopicRecord,
  record: GroupRecord,
): ConsumerGroup {
  return {
    id: record.id,
    partitionsCount: topic.partitions.length,
    membersCount: groups.find(record)?.membersCount ?? 0,
    name: record.name,
  };
}

/** A consumer group with its members, in the order they joined. */
export function describeGroupDetails(
  services: Services,
  topic: TopicRecord,
  record: GroupRecord,
): ConsumerGroupDetails {
  const members = services.groups.find(record)?.assignments() ?? [];
  return { ...describeGroup(services, topic, record), members };
}

/** Sums over all partitions of a topic. */
export function topicTotals({ handles }: Services, topic: TopicRecord): Totals {
  const totals = { sizeBytes: 0, messagesCount: 0, segmentsCount: 0 };
  for (let id = 0; id < topic.partitions.length; id++) {
    const counters = handles.counters(topic, id);
    totals.sizeBytes += counters.sizeBytes;
    totals.messagesCount += counters.messagesCount;
    totals.segmentsCount += counters.segmentsCount;
  }
  return totals;
}

/** A stream as a list of streams tells it, with sums over all its partitions. */
export function describeStream(services: Services, stream: StreamRecord): Stream {
  let sizeBytes = 0;
  let messagesCount = 0;
  for (const topic of stream.topics) {
    const totals = topicTotals(services, topic);
    sizeBytes += totals.sizeBytes;
    messagesCount += totals.messagesCount;
  }
  return {
    id: stream.id,
    createdAt: BigInt(stream.createdAt),
    topicsCount: stream.topics.size,
    sizeBytes: BigInt(sizeBytes),
    messagesCount: BigInt(messagesCount),
    name: stream.name,
  };
}

/** A stream with its topics, ascending. */
export function describeStreamDetails(services: Services, stream: StreamRecord): StreamDetails {
  const topics = stream.topics.sorted().map((topic) => describeTopic(services, topic));
  return { ...describeStream(services, stream), topics };
}

/** A topic as a list of topics tells it, with sums over its partitions. */
export function describeTopic(services: Services, topic: TopicRecord): Topic {
  const totals = topicTotals(services, topic);
  return {
    id: topic.id,
    createdAt: BigInt(topic.createdAt),
    partitionsCount: topic.partitions.length,
    messageExpiryMicros: topic.messageExpiry,
    compressionAlgorithm: topic.compression,
    maxSizeBytes: topic.maxSize,
    replicationFactor: topic.replicationFactor,
    sizeBytes: BigInt(totals.sizeBytes),
    messagesCount: BigInt(totals.messagesCount),
    name: topic.name,
  };
}

/** A topic with its partitions, ascending, and beyond the protocol for those who know it. */
export function describeTopicDetails(
  services: Services,
  session: Session,
  topic: TopicRecord,
): TopicDetails {
  const partitions = topic.partitions.map(({ createdAt }, id): Partition => {
    const counters = services.handles.counters(topic, id);
    return {
      id,
      createdAt: BigInt(createdAt),
      segmentsCount: counters.segmentsCount,
      currentOffset: BigInt(counters.currentOffset),
      sizeBytes: BigInt(counters.sizeBytes),
      messagesCount: BigInt(counters.messagesCount),
    };
  });
  const details = { ...describeTopic(services, topic), partitions };
  if (!session.knowsExtensions) return details;
  const level = topic.acknowledgement ?? services.settings.acknowledgement;
  return { ...details, acknowledgement: { level, isDefault: topic.acknowledgement === null } };
}
