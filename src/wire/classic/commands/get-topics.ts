import type { Codec } from '../codec.ts';
import { readUntilEnd } from '../structures/list.ts';
import { readStreamTarget, type StreamTarget, writeStreamTarget } from '../structures/targets.ts';
import { readTopic, type Topic, writeTopic } from '../structures/topic.ts';

/** The stream whose topics are listed. */
export type GetTopicsRequest = StreamTarget;

/** GetTopics, code 301: the topics of a stream by ascending id, none for a missing stream. */
export const getTopics: Codec<GetTopicsRequest, readonly Topic[]> = {
  code: 301,
  name: 'topic.list',
  permission: 'topics-list',
  writeRequest: writeStreamTarget,
  readRequest: readStreamTarget,
  writeResponse: (writer, topics) => {
    for (const topic of topics) writeTopic(writer, topic);
  },
  readResponse: (reader) => readUntilEnd(reader, readTopic),
};
