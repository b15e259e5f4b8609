export { ConfigError, type RootCredentials } from '../config/config.ts';
export { Broker } from './broker/broker.ts';
export { DataDirLocked } from './broker/data-lock.ts';
export type { Logger } from './broker/logger.ts';
export type { BrokerOptions } from './broker/options.ts';
export { CatalogDamage, EncryptionMismatch } from './catalog/record-file.ts';
export { Client, connect } from './client/client.ts';
export type { Clients } from './client/clients.ts';
export type { Credentials, TokenCredentials } from './client/connect-options.ts';
export { Consumer } from './client/consumer.ts';
export { VeltroError } from './client/errors.ts';
export type { Groups } from './client/groups.ts';
export type { Messages, Polled } from './client/messages.ts';
export type { Offsets } from './client/offsets.ts';
export type { Partitions } from './client/partitions.ts';
export { Producer } from './client/producer.ts';
export { ReceivedMessage } from './client/received-message.ts';
export type { Segments } from './client/segments.ts';
export type { Streams } from './client/streams.ts';
export type { Tokens } from './client/tokens.ts';
export type { Topics } from './client/topics.ts';
export type {
  Compression,
  ConnectOptions,
  ConsumerOptions,
  CreateTokenOptions,
  CreateTopicOptions,
  CreateUserOptions,
  FlushOptions,
  Headers,
  KeyedMessage,
  Message,
  OffsetOptions,
  PasswordChange,
  PermissionSettings,
  Placement,
  PollOptions,
  PollStart,
  ProducerOptions,
  Reading,
  ReconnectOptions,
  RequestOptions,
  SendOptions,
  SnapshotOptions,
  StoreOffsetOptions,
  StreamDetails,
  TlsOptions,
  Topic,
  TopicChanges,
  TopicDetails,
  TopicSettings,
  User,
  UserChanges,
  UserDetails,
  UserStatus,
} from './client/types.ts';
export type { Users } from './client/users.ts';
export type {
  BrokerMessage,
  CatalogMessage,
  ChannelMessages,
  CommandMessage,
  ConnectionMessage,
  EndedCommandMessage,
  FailedLoginMessage,
  GroupMessage,
  PartitionMessage,
  RemovalMessage,
  RemovalReason,
  SegmentMessage,
  ShardDeathMessage,
  ShardReturnMessage,
  StartMessage,
  StopMessage,
} from './diagnostics/channels.ts';
export type { Acknowledgement } from './wire/acknowledgement.ts';
export type { ConsumerOffset } from './wire/classic/commands/get-consumer-offset.ts';
export type { PersonalAccessToken } from './wire/classic/commands/get-personal-access-tokens.ts';
export type { SnapshotCompression, SnapshotType } from './wire/classic/commands/get-snapshot.ts';
export type { Identifier } from './wire/classic/identifier.ts';
export type { ClientDetails, TransportKind } from './wire/classic/structures/client.ts';
export type { ClusterMetadata, ClusterNode } from './wire/classic/structures/cluster-metadata.ts';
export type {
  ConsumerGroup,
  ConsumerGroupDetails,
  ConsumerGroupMember,
} from './wire/classic/structures/consumer-group.ts';
export type { Identity } from './wire/classic/structures/identity.ts';
export type { Partition } from './wire/classic/structures/partition.ts';
export type { Permissions } from './wire/classic/structures/permissions.ts';
export type { Stats } from './wire/classic/structures/stats.ts';
export type { Stream } from './wire/classic/structures/stream.ts';
export { SERVER_DEFAULT, UNLIMITED } from './wire/classic/structures/topic.ts';
export type { HeaderValue, PlainHeaderValue } from './wire/classic/user-headers.ts';
