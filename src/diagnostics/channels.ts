import { channel } from 'node:diagnostics_channel';
import type { TransportKind } from '../wire/classic/structures/client.ts';

/** What all messages tell. */
export interface BrokerMessage {
  /** Absolute path of the data directory: it tells brokers of one process apart. */
  readonly broker: string;
}

/** Who has connected. */
export interface ConnectionMessage extends BrokerMessage {
  /** Unique among the connections that are open; 0 for a caller over HTTP. */
  readonly clientId: number;
  /** `ip:port`, IPv6 in brackets; behind a trusted load balancer that of the client. */
  readonly address: string;
  readonly transport: TransportKind;
}

/** A request that a handler has begun with. */
export interface CommandMessage extends ConnectionMessage {
  /** Name of the command, such as `message.send`; `unknown` for a code that none has. */
  readonly command: string;
  readonly code: number;
  /** Name of the user who asks; null before a login. */
  readonly user: string | null;
  /** Bytes of the request behind its header. */
  readonly requestBytes: number;
  /** When it began, by `performance.now`. */
  readonly startedMs: number;
}

/**
 * A request that was answered: the object of its start with what is known now. Where it was about a
 * partition, that is named.
 */
export interface EndedCommandMessage extends CommandMessage {
  /** Status of the answer, 0 for success. */
  readonly status: number;
  /** Until the answer was complete, without the time that sending takes. */
  readonly durationMs: number;
  /** Bytes of the answer with its header. */
  readonly responseBytes: number;
  readonly stream?: string;
  readonly topic?: string;
  readonly partitionId?: number;
  /** Consumer group that a poll was made for. */
  readonly group?: string;
  /** Of a send or a poll: messages in it. */
  readonly messagesCount?: number;
}

/** A login that failed; the name that was tried is not told, it may be a password. */
export interface FailedLoginMessage extends ConnectionMessage {
  /** Status of the answer: a wrong password, an unknown token or the like. */
  readonly status: number;
}

/** The worker of a shard has ended without having been told to. */
export interface ShardDeathMessage extends BrokerMessage {
  readonly shard: number;
  /** What the worker ended with. */
  readonly reason: string;
}

/** A new worker has taken over. */
export interface ShardReturnMessage extends BrokerMessage {
  readonly shard: number;
  /** Partitions that it has opened from their files. */
  readonly partitionsCount: number;
}

/** Where a partition is, by numbers. */
export interface PartitionMessage extends BrokerMessage {
  readonly streamId: number;
  readonly topicId: number;
  readonly partitionId: number;
}

/** A partition has sealed a segment and goes on in a new one. */
export interface SegmentMessage extends PartitionMessage {
  /** Offset of the first message that the new segment is going to have. */
  readonly baseOffset: number;
}

/** Why segments were removed: their topic's expiry or size limit, or a request. */
export type RemovalReason = 'expiry' | 'size' | 'request';

/** The oldest segments of a partition were removed. */
export interface RemovalMessage extends PartitionMessage {
  readonly segmentsCount: number;
  readonly reason: RemovalReason;
}

/** Members of a consumer group may read other partitions than before. */
export interface GroupMessage extends BrokerMessage {
  readonly streamId: number;
  readonly topicId: number;
  readonly groupId: number;
  readonly membersCount: number;
  /** Counts the changes of who is a member and of how many partitions there are. */
  readonly generation: number;
  /** True while a partition waits for its reader to commit before it changes hands. */
  readonly isMoving: boolean;
}

/** A change of the catalog that is durable: what it was about, never a secret. */
export interface CatalogMessage extends BrokerMessage {
  /** Such as `topic.create`. */
  readonly change: string;
  /** Of what was created, changed or deleted. */
  readonly id?: number | string;
  readonly name?: string;
  readonly streamId?: number;
  readonly topicId?: number;
  readonly userId?: number;
  /** Partitions that came or went. */
  readonly count?: number;
}

/** A broker takes connections. */
export interface StartMessage extends BrokerMessage {
  /** `ip:port` of each transport that is on. */
  readonly addresses: {
    readonly tcp?: string | undefined;
    readonly quic?: string | undefined;
    readonly websocket?: string | undefined;
    readonly http?: string | undefined;
  };
  readonly threads: number;
}

/** A broker has stopped. */
export interface StopMessage extends BrokerMessage {
  /** True when everything has reached the disk: the next start need not look at all files. */
  readonly isClean: boolean;
}

/** The messages of all channels by the name of the channel. */
export interface ChannelMessages {
  /** A client has connected, over any transport but HTTP. */
  'veltro.connection.opened': ConnectionMessage;
  /** Its connection has ended, or it was turned away. */
  'veltro.connection.closed': ConnectionMessage;
  /** A handler begins with a request, over any transport. */
  'veltro.command.started': CommandMessage;
  /** The answer is complete: the same object as at the start. */
  'veltro.command.ended': EndedCommandMessage;
  'veltro.login.failed': FailedLoginMessage;
  'veltro.shard.died': ShardDeathMessage;
  'veltro.shard.replaced': ShardReturnMessage;
  'veltro.segment.begun': SegmentMessage;
  'veltro.segments.removed': RemovalMessage;
  'veltro.group.changed': GroupMessage;
  'veltro.catalog.changed': CatalogMessage;
  'veltro.broker.started': StartMessage;
  /** A stop was asked for: load balancers are told, then nobody is let in any more. */
  'veltro.broker.draining': BrokerMessage;
  'veltro.broker.stopped': StopMessage;
}

/** A channel of `node:diagnostics_channel` that knows what it carries. */
interface TypedChannel<Message> {
  /** To be asked before a message is made: so one that nobody wants costs nothing. */
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

function open<Name extends keyof ChannelMessages>(name: Name): TypedChannel<ChannelMessages[Name]> {
  return channel(name);
}

/**
 * All that a broker says of itself while it runs, for whoever subscribes to it by the name of the
 * channel. Everything is published on the thread that started the broker, what happens in shard
 * workers as well; subscribers are called at once and keep it waiting.
 */
export const channels = {
  connectionOpened: open('veltro.connection.opened'),
  connectionClosed: open('veltro.connection.closed'),
  commandStarted: open('veltro.command.started'),
  commandEnded: open('veltro.command.ended'),
  loginFailed: open('veltro.login.failed'),
  shardDied: open('veltro.shard.died'),
  shardReplaced: open('veltro.shard.replaced'),
  segmentBegun: open('veltro.segment.begun'),
  segmentsRemoved: open('veltro.segments.removed'),
  groupChanged: open('veltro.group.changed'),
  catalogChanged: open('veltro.catalog.changed'),
  brokerStarted: open('veltro.broker.started'),
  brokerDraining: open('veltro.broker.draining'),
  brokerStopped: open('veltro.broker.stopped'),
} as const;
