import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** The topic to empty. */
export type PurgeTopicRequest = TopicTarget;

/** PurgeTopic, code 305: drops messages and stored offsets, offsets start at 0 again. */
export const purgeTopic: Codec<PurgeTopicRequest, Empty> = {
  code: 305,
  name: 'topic.purge',
  permission: 'topic-manage',
  writeRequest: writeTopicTarget,
  readRequest: readTopicTarget,
  ...emptyResponse,
};
