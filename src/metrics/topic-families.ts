import type { StreamRecord, TopicRecord } from '../catalog/state.ts';
import { topicTotals } from '../commands/details.ts';
import type { Services } from '../commands/services.ts';
import { metricSeriesMax } from '../wire/limits.ts';
import type { Family, Labels, Sample } from './family.ts';

interface TopicPlace {
  readonly topic: TopicRecord;
  readonly labels: Labels;
}

/** What topics hold, and how far consumer groups are behind. */
export function topicFamilies(services: Services): Family[] {
  const ofTopics = (
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    read: (topic: TopicRecord) => number,
  ): Family => {
    const collect = () =>
      topics(services).map(({ topic, labels }) => ({ labels, value: read(topic) }));
    return { type, name, help, collect };
  };
  const totals = (topic: TopicRecord) => topicTotals(services, topic);
  return [
    ofTopics(
      'gauge',
      'veltro_topic_messages',
      'Messages that the topic holds.',
      (topic) => totals(topic).messagesCount,
    ),
    ofTopics(
      'gauge',
      'veltro_topic_size_bytes',
      'Bytes of those messages with their headers.',
      (topic) => totals(topic).sizeBytes,
    ),
    ofTopics(
      'gauge',
      'veltro_topic_segments',
      'Segments of all partitions of the topic.',
      (topic) => totals(topic).segmentsCount,
    ),
    ofTopics(
      'counter',
      'veltro_topic_stored_messages_total',
      'Messages that were ever stored in the topic since it was made or purged.',
      (topic) => storedEver(services, topic),
    ),
    {
      type: 'gauge',
      name: 'veltro_group_members',
      help: 'Members of consumer groups.',
      collect: () => groupMembers(services),
    },
    {
      type: 'gauge',
      name: 'veltro_group_lag_messages',
      help: 'Messages behind the offset that a consumer group has stored for a partition.',
      collect: () => groupLags(services),
    },
  ];
}

/** As many as there may be series of one name, in the order of their numbers. */
function topics({ catalog }: Services): TopicPlace[] {
  const places: TopicPlace[] = [];
  for (const stream of catalog.streams.sorted()) {
    for (const topic of stream.topics.sorted()) {
      if (places.length === metricSeriesMax) return places;
      places.push({ topic, labels: labelsOf(stream, topic) });
    }
  }
  return places;
}

function labelsOf(stream: StreamRecord, topic: TopicRecord): Labels {
  return { stream: stream.name, topic: topic.name };
}

function storedEver({ handles, router }: Services, topic: TopicRecord): number {
  const offsets = handles.all(topic).map((handle) => router.statistics.readNextOffset(handle));
  return offsets.reduce((sum, next) => sum + next, 0);
}

function groupMembers(services: Services): Sample[] {
  const samples: Sample[] = [];
  for (const { topic, labels } of topics(services)) {
    for (const group of topic.groups) {
      if (samples.length === metricSeriesMax) return samples;
      const value = services.groups.find(group)?.membersCount ?? 0;
      samples.push({ labels: { ...labels, group: group.name }, value });
    }
  }
  return samples;
}

function groupLags(services: Services): Sample[] {
  const { handles, router } = services;
  const stored = new Map<number, Map<number, number>>();
  for (const { handle, groupId, offset } of router.groupOffsets()) {
    const offsets = stored.get(handle) ?? new Map<number, number>();
    stored.set(handle, offsets.set(groupId, offset));
  }
  const samples: Sample[] = [];
  for (const { topic, labels } of topics(services)) {
    for (const [partition, handle] of handles.all(topic).entries()) {
      for (const [groupId, offset] of stored.get(handle) ?? []) {
        const group = topic.groups.find(groupId);
        if (group === undefined) continue;
        if (samples.length === metricSeriesMax) return samples;
        const value = Math.max(0, router.statistics.readNextOffset(handle) - 1 - offset);
        samples.push({ labels: { ...labels, group: group.name, partition }, value });
      }
    }
  }
  return samples;
}
