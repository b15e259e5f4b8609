import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { type GroupTarget, readGroupTarget, writeGroupTarget } from '../structures/targets.ts';

/** The group to join. */
export type JoinConsumerGroupRequest = GroupTarget;

/** JoinConsumerGroup, code 604: this connection becomes a member; nothing when it is one. */
export const joinConsumerGroup: Codec<JoinConsumerGroupRequest, Empty> = {
  code: 604,
  name: 'consumer_group.join',
  permission: 'topic-read',
  writeRequest: writeGroupTarget,
  readRequest: readGroupTarget,
  ...emptyResponse,
};
