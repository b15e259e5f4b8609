/** The operations of DRIVER.md as types. Numbers of 64 bits and more are decimal strings. */

/** A number, or a name. */
export type Identifier = number | string;

/** How a client is connected. */
export type Transport = 'tcp' | 'quic' | 'http' | 'ws';

export interface OpenArguments {
  readonly address: string;
  readonly transport: Transport;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly domain?: string;
  };
  readonly username?: string;
  readonly password?: string;
}

export interface ListedConnection {
  readonly clientId: number;
  readonly userId: number | null;
  readonly transport: string;
  readonly address: string;
  readonly groupsCount: number;
}

export interface Connection extends ListedConnection {
  readonly groups: readonly {
    readonly streamId: number;
    readonly topicId: number;
    readonly groupId: number;
  }[];
}

export interface Stats {
  readonly processId: number;
  readonly streamsCount: number;
  readonly topicsCount: number;
  readonly partitionsCount: number;
  readonly segmentsCount: number;
  readonly messagesCount: string;
  readonly messagesSizeBytes: string;
  readonly clientsCount: number;
  readonly groupsCount: number;
  readonly hostname: string;
  readonly serverVersion: string;
  readonly memoryUsage: string;
  readonly runTimeMicros: string;
}

export interface Cluster {
  readonly name: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly ip: string;
    readonly tcpPort: number;
    readonly role: string;
    readonly status: string;
  }[];
}

/** In results every flag is there, in arguments an absent one is false. */
type Flags<Name extends string> = Readonly<Partial<Record<Name, boolean>>>;

export interface Permissions {
  readonly global: Flags<
    | 'manageServers'
    | 'readServers'
    | 'manageUsers'
    | 'readUsers'
    | 'manageStreams'
    | 'readStreams'
    | 'manageTopics'
    | 'readTopics'
    | 'pollMessages'
    | 'sendMessages'
  >;
  readonly streams: readonly StreamPermissions[];
}

export type StreamPermissions = { readonly streamId: number } & Flags<
  'manageStream' | 'readStream' | 'manageTopics' | 'readTopics' | 'pollMessages' | 'sendMessages'
> & { readonly topics: readonly TopicPermissions[] };

export type TopicPermissions = { readonly topicId: number } & Flags<
  'manageTopic' | 'readTopic' | 'pollMessages' | 'sendMessages'
>;

export type UserStatus = 'active' | 'inactive';

export interface ListedUser {
  readonly id: number;
  readonly username: string;
  readonly status: UserStatus;
  readonly createdAt: string;
}

export interface User extends ListedUser {
  readonly permissions: Permissions | null;
}

export interface Token {
  readonly name: string;
  /** Null for never. */
  readonly expiresAt: string | null;
}

export interface ListedStream {
  readonly id: number;
  readonly name: string;
  readonly createdAt: string;
  readonly topicsCount: number;
  readonly sizeBytes: string;
  readonly messagesCount: string;
}

export interface Stream extends ListedStream {
  readonly topics: readonly ListedTopic[];
}

export interface TopicSettings {
  readonly name: string;
  readonly compression?: 'none' | 'gzip';
  /** Microseconds or `never`; absent for the default of the broker. */
  readonly expiryMicros?: string;
  /** Bytes or `unlimited`; absent for the default of the broker. */
  readonly maxSizeBytes?: string;
  readonly replicationFactor?: number;
}

export interface ListedTopic extends Required<TopicSettings> {
  readonly id: number;
  readonly createdAt: string;
  readonly partitionsCount: number;
  readonly sizeBytes: string;
  readonly messagesCount: string;
}

export interface Topic extends ListedTopic {
  readonly partitions: readonly Partition[];
}

export interface Partition {
  readonly id: number;
  readonly createdAt: string;
  readonly segmentsCount: number;
  readonly currentOffset: string;
  readonly sizeBytes: string;
  readonly messagesCount: string;
}

export interface ListedGroup {
  readonly id: number;
  readonly name: string;
  readonly partitionsCount: number;
  readonly membersCount: number;
}

export interface Group extends ListedGroup {
  readonly members: readonly { readonly id: number; readonly partitions: readonly number[] }[];
}

export interface StoredOffset {
  readonly partition: number;
  readonly currentOffset: string;
  readonly storedOffset: string;
}

export const headerKinds = [
  'raw',
  'string',
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'int128',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'uint128',
  'float32',
  'float64',
] as const;
export type HeaderKind = (typeof headerKinds)[number];

export interface Header {
  readonly key: string;
  readonly kind: HeaderKind;
  /** Bytes in base64 for `raw`, a boolean for `bool`, else the text. */
  readonly value: string | boolean;
}

