import type { Acknowledgement } from '../wire/acknowledgement.ts';
import type { SnapshotCompression, SnapshotType } from '../wire/classic/commands/get-snapshot.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { Partition } from '../wire/classic/structures/partition.ts';
import type {
  GlobalFlag,
  Permissions,
  StreamFlag,
  TopicFlag,
} from '../wire/classic/structures/permissions.ts';
import type { Stream } from '../wire/classic/structures/stream.ts';
import type { UNLIMITED, Topic as WireTopic } from '../wire/classic/structures/topic.ts';
import type { TopicAnswerExtension } from '../wire/classic/structures/topic-extension.ts';
import type { User as WireUser } from '../wire/classic/structures/user.ts';
import type { HeaderValue } from '../wire/classic/user-headers.ts';

/** What every call that waits accepts last. */
export interface RequestOptions {
  /** Ends the wait with its reason; the broker may still carry out what was sent. */
  readonly signal?: AbortSignal;
}

/** How a lost connection comes back. Waits double from `delayMs` to `delayMsMax`, with jitter. */
export interface ReconnectOptions {
  /** Default true. When false, the first loss ends the client. */
  readonly enabled?: boolean;
  /** Attempts in a row before the client gives up. Default: unlimited. */
  readonly attemptsMax?: number;
  /** Default 100. */
  readonly delayMs?: number;
  /** Default 5000. */
  readonly delayMsMax?: number;
}

/** How a connection is encrypted. Files are in PEM form and read again for every connection. */
export interface TlsOptions {
  /** Certificates of the authorities to trust. Default: those that Node.js comes with. */
  readonly caFile?: string;
  /** Name that the broker's certificate must have. Default: the host of the url. */
  readonly serverName?: string;
  /** Certificate of the client, for brokers that ask for one; together with `keyFile`. */
  readonly certFile?: string;
  /** Private key of that certificate. */
  readonly keyFile?: string;
  /** Default true. When false, anybody may pose as the broker: for trying out only. */
  readonly verify?: boolean;
}

/** Options of `connect`; what is given here wins over the same option in the url. */
export interface ConnectOptions {
  /** Given together with `password`, the client logs in, and again after each reconnection. */
  readonly username?: string;
  readonly password?: string;
  /** A personal access token, instead of `username` and `password`. */
  readonly token?: string;
  /** Encrypts the connection when true or given. Default false. */
  readonly tls?: boolean | TlsOptions;
  /** Ends the first connecting; later calls have signals of their own. */
  readonly signal?: AbortSignal;
  /** For one attempt. Default 5000. */
  readonly connectTimeoutMs?: number;
  /**
   * From the call to its answer, reconnections included. Default 30,000. A connection that leaves a
   * request unanswered for so long is closed.
   */
  readonly requestTimeoutMs?: number;
  /** Requests without an answer, sent or not; more are refused with status 4053. Default 8192. */
  readonly requestsMax?: number;
  /**
   * How often a ping tells the broker that this client is alive, so that it keeps its place in
   * consumer groups where `heartbeat.enabled` is set. Default 5000.
   */
  readonly heartbeatIntervalMs?: number;
  readonly reconnect?: ReconnectOptions;
  /** TCP_NODELAY. Default true. */
  readonly noDelay?: boolean;
}

/** What a snapshot is to hold. */
export interface SnapshotOptions extends RequestOptions {
  /**
   * Default `deflated`. Brokers of this package know `stored`, `deflated` and, where their Node.js
   * does, `zstd`; for any other they use `deflated`, which the entries of the archive then say.
   */
  readonly compression?: SnapshotCompression;
  /** Default: `['all']`, which stands alone and means everything but `test`. */
  readonly types?: readonly SnapshotType[];
}

/** Compression noted on a topic; payloads are never touched. */
export type Compression = 'none' | 'gzip';

/** A topic as the broker describes it. */
export interface Topic extends Omit<WireTopic, 'compressionAlgorithm'> {
  readonly compression: Compression;
}

/** A topic with its partitions, ascending. */
export interface TopicDetails extends Topic, TopicAnswerExtension {
  readonly partitions: readonly Partition[];
}

/** A stream with its topics, ascending. */
export interface StreamDetails extends Stream {
  readonly topics: readonly Topic[];
}

/** Settings of a topic that creation and updates share. */
export interface TopicSettings {
  /** Default `none`. */
  readonly compression?: Compression;
  /** Microseconds; 0n, the default, follows the broker, `UNLIMITED` is never. */
  readonly messageExpiryMicros?: typeof UNLIMITED | bigint;
  /** 0n, the default, follows the broker; `UNLIMITED`, or at least the size of a segment. */
  readonly maxSizeBytes?: bigint;
  /** Default 1; without effect on one node. */
  readonly replicationFactor?: number;
  /**
   * What a message has survived when it is acknowledged; null, the default, follows the broker.
   * Status 5 where the broker does not know it.
   */
  readonly acknowledgement?: Acknowledgement | null;
}

/** Settings of a new topic. */
export interface CreateTopicOptions extends TopicSettings, RequestOptions {
  /** 0..1000. Default 1. */
  readonly partitions?: number;
}

/** What is absent stays as it is. */
export interface TopicChanges extends TopicSettings {
  readonly name?: string;
}

/** Whether a user may log in. */
export type UserStatus = 'active' | 'inactive';

/** A user as the broker lists it. */
export interface User extends Omit<WireUser, 'status'> {
  readonly status: UserStatus;
}

/** A user with what it may do, null for nothing. */
export interface UserDetails extends User {
  readonly permissions: Permissions | null;
}

type Granted<Flag extends string> = Readonly<Partial<Record<Flag, boolean>>>;

