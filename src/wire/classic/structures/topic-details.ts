import type { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { WireError } from '../../wire-error.ts';
import type { Writer } from '../../writer.ts';
import { type Partition, readPartition, writePartition } from './partition.ts';
import { readTopic, type Topic, writeTopic } from './topic.ts';
import {
  readTopicAnswerExtension,
  type TopicAnswerExtension,
  writeTopicAnswerExtension,
} from './topic-extension.ts';

/** A topic with its partitions in ascending order; `partitionsCount` is their number. */
export interface TopicDetails extends Topic, TopicAnswerExtension {
  readonly partitions: readonly Partition[];
}

export function writeTopicDetails(writer: Writer, topic: TopicDetails): void {
  assertPartitionsCount(topic);
  writeTopic(writer, topic);
  for (const partition of topic.partitions) writePartition(writer, partition);
  writeTopicAnswerExtension(writer, topic);
}

export function readTopicDetails(reader: Reader): TopicDetails {
  const topic = readTopic(reader);
  const partitions: Partition[] = [];
  while (reader.remaining > 0 && partitions.length < topic.partitionsCount) {
    partitions.push(readPartition(reader));
  }
  const details = { ...topic, partitions, ...readTopicAnswerExtension(reader) };
  assertPartitionsCount(details);
  if (reader.remaining === 0) return details;
  const problem = `${reader.remaining} bytes follow the ${partitions.length} partitions`;
  throw new WireError(status.InvalidFormat, problem);
}

/** Clients refuse an answer whose count and entries differ (protocol section 8.3). */
function assertPartitionsCount({ partitionsCount, partitions }: TopicDetails): void {
  if (partitions.length !== partitionsCount) {
    throw new WireError(
      status.InvalidFormat,
      `the topic lists ${partitions.length} partitions, its count is ${partitionsCount}`,
    );
  }
}