export interface OutgoingMessage {
  readonly id?: string;
  /** Bytes in base64. */
  readonly payload: string;
  readonly headers?: readonly Header[];
}

export interface PolledMessage {
  readonly offset: string;
  readonly id: string;
  readonly timestamp: string;
  readonly originTimestamp: string;
  readonly checksum: string;
  /** Bytes in base64. */
  readonly payload: string;
  readonly headers: readonly Header[];
}

export interface Polled {
  readonly partition: number;
  readonly currentOffset: string;
  readonly messages: readonly PolledMessage[];
}

/** Where a batch goes; the key is bytes in base64. */
export type Target = 'balanced' | { readonly partition: number } | { readonly key: string };

export type PollStart =
  | 'first'
  | 'last'
  | 'next'
  | { readonly offset: string }
  | { readonly timestamp: string };

/** Who reads. */
export type Reader = { readonly consumer: Identifier } | { readonly group: Identifier };

interface InStream {
  readonly stream: Identifier;
}

interface InTopic extends InStream {
  readonly topic: Identifier;
}

interface InPartition extends InTopic {
  readonly partition: number;
}

type OfReader = InTopic & Reader & { readonly partition?: number };

interface OfGroup extends InTopic {
  readonly group: Identifier;
}

type Nothing = Readonly<Record<string, never>>;

/** Arguments and result of every operation. */
export interface Operations {
  open: [OpenArguments, null];
  close: [Nothing, null];
  ping: [Nothing, null];
  me: [Nothing, Connection];
  'client.get': [{ readonly clientId: number }, Connection | null];
  'client.list': [Nothing, readonly ListedConnection[]];
  stats: [Nothing, Stats];
  snapshot: [
    { readonly compression: string; readonly types: readonly string[] },
    { readonly zip: string },
  ];
  cluster: [Nothing, Cluster];
  'user.login': [
    { readonly username: string; readonly password: string },
    { readonly userId: number },
  ];
  'user.logout': [Nothing, null];
  'user.create': [
    {
      readonly username: string;
      readonly password: string;
      readonly status?: UserStatus;
      readonly permissions?: Permissions | null;
    },
    User,
  ];
  'user.get': [{ readonly user: Identifier }, User | null];
  'user.list': [Nothing, readonly ListedUser[]];
  'user.update': [
    { readonly user: Identifier; readonly username?: string; readonly status?: UserStatus },
    null,
  ];
  'user.permissions': [
    { readonly user: Identifier; readonly permissions: Permissions | null },
    null,
  ];
  'user.password': [
    { readonly user: Identifier; readonly current: string; readonly next: string },
    null,
  ];
  'user.delete': [{ readonly user: Identifier }, null];
  'token.login': [{ readonly token: string }, { readonly userId: number }];
  'token.create': [
    { readonly name: string; readonly expiryMicros?: string },
    { readonly token: string },
  ];
  'token.list': [Nothing, readonly Token[]];
  'token.delete': [{ readonly name: string }, null];
  'stream.create': [{ readonly name: string }, ListedStream];
  'stream.get': [InStream, Stream | null];
  'stream.list': [Nothing, readonly ListedStream[]];
  'stream.update': [InStream & { readonly name: string }, null];
  'stream.purge': [InStream, null];
  'stream.delete': [InStream, null];
  'topic.create': [InStream & TopicSettings & { readonly partitions: number }, Topic];
  'topic.get': [InTopic, Topic | null];
  'topic.list': [InStream, readonly ListedTopic[]];
  'topic.update': [InTopic & TopicSettings, null];
  'topic.purge': [InTopic, null];
  'topic.delete': [InTopic, null];
  'partition.create': [InTopic & { readonly count: number }, null];
  'partition.delete': [InTopic & { readonly count: number }, null];
  'segment.delete': [InPartition & { readonly count: number }, null];
  'group.create': [InTopic & { readonly name: string }, ListedGroup];
  'group.get': [OfGroup, Group | null];
  'group.list': [InTopic, readonly ListedGroup[]];
  'group.join': [OfGroup, null];
  'group.leave': [OfGroup, null];
  'group.delete': [OfGroup, null];
  'offset.get': [OfReader, StoredOffset | null];
  'offset.store': [OfReader & { readonly offset: string }, null];
  'offset.delete': [OfReader, null];
  'message.send': [
    InTopic & { readonly to: Target; readonly messages: readonly OutgoingMessage[] },
    null,
  ];
  'message.poll': [
    OfReader & { readonly from: PollStart; readonly count: number; readonly autoCommit: boolean },
    Polled,
  ];
  'message.flush': [InPartition & { readonly fsync: boolean }, null];
}

export type Operation = keyof Operations;
export type Arguments<Op extends Operation> = Operations[Op][0];
export type Result<Op extends Operation> = Operations[Op][1];
