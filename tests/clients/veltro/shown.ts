import type { Topic, TopicDetails, TopicSettings } from '../../../src/client/types.ts';
import type { ClientDetails } from '../../../src/wire/classic/structures/client.ts';
import type { Stats } from '../../../src/wire/classic/structures/stats.ts';
import { UNLIMITED } from '../../../src/wire/classic/structures/topic.ts';
import type { TopicSettings as GivenSettings } from '../suite/operations.ts';

/** A connection with its groups. */
export function connectionOf(client: ClientDetails): object {
  const { consumerGroups: groups, ...head } = client;
  return { ...head, groupsCount: groups.length, groups };
}

export function statsOf(stats: Stats): object {
  return { ...stats, groupsCount: stats.consumerGroupsCount, memoryUsage: stats.memoryUsageBytes };
}

/** A topic, with its partitions when they are there. */
export function topicOf(topic: Topic | TopicDetails): object {
  const { messageExpiryMicros, maxSizeBytes, ...others } = topic;
  return {
    ...others,
    expiryMicros: messageExpiryMicros === UNLIMITED ? 'never' : messageExpiryMicros,
    maxSizeBytes: maxSizeBytes === UNLIMITED ? 'unlimited' : maxSizeBytes,
  };
}

/** Settings of a topic as the client takes them. */
export function topicSettings(given: Omit<GivenSettings, 'name'>): TopicSettings {
  const { compression, expiryMicros, maxSizeBytes, replicationFactor } = given;
  return {
    compression,
    replicationFactor,
    messageExpiryMicros: numberOr(expiryMicros, 'never'),
    maxSizeBytes: numberOr(maxSizeBytes, 'unlimited'),
  };
}

function numberOr(text: string | undefined, unlimited: string): bigint | undefined {
  if (text === undefined) return undefined;
  return text === unlimited ? UNLIMITED : BigInt(text);
}
