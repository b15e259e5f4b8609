import type { Codec } from '../codec.ts';
import { optionalResponse } from '../structures/optional.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';
import {
  readTopicDetails,
  type TopicDetails,
  writeTopicDetails,
} from '../structures/topic-details.ts';

/** The topic to describe. */
export type GetTopicRequest = TopicTarget;

/** GetTopic, code 300: null for a missing stream or topic. */
export const getTopic: Codec<GetTopicRequest, TopicDetails | null> = {
  code: 300,
  name: 'topic.get',
  permission: 'topic-read',
  writeRequest: writeTopicTarget,
  readRequest: readTopicTarget,
  ...optionalResponse(writeTopicDetails, readTopicDetails),
};
