import * as v from 'valibot';
import { acknowledgements } from '../../../wire/acknowledgement.ts';
import type { ConsumerOffset } from '../../../wire/classic/commands/get-consumer-offset.ts';
import type { PersonalAccessToken } from '../../../wire/classic/commands/get-personal-access-tokens.ts';
import type { Client, ClientDetails } from '../../../wire/classic/structures/client.ts';
import type { ClusterMetadata } from '../../../wire/classic/structures/cluster-metadata.ts';
import type {
  ConsumerGroup,
  ConsumerGroupDetails,
} from '../../../wire/classic/structures/consumer-group.ts';
import type { Partition } from '../../../wire/classic/structures/partition.ts';
import type { Stats } from '../../../wire/classic/structures/stats.ts';
import type { Stream } from '../../../wire/classic/structures/stream.ts';
import type { StreamDetails } from '../../../wire/classic/structures/stream-details.ts';
import { compressionAlgorithms, type Topic } from '../../../wire/classic/structures/topic.ts';
import type { TopicDetails } from '../../../wire/classic/structures/topic-details.ts';
import {
  type User,
  type UserDetails,
  userStatuses,
} from '../../../wire/classic/structures/user.ts';
import { printExactSize } from './exact-size.ts';
import { float, shown, size, text, timestamp, u8, u16, u32, u64 } from './kinds.ts';
import { permissions, permissionsShape } from './permissions.ts';

/** What a failed request is answered. */
export const errorBody = v.object({
  id: shown(v.number(), {
    type: 'integer',
    description: 'Number of the error table; 404 where something is not there.',
  }),
  code: text('Name of the error.', 'stream_id_not_found'),
  reason: text('One sentence about what was wrong.'),
  field: v.nullable(text('What the request calls that which was wrong, where it is one thing.')),
});

const partition = v.object({
  id: u32,
  created_at: timestamp,
  segments_count: u32,
  current_offset: u64,
  size,
  messages_count: u64,
});

function partitionShape(value: Partition) {
  return {
    id: value.id,
    created_at: value.createdAt,
    segments_count: value.segmentsCount,
    current_offset: value.currentOffset,
    size: printExactSize(value.sizeBytes),
    messages_count: value.messagesCount,
  };
}

/** A topic as lists tell it. */
export const topic = v.object({
  id: u32,
  created_at: timestamp,
  name: text('Name of the topic.'),
  size,
  message_expiry: u64,
  compression_algorithm: shown(v.string(), { type: 'string', enum: ['none', 'gzip'] }),
  max_topic_size: u64,
  replication_factor: u8,
  messages_count: u64,
  partitions_count: u32,
});

const compressionNames = new Map(
  Object.entries(compressionAlgorithms).map(([name, code]) => [code as number, name]),
);

/** The JSON of a topic. */
export function topicShape(value: Topic) {
  return {
    id: value.id,
    created_at: value.createdAt,
    name: value.name,
    size: printExactSize(value.sizeBytes),
    message_expiry: value.messageExpiryMicros,
    compression_algorithm: compressionNames.get(value.compressionAlgorithm),
    max_topic_size: value.maxSizeBytes,
    replication_factor: value.replicationFactor,
    messages_count: value.messagesCount,
    partitions_count: value.partitionsCount,
  };
}

/** A topic with its partitions. */
export const topicDetails = v.object({
  ...topic.entries,
  acknowledgement: v.object({
    level: shown(v.string(), { type: 'string', enum: acknowledgements }),
    is_default: shown(v.boolean(), {
      type: 'boolean',
      description: 'It follows the configuration.',
    }),
  }),
  partitions: v.array(partition),
});

/** The JSON of a topic with its partitions. */
export function topicDetailsShape(value: TopicDetails) {
  const { acknowledgement, partitions } = value;
  return {
    ...topicShape(value),
    acknowledgement: acknowledgement && {
      level: acknowledgement.level,
      is_default: acknowledgement.isDefault,
    },
    partitions: partitions.map(partitionShape),
  };
}

/** A stream as lists tell it. */
export const stream = v.object({
  id: u32,
  created_at: timestamp,
  name: text('Name of the stream.'),
  size,
  messages_count: u64,
  topics_count: u32,
});

