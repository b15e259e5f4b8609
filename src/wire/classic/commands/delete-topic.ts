import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** The topic to delete. */
export type DeleteTopicRequest = TopicTarget;

/** DeleteTopic, code 303: with its partitions, groups, offsets and messages. */
export const deleteTopic: Codec<DeleteTopicRequest, Empty> = {
  code: 303,
  name: 'topic.delete',
  permission: 'topic-manage',
  writeRequest: writeTopicTarget,
  readRequest: readTopicTarget,
  ...emptyResponse,
};