/** Permissions to give. Flags that are absent are not set; ids are numbers, never names. */
export interface PermissionSettings {
  readonly global?: Granted<GlobalFlag>;
  readonly streams?: readonly (Granted<StreamFlag> & {
    readonly streamId: number;
    readonly topics?: readonly (Granted<TopicFlag> & { readonly topicId: number })[];
  })[];
}

/** Settings of a new user. */
export interface CreateUserOptions extends RequestOptions {
  /** Default `active`. */
  readonly status?: UserStatus;
  /** Default: none at all. */
  readonly permissions?: PermissionSettings | null;
}

/** What is absent stays as it is. */
export interface UserChanges {
  readonly username?: string;
  readonly status?: UserStatus;
}

/** The present password of a user and the one to come. */
export interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

/** Settings of a new personal access token. */
export interface CreateTokenOptions extends RequestOptions {
  /** Microseconds from now. Default: never. */
  readonly expiryMicros?: bigint;
}

/** Who reads: a consumer of its own or a group. Default: the consumer 0. */
export interface Reading {
  /** Number or name; exists by being used. */
  readonly consumer?: Identifier;
  /** Number or name of a group of the topic; not together with `consumer`. */
  readonly group?: Identifier;
}

/** One partition as a reader sees it. */
export interface OffsetOptions extends Reading, RequestOptions {
  /** Default: 0 for a consumer, the member's own choice for a group. */
  readonly partition?: number;
}

/** What is stored for whom. */
export interface StoreOffsetOptions extends OffsetOptions {
  /** Offset of the last message that was handled. */
  readonly offset: bigint;
}

/** User headers: names with values, whose kinds follow from their types. */
export type Headers =
  | Readonly<Record<string, HeaderValue>>
  | Iterable<readonly [string, HeaderValue]>;

/** A message to send. */
export interface Message {
  /** At most 64,000,000 bytes; a string becomes UTF-8. */
  readonly payload: string | Uint8Array;
  /** 128 bits. Default 0: the broker chooses; a producer numbers its messages instead. */
  readonly id?: bigint;
  readonly headers?: Headers;
  /** Microseconds since the Unix epoch. Default: now. */
  readonly originTimestamp?: bigint;
}

/** A message for a producer, which batches by key. */
export interface KeyedMessage extends Message {
  /** 1..255 bytes: messages of one key reach one partition, in order. */
  readonly key?: string | Uint8Array;
}

/** Where a batch goes. Default: the broker takes the partitions of the topic in turn. */
export interface Placement {
  readonly partition?: number;
  /** 1..255 bytes; not together with `partition`. */
  readonly key?: string | Uint8Array;
}

/** Options of one batch. */
export interface SendOptions extends Placement, RequestOptions {}

/** Where reading starts: microseconds for `timestamp`. */
export type PollStart =
  | 'next'
  | 'first'
  | 'last'
  | { readonly offset: bigint }
  | { readonly timestamp: bigint };

/** Options of one poll. */
export interface PollOptions extends OffsetOptions {
  /** Default `next`: behind the stored offset. */
  readonly strategy?: PollStart;
  /** Messages at most. Default 1000. */
  readonly count?: number;
  /** The broker stores the last offset before it answers. Default false. */
  readonly autoCommit?: boolean;
  /**
   * Milliseconds that the broker may hold the answer back while there are no messages. Default 0;
   * without effect at a broker that does not offer it. Other requests of the client end the wait.
   */
  readonly waitMs?: number;
}

/** Options of writing out a partition. */
export interface FlushOptions extends RequestOptions {
  /** Also wait for the storage device. Default false. */
  readonly fsync?: boolean;
}

/** Options of a producer. `partition` or `key` hold for messages without a key of their own. */
export interface ProducerOptions extends Placement {
  /** Messages of one batch. Default 1000. */
  readonly batchLength?: number;
  /** Bytes of one batch; a larger single message goes alone. Default 1 MiB. */
  readonly batchBytesMax?: number;
  /** How long a batch waits for more messages. Default 5; 0 ends the batch with the tick. */
  readonly lingerMs?: number;
  /** Bytes without an acknowledgement; further messages wait. Default 64 MiB. */
  readonly bufferBytesMax?: number;
  /**
   * A batch that goes again is stored once, by a broker that removes duplicates. The producer then
   * spreads messages without key and partition over the partitions itself, for which the user must
   * be allowed to read the topic. Default false.
   */
  readonly idempotent?: boolean;
}

/** Options of a consumer. */
export interface ConsumerOptions extends Reading, RequestOptions {
  /**
   * Number or name of a group: the consumer joins it when the iteration begins, shares the
   * partitions of the topic with the other members, and leaves when it is closed. Each connection
   * is one member, so members need a client each. Not together with `consumer` or `start`.
   */
  readonly group?: Identifier;
  /** Whether a group that is missing is created under its name. Default true. */
  readonly createGroup?: boolean;
  /** Default: all partitions of the topic in turn, also ones that are added later. */
  readonly partition?: number;
  /**
   * Default `next`: behind the stored offset, the first message when there is none. `last` is the
   * newest message. From its first message on, a consumer follows its own position.
   */
  readonly start?: PollStart;
  /** Messages of one poll. Default 1000. */
  readonly batchLength?: number;
  /**
   * Milliseconds that a poll may wait at the broker for messages, so that an idle consumer costs
   * nothing. Default 20,000; 0 polls at intervals, as is done where the broker does not offer it.
   */
  readonly waitMs?: number;
  /** Wait between rounds without messages, where polls do not wait. Default 50. */
  readonly pollIntervalMs?: number;
  /**
   * `manual`, the default: `commit()` of a message or of the consumer. `poll`: the broker stores
   * the offset of each batch as it hands it out, so a crash skips what was not handled yet.
   */
  readonly autoCommit?: 'manual' | 'poll';
}
