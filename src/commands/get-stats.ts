import { getStats } from '../wire/classic/commands/get-stats.ts';
import type { Stats } from '../wire/classic/structures/stats.ts';
import { topicTotals } from './details.ts';
import type { ControlHandler } from './handler.ts';
import type { Services } from './services.ts';

/** Threads of the broker besides its shards: the acceptor. */
const ACCEPTOR_THREADS = 1;

export const handleGetStats: ControlHandler<undefined, Stats> = {
  codec: getStats,
  handle: (services) => ({
    ...services.process.read(),
    ...contentTotals(services),
    clientsCount: services.sessions.size,
    cacheMetrics: [],
    threadsCount: services.router.links.length + ACCEPTOR_THREADS,
  }),
};

function contentTotals(services: Services) {
  const totals = { topics: 0, partitions: 0, groups: 0, bytes: 0, messages: 0, segments: 0 };
  for (const stream of services.catalog.streams) {
    for (const topic of stream.topics) {
      const { sizeBytes, messagesCount, segmentsCount } = topicTotals(services, topic);
      totals.topics++;
      totals.partitions += topic.partitions.length;
      totals.groups += topic.groups.size;
      totals.bytes += sizeBytes;
      totals.messages += messagesCount;
      totals.segments += segmentsCount;
    }
  }
  return {
    streamsCount: services.catalog.streams.size,
    topicsCount: totals.topics,
    partitionsCount: totals.partitions,
    consumerGroupsCount: totals.groups,
    segmentsCount: totals.segments,
    messagesCount: BigInt(totals.messages),
    messagesSizeBytes: BigInt(totals.bytes),
  };
}
