import fc from 'fast-check';
import { acknowledgements } from '../../src/wire/acknowledgement.ts';
import {
  snapshotCompressions,
  snapshotTypes,
} from '../../src/wire/classic/commands/get-snapshot.ts';
import type { Identifier } from '../../src/wire/classic/identifier.ts';
import type { OutgoingMessage } from '../../src/wire/classic/messages.ts';
import type { Consumer } from '../../src/wire/classic/structures/consumer.ts';
import type { Partitioning } from '../../src/wire/classic/structures/partitioning.ts';
import {
  globalFlags,
  streamFlags,
  topicFlags,
} from '../../src/wire/classic/structures/permissions.ts';
import type { PollingStrategy } from '../../src/wire/classic/structures/polling-strategy.ts';
import { nameBytesMax } from '../../src/wire/limits.ts';

const u8 = fc.nat({ max: 0xff });
const u16 = fc.nat({ max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u128 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
const f32 = fc.float();
const text = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .filter((value) => Buffer.byteLength(value) <= nameBytesMax);
const name = text.filter((value) => value.length > 0);
const bytes = fc.uint8Array({ maxLength: 40 });

const identifier: fc.Arbitrary<Identifier> = fc.oneof(u32, name);
const consumer: fc.Arbitrary<Consumer> = fc.record({
  kind: fc.constantFrom('consumer', 'group'),
  id: identifier,
});
const streamTarget = { streamId: identifier };
const topicTarget = { ...streamTarget, topicId: identifier };
const groupTarget = { ...topicTarget, groupId: identifier };
const consumerTarget = { consumer, ...topicTarget, partitionId: fc.option(u32) };
const strategy: fc.Arbitrary<PollingStrategy> = fc.record({
  kind: fc.constantFrom('offset', 'timestamp', 'first', 'last', 'next'),
  value: u64,
});
const partitioning: fc.Arbitrary<Partitioning> = fc.oneof(
  fc.record({ kind: fc.constant('balanced' as const) }),
  fc.record({ kind: fc.constant('partition' as const), partitionId: u32 }),
  fc.record({ kind: fc.constant('key' as const), key: fc.uint8Array({ maxLength: 255 }) }),
);

/** A message whose fields are all given, as they are read back. */
export const outgoingMessages: fc.Arbitrary<Required<OutgoingMessage>> = fc.record({
  id: u128,
  originTimestamp: u64,
  payload: bytes,
  userHeaders: bytes,
});

const topicSettings = {
  compressionAlgorithm: u8,
  messageExpiryMicros: u64,
  maxSizeBytes: u64,
  replicationFactor: u8,
  name,
};
const level = fc.constantFrom(...acknowledgements);
/** Beyond the protocol, so it may be absent. */
const answerExtension = fc.record(
  { acknowledgement: fc.record({ level, isDefault: fc.boolean() }) },
  { requiredKeys: [] },
);
const stream = {
  id: u32,
  createdAt: u64,
  topicsCount: u32,
  sizeBytes: u64,
  messagesCount: u64,
  name,
};
const topic = {
  id: u32,
  createdAt: u64,
  partitionsCount: u32,
  sizeBytes: u64,
  messagesCount: u64,
  ...topicSettings,
};
const partition = fc.record({
  id: u32,
  createdAt: u64,
  segmentsCount: u32,
  currentOffset: u64,
  sizeBytes: u64,
  messagesCount: u64,
});
const topicDetails = fc
  .tuple(fc.record({ ...topic, partitions: fc.array(partition) }), answerExtension)
  .map(([details, extension]) => ({
    ...details,
    partitionsCount: details.partitions.length,
    ...extension,
  }));
const streamDetails = fc
  .record({ ...stream, topics: fc.array(fc.record(topic)) })
  .map((details) => ({ ...details, topicsCount: details.topics.length }));
const group = { id: u32, partitionsCount: u32, membersCount: u32, name };
const groupDetails = fc
  .record({ ...group, members: fc.array(fc.record({ id: u32, partitions: fc.array(u32) })) })
  .map((details) => ({ ...details, membersCount: details.members.length }));
const client = {
  clientId: u32,
  userId: fc.option(fc.integer({ min: 0, max: 0xffff_fffe })),
  transport: fc.constantFrom('tcp', 'quic', 'http', 'websocket'),
  address: text,
};
const clientDetails = fc.record({
  ...client,
  consumerGroups: fc.array(fc.record({ streamId: u32, topicId: u32, groupId: u32 })),
});
const flags = <Flag extends string>(names: readonly Flag[]) =>
  Object.fromEntries(names.map((flag) => [flag, fc.boolean()])) as Record<
    Flag,
    fc.Arbitrary<boolean>
  >;
const permissions = fc.option(
  fc.record({
    global: fc.record(flags(globalFlags)),
    streams: fc.array(
      fc.record({
        streamId: u32,
        ...flags(streamFlags),
        topics: fc.array(fc.record({ topicId: u32, ...flags(topicFlags) }), { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  }),
);
const user = { id: u32, createdAt: u64, status: u8, username: name };
const userDetails = fc.record({ ...user, permissions });
const userTarget = { userId: identifier };
const clusterMetadata = fc.record({
  name: text,
  nodes: fc.array(
    fc.record({
      name: text,
      ip: text,
      tcpPort: u16,
      quicPort: u16,
      httpPort: u16,
      websocketPort: u16,
      role: fc.constantFrom('leader', 'follower'),
      status: fc.constantFrom(
        'healthy',
        'starting',
        'stopping',
        'unreachable',
        'maintenance',
        'unknown',
      ),
    }),
  ),
});
const stats = fc.record({
  processId: u32,
  cpuUsagePercent: f32,
  totalCpuUsagePercent: f32,
  memoryUsageBytes: u64,
  totalMemoryBytes: u64,
  availableMemoryBytes: u64,
  runTimeMicros: u64,
  startedAt: u64,
  readBytes: u64,
  writtenBytes: u64,
  messagesSizeBytes: u64,
  streamsCount: u32,
  topicsCount: u32,
  partitionsCount: u32,
  segmentsCount: u32,
  messagesCount: u64,
  clientsCount: u32,
  consumerGroupsCount: u32,
  hostname: text,
  osName: text,
  osVersion: text,
  kernelVersion: text,
  serverVersion: text,
  serverSemver: u32,
  cacheMetrics: fc.array(
    fc.record({
      streamId: u32,
      topicId: u32,
      partitionId: u32,
      hits: u64,
      misses: u64,
      hitRatio: f32,
    }),
  ),
  threadsCount: u32,
  freeDiskSpaceBytes: u64,
  totalDiskSpaceBytes: u64,
});

const empty: fc.Arbitrary<unknown> = fc.constant(undefined);

const pollFields = { ...consumerTarget, strategy, count: u32, autoCommit: fc.boolean() };

const createTopicFields = { ...streamTarget, partitionsCount: u32, ...topicSettings };

/** Requests with what only our own client sends, behind what the protocol has. */
export const extendedRequestsByCode: ReadonlyMap<number, fc.Arbitrary<unknown>> = new Map<
  number,
  fc.Arbitrary<unknown>
>([
  [1, fc.constant({ knowsExtensions: true })],
  [100, fc.record({ ...pollFields, waitMs: u32 })],
  [302, fc.record({ ...createTopicFields, acknowledgement: fc.option(level) })],
  [304, fc.record({ ...topicTarget, ...topicSettings, acknowledgement: fc.option(level) })],
]);
const snapshotRequests = fc.record({
  compression: fc.constantFrom(...Object.keys(snapshotCompressions)),
  types: fc.oneof(
    fc.constant(['all']),
    fc.array(fc.constantFrom(...Object.keys(snapshotTypes).filter((type) => type !== 'all'))),
  ),
});

/** Requests of every command by its code. */
export const requestsByCode: ReadonlyMap<number, fc.Arbitrary<unknown>> = new Map([
  [1, empty],
  [10, empty],
  [11, snapshotRequests],
  [12, empty],
  [20, empty],
  [21, fc.record({ clientId: u32 })],
  [22, empty],
  [31, fc.record(userTarget)],
  [32, empty],
  [33, fc.record({ username: name, password: text, status: u8, permissions })],
  [34, fc.record(userTarget)],
  [35, fc.record({ ...userTarget, username: fc.option(name), status: fc.option(u8) })],
  [36, fc.record({ ...userTarget, permissions })],
  [37, fc.record({ ...userTarget, currentPassword: text, newPassword: text })],
  [38, fc.record({ username: name, password: text, version: text, context: text })],
  [39, empty],
  [41, empty],
  [42, fc.record({ name, expiryMicros: u64 })],
  [43, fc.record({ name })],
  [44, fc.record({ token: name })],
  [100, fc.record(pollFields)],
  [101, sendRequests()],
  [102, fc.record({ ...topicTarget, partitionId: u32, fsync: fc.boolean() })],
  [120, fc.record(consumerTarget)],
  [121, fc.record({ ...consumerTarget, offset: u64 })],
  [122, fc.record(consumerTarget)],
  [200, fc.record(streamTarget)],
  [201, empty],
  [202, fc.record({ name })],
  [203, fc.record(streamTarget)],
  [204, fc.record({ ...streamTarget, name })],
  [205, fc.record(streamTarget)],
  [300, fc.record(topicTarget)],
  [301, fc.record(streamTarget)],
  [302, fc.record(createTopicFields)],
  [303, fc.record(topicTarget)],
  [304, fc.record({ ...topicTarget, ...topicSettings })],
  [305, fc.record(topicTarget)],
  [402, fc.record({ ...topicTarget, partitionsCount: u32 })],
  [403, fc.record({ ...topicTarget, partitionsCount: u32 })],
  [503, fc.record({ ...topicTarget, partitionId: u32, segmentsCount: u32 })],
  [600, fc.record(groupTarget)],
  [601, fc.record(topicTarget)],
  [602, fc.record({ ...topicTarget, name })],
  [603, fc.record(groupTarget)],
  [604, fc.record(groupTarget)],
  [605, fc.record(groupTarget)],
]);

/** Responses of every command by its code. */
export const responsesByCode: ReadonlyMap<number, fc.Arbitrary<unknown>> = new Map([
  [1, fc.option(fc.record({ pollWaitMsMax: u32, pollsWaitingMax: u32 }), { nil: undefined })],
  [10, stats],
  [11, fc.uint8Array({ minLength: 22, maxLength: 40 })],
  [12, clusterMetadata],
  [20, clientDetails],
  [21, fc.option(clientDetails)],
  [22, fc.array(fc.record({ ...client, consumerGroupsCount: u32 }))],
  [31, fc.option(userDetails)],
  [32, fc.array(fc.record(user))],
  [33, userDetails],
  [34, empty],
  [35, empty],
  [36, empty],
  [37, empty],
  [38, fc.record({ userId: u32 })],
  [39, empty],
  [41, fc.array(fc.record({ name, expiryAt: u64 }))],
  [42, fc.record({ token: name })],
  [43, empty],
  [44, fc.record({ userId: u32 })],
  [100, fc.record({ partitionId: u32, currentOffset: u64, messagesCount: u32, frames: bytes })],
  [101, empty],
  [102, empty],
  [120, fc.option(fc.record({ partitionId: u32, currentOffset: u64, storedOffset: u64 }))],
  [121, empty],
  [122, empty],
  [200, fc.option(streamDetails)],
  [201, fc.array(fc.record(stream))],
  [202, fc.record(stream)],
  [203, empty],
  [204, empty],
  [205, empty],
  [300, fc.option(topicDetails)],
  [301, fc.array(fc.record(topic))],
  [302, topicDetails],
  [303, empty],
  [304, empty],
  [305, empty],
  [402, empty],
  [403, empty],
  [503, empty],
  [600, fc.option(groupDetails)],
  [601, fc.array(fc.record(group))],
  [602, fc.record(group)],
  [603, empty],
  [604, empty],
  [605, empty],
]);

function sendRequests(): fc.Arbitrary<unknown> {
  const messages = fc.array(outgoingMessages, { minLength: 1, maxLength: 5 });
  return fc.record({ ...topicTarget, partitioning, messages });
}
