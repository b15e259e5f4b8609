import type { Codec } from '../codec.ts';
import { readStreamTarget, type StreamTarget, writeStreamTarget } from '../structures/targets.ts';
import { readTopicSettings, type TopicSettings, writeTopicSettings } from '../structures/topic.ts';
import {
  readTopicDetails,
  type TopicDetails,
  writeTopicDetails,
} from '../structures/topic-details.ts';
import {
  readTopicRequestExtension,
  type TopicRequestExtension,
  writeTopicRequestExtension,
} from '../structures/topic-extension.ts';

/** A new topic of a stream. */
export interface CreateTopicRequest extends StreamTarget, TopicSettings, TopicRequestExtension {
  /** 0..1000; more is the handler's status 2015. */
  readonly partitionsCount: number;
}

/** CreateTopic, code 302: answers the new topic with resolved settings and empty partitions. */
export const createTopic: Codec<CreateTopicRequest, TopicDetails> = {
  code: 302,
  name: 'topic.create',
  permission: 'topic-create',
  writeRequest: (writer, request) => {
    writeStreamTarget(writer, request);
    writer.u32(request.partitionsCount);
    writeTopicSettings(writer, request);
    writeTopicRequestExtension(writer, request);
  },
  readRequest: (reader) => ({
    ...readStreamTarget(reader),
    partitionsCount: reader.u32('partitions count'),
    ...readTopicSettings(reader),
    ...readTopicRequestExtension(reader),
  }),
  writeResponse: writeTopicDetails,
  readResponse: readTopicDetails,
};