/** The JSON of a stream. */
export function streamShape(value: Stream) {
  return {
    id: value.id,
    created_at: value.createdAt,
    name: value.name,
    size: printExactSize(value.sizeBytes),
    messages_count: value.messagesCount,
    topics_count: value.topicsCount,
  };
}

/** A stream with its topics. */
export const streamDetails = v.object({ ...stream.entries, topics: v.array(topic) });

/** The JSON of a stream with its topics. */
export function streamDetailsShape(value: StreamDetails) {
  return { ...streamShape(value), topics: value.topics.map(topicShape) };
}

/** A user as lists tell it. */
export const user = v.object({
  id: u32,
  created_at: timestamp,
  status: shown(v.string(), { type: 'string', enum: ['active', 'inactive'] }),
  username: text('Name of the user.'),
});

/** The JSON of a user. */
export function userShape(value: User) {
  return {
    id: value.id,
    created_at: value.createdAt,
    status: value.status === userStatuses.active ? 'active' : 'inactive',
    username: value.username,
  };
}

/** A user with its permissions. */
export const userDetails = v.object({ ...user.entries, permissions: v.nullable(permissions) });

/** The JSON of a user with its permissions. */
export function userDetailsShape(value: UserDetails) {
  const own = value.permissions === null ? null : permissionsShape(value.permissions);
  return { ...userShape(value), permissions: own };
}

/** Who logged in, and the token to show from now on. */
export const identity = v.object({
  user_id: u32,
  access_token: v.nullable(
    v.object({
      token: text('To be sent with every request, behind `Bearer`.'),
      expiry: shown(v.number(), { type: 'integer', description: 'Seconds since 1970.' }),
    }),
  ),
});

/** A personal access token without its text. */
export const tokenInfo = v.object({
  name: text('Name of the token.'),
  expiry_at: v.nullable(timestamp),
});

/** The JSON of a personal access token. */
export function tokenInfoShape({ name, expiryAt }: PersonalAccessToken) {
  return { name, expiry_at: expiryAt === 0n ? null : expiryAt };
}

/** A personal access token's text. */
export const rawToken = v.object({ token: text('The token, which is shown this once.') });

/** A consumer group as lists tell it. */
export const consumerGroup = v.object({
  id: u32,
  name: text('Name of the group.'),
  partitions_count: u32,
  members_count: u32,
});

/** The JSON of a group. */
export function consumerGroupShape(value: ConsumerGroup) {
  return {
    id: value.id,
    name: value.name,
    partitions_count: value.partitionsCount,
    members_count: value.membersCount,
  };
}

/** A consumer group with its members. */
export const consumerGroupDetails = v.object({
  ...consumerGroup.entries,
  members: v.array(v.object({ id: u32, partitions_count: u32, partitions: v.array(u32) })),
});

/** The JSON of a group with its members. */
export function consumerGroupDetailsShape(value: ConsumerGroupDetails) {
  const members = value.members.map(({ id, partitions }) => ({
    id,
    partitions_count: partitions.length,
    partitions,
  }));
  return { ...consumerGroupShape(value), members };
}

/** How far a consumer has come. */
export const consumerOffset = v.object({
  partition_id: u32,
  current_offset: u64,
  stored_offset: u64,
});

/** The JSON of an offset. */
export function consumerOffsetShape(value: ConsumerOffset) {
  return {
    partition_id: value.partitionId,
    current_offset: value.currentOffset,
    stored_offset: value.storedOffset,
  };
}

/** A connected client as lists tell it. */
export const client = v.object({
  client_id: u32,
  user_id: v.nullable(u32),
  address: text('The other end of its connection.', '127.0.0.1:50000'),
  transport: shown(v.string(), { type: 'string', enum: ['TCP', 'QUIC', 'HTTP', 'WebSocket'] }),
  consumer_groups_count: u32,
});

const transportNames = { tcp: 'TCP', quic: 'QUIC', http: 'HTTP', websocket: 'WebSocket' } as const;

/** The JSON of a client. */
export function clientShape(value: Client) {
  return {
    client_id: value.clientId,
    user_id: value.userId,
    address: value.address,
    transport: transportNames[value.transport],
    consumer_groups_count: value.consumerGroupsCount,
  };
}

