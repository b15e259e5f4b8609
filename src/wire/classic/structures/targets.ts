import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';

/** A request about one user. */
export interface UserTarget {
  readonly userId: Identifier;
}

/** A request about one stream. */
export interface StreamTarget {
  readonly streamId: Identifier;
}

/** A request about one topic. */
export interface TopicTarget extends StreamTarget {
  readonly topicId: Identifier;
}

/** A request about one partition. */
export interface PartitionTarget extends TopicTarget {
  readonly partitionId: number;
}

/** A request about one consumer group. */
export interface GroupTarget extends TopicTarget {
  readonly groupId: Identifier;
}

export function writeUserTarget(writer: Writer, target: UserTarget): void {
  writeIdentifier(writer, target.userId, 'user id');
}

export function readUserTarget(reader: Reader): UserTarget {
  return { userId: readIdentifier(reader, 'user id') };
}

export function writeStreamTarget(writer: Writer, target: StreamTarget): void {
  writeIdentifier(writer, target.streamId, 'stream id');
}

export function readStreamTarget(reader: Reader): StreamTarget {
  return { streamId: readIdentifier(reader, 'stream id') };
}

export function writeTopicTarget(writer: Writer, target: TopicTarget): void {
  writeStreamTarget(writer, target);
  writeIdentifier(writer, target.topicId, 'topic id');
}

export function readTopicTarget(reader: Reader): TopicTarget {
  return { ...readStreamTarget(reader), topicId: readIdentifier(reader, 'topic id') };
}

export function writeGroupTarget(writer: Writer, target: GroupTarget): void {
  writeTopicTarget(writer, target);
  writeIdentifier(writer, target.groupId, 'group id');
}

export function readGroupTarget(reader: Reader): GroupTarget {
  return { ...readTopicTarget(reader), groupId: readIdentifier(reader, 'group id') };
}
