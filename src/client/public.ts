export type { Acknowledgement } from '../wire/acknowledgement.ts';
export type { ConsumerOffset } from '../wire/classic/commands/get-consumer-offset.ts';
export type { PersonalAccessToken } from '../wire/classic/commands/get-personal-access-tokens.ts';
export type { SnapshotCompression, SnapshotType } from '../wire/classic/commands/get-snapshot.ts';
export type { Identifier } from '../wire/classic/identifier.ts';
export type { ClientDetails, TransportKind } from '../wire/classic/structures/client.ts';
export type { ClusterMetadata, ClusterNode } from '../wire/classic/structures/cluster-metadata.ts';
export type {
  ConsumerGroup,
  ConsumerGroupDetails,
  ConsumerGroupMember,
} from '../wire/classic/structures/consumer-group.ts';
export type { Identity } from '../wire/classic/structures/identity.ts';
export type { Partition } from '../wire/classic/structures/partition.ts';
export type { Permissions } from '../wire/classic/structures/permissions.ts';
export type { Stats } from '../wire/classic/structures/stats.ts';
export type { Stream } from '../wire/classic/structures/stream.ts';
export { SERVER_DEFAULT, UNLIMITED } from '../wire/classic/structures/topic.ts';
export type { HeaderValue, PlainHeaderValue } from '../wire/classic/user-headers.ts';
export { Client } from './broker-client.ts';
export type { Clients } from './clients.ts';
export type { Credentials, TokenCredentials } from './connect-options.ts';
export { Consumer } from './consumer.ts';
export { VeltroError } from './errors.ts';
export type { Groups } from './groups.ts';
export type { Messages, Polled } from './messages.ts';
export type { Offsets } from './offsets.ts';
export type { Partitions } from './partitions.ts';
export { Producer } from './producer.ts';
export { ReceivedMessage } from './received-message.ts';
export type { Segments } from './segments.ts';
export type { Streams } from './streams.ts';
export type { Tokens } from './tokens.ts';
export type { Topics } from './topics.ts';
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
} from './types.ts';
export type { Users } from './users.ts';