/** A connected client with its groups. */
export const clientDetails = v.object({
  ...client.entries,
  consumer_groups: v.array(v.object({ stream_id: u32, topic_id: u32, group_id: u32 })),
});

/** The JSON of a client with its groups. */
export function clientDetailsShape(value: ClientDetails) {
  const { consumerGroups } = value;
  const groups = consumerGroups.map(({ streamId, topicId, groupId }) => ({
    stream_id: streamId,
    topic_id: topicId,
    group_id: groupId,
  }));
  return {
    ...clientShape({ ...value, consumerGroupsCount: groups.length }),
    consumer_groups: groups,
  };
}

const node = v.object({
  name: text('Name of the node.'),
  ip: text('Address of the node.'),
  endpoints: v.object({ tcp: u16, quic: u16, http: u16, websocket: u16 }),
  role: shown(v.string(), { type: 'string', enum: ['leader', 'follower'] }),
  status: text('Health of the node as its cluster sees it.', 'healthy'),
});

/** A cluster with its nodes. */
export const clusterMetadata = v.object({
  name: text('Name of the cluster.'),
  nodes: v.array(node),
});

/** The JSON of a cluster. */
export function clusterMetadataShape({ name, nodes }: ClusterMetadata) {
  return {
    name,
    nodes: nodes.map((value) => ({
      name: value.name,
      ip: value.ip,
      endpoints: {
        tcp: value.tcpPort,
        quic: value.quicPort,
        http: value.httpPort,
        websocket: value.websocketPort,
      },
      role: value.role,
      status: value.status,
    })),
  };
}

/** Counters of the whole broker. */
export const stats = v.object({
  process_id: u32,
  cpu_usage: float,
  total_cpu_usage: float,
  memory_usage: size,
  total_memory: size,
  available_memory: size,
  run_time: u64,
  start_time: timestamp,
  read_bytes: size,
  written_bytes: size,
  messages_size_bytes: size,
  streams_count: u32,
  topics_count: u32,
  partitions_count: u32,
  segments_count: u32,
  messages_count: u64,
  clients_count: u32,
  consumer_groups_count: u32,
  hostname: v.string(),
  os_name: v.string(),
  os_version: v.string(),
  kernel_version: v.string(),
  iggy_server_version: v.string(),
  iggy_server_semver: v.nullable(u32),
  cache_metrics: v.record(v.string(), v.object({ hits: u64, misses: u64, hit_ratio: float })),
  threads_count: u32,
  free_disk_space: size,
  total_disk_space: size,
});

/** The JSON of the counters. */
export function statsShape(value: Stats) {
  return {
    process_id: value.processId,
    cpu_usage: value.cpuUsagePercent,
    total_cpu_usage: value.totalCpuUsagePercent,
    memory_usage: printExactSize(value.memoryUsageBytes),
    total_memory: printExactSize(value.totalMemoryBytes),
    available_memory: printExactSize(value.availableMemoryBytes),
    run_time: value.runTimeMicros,
    start_time: value.startedAt,
    read_bytes: printExactSize(value.readBytes),
    written_bytes: printExactSize(value.writtenBytes),
    messages_size_bytes: printExactSize(value.messagesSizeBytes),
    streams_count: value.streamsCount,
    topics_count: value.topicsCount,
    partitions_count: value.partitionsCount,
    segments_count: value.segmentsCount,
    messages_count: value.messagesCount,
    clients_count: value.clientsCount,
    consumer_groups_count: value.consumerGroupsCount,
    hostname: value.hostname,
    os_name: value.osName,
    os_version: value.osVersion,
    kernel_version: value.kernelVersion,
    iggy_server_version: value.serverVersion,
    iggy_server_semver: value.serverSemver === 0 ? null : value.serverSemver,
    cache_metrics: Object.fromEntries(value.cacheMetrics.map(cacheEntry)),
    threads_count: value.threadsCount,
    free_disk_space: printExactSize(value.freeDiskSpaceBytes),
    total_disk_space: printExactSize(value.totalDiskSpaceBytes),
  };
}

function cacheEntry(metrics: Stats['cacheMetrics'][number]) {
  const { streamId, topicId, partitionId, hits, misses, hitRatio } = metrics;
  return [`${streamId}-${topicId}-${partitionId}`, { hits, misses, hit_ratio: hitRatio }];
}
