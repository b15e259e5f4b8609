import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';

/** Compression of a topic, stored and echoed only; another number is status 3. */
export const compressionAlgorithms = { none: 1, gzip: 2 } as const;

/** Duration and size of a topic that follow the server's configuration. */
export const SERVER_DEFAULT = 0n;
/** Expiry of a topic whose messages never expire, size of a topic without a limit. */
export const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** What a request sets on a topic (protocol sections 2.4 and 3.8). */
export interface TopicSettings {
  /** One of `compressionAlgorithms`; the codec passes other numbers on to the handler's checks. */
  readonly compressionAlgorithm: number;
  /** Microseconds; `SERVER_DEFAULT` or `UNLIMITED` for never. */
  readonly messageExpiryMicros: bigint;
  /** `SERVER_DEFAULT` or `UNLIMITED`, or at least the size of a segment. */
  readonly maxSizeBytes: bigint;
  /** 0 is stored as 1; without effect on one node. */
  readonly replicationFactor: number;
  /** 1..255 bytes of UTF-8. */
  readonly name: string;
}

/** A topic as commands answer it (protocol section 8.2), with resolved expiry and size limit. */
export interface Topic extends TopicSettings {
  readonly id: number;
  /** Microseconds since the Unix epoch. */
  readonly createdAt: bigint;
  readonly partitionsCount: number;
  /** Bytes of all stored message frames. */
  readonly sizeBytes: bigint;
  readonly messagesCount: bigint;
}

/** The settings as CreateTopic and UpdateTopic carry them. */
export function writeTopicSettings(writer: Writer, settings: TopicSettings): void {
  writer.u8(settings.compressionAlgorithm).u64(settings.messageExpiryMicros);
  writer.u64(settings.maxSizeBytes).u8(settings.replicationFactor);
  writer.name8(settings.name, 'topic name');
}

export function readTopicSettings(reader: Reader): TopicSettings {
  return {
    compressionAlgorithm: reader.u8('compression algorithm'),
    messageExpiryMicros: reader.u64('message expiry'),
    maxSizeBytes: reader.u64('max topic size'),
    replicationFactor: reader.u8('replication factor'),
    name: reader.name8('topic name'),
  };
}

export function writeTopic(writer: Writer, topic: Topic): void {
  writer.u32(topic.id).u64(topic.createdAt).u32(topic.partitionsCount);
  writer.u64(topic.messageExpiryMicros).u8(topic.compressionAlgorithm);
  writer.u64(topic.maxSizeBytes).u8(topic.replicationFactor);
  writer.u64(topic.sizeBytes).u64(topic.messagesCount).name8(topic.name, 'topic name');
}

export function readTopic(reader: Reader): Topic {
  return {
    id: reader.u32('topic id'),
    createdAt: reader.u64('created at'),
    partitionsCount: reader.u32('partitions count'),
    messageExpiryMicros: reader.u64('message expiry'),
    compressionAlgorithm: reader.u8('compression algorithm'),
    maxSizeBytes: reader.u64('max topic size'),
    replicationFactor: reader.u8('replication factor'),
    sizeBytes: reader.u64('size'),
    messagesCount: reader.u64('messages count'),
    name: reader.name8('topic name'),
  };
}
