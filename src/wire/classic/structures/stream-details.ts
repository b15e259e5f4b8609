import type { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { WireError } from '../../wire-error.ts';
import type { Writer } from '../../writer.ts';
import { readUntilEnd } from './list.ts';
import { readStream, type Stream, writeStream } from './stream.ts';
import { readTopic, type Topic, writeTopic } from './topic.ts';

/** A stream with its topics by ascending id; `topicsCount` is their number. */
export interface StreamDetails extends Stream {
  readonly topics: readonly Topic[];
}

export function writeStreamDetails(writer: Writer, stream: StreamDetails): void {
  assertTopicsCount(stream);
  writeStream(writer, stream);
  for (const topic of stream.topics) writeTopic(writer, topic);
}

export function readStreamDetails(reader: Reader): StreamDetails {
  const stream = { ...readStream(reader), topics: readUntilEnd(reader, readTopic) };
  assertTopicsCount(stream);
  return stream;
}

/** Clients refuse an answer whose count and entries differ (protocol section 8.2). */
function assertTopicsCount({ topicsCount, topics }: StreamDetails): void {
  if (topics.length !== topicsCount) {
    throw new WireError(
      status.InvalidFormat,
      `the stream lists ${topics.length} topics, its count is ${topicsCount}`,
    );
  }
}
