import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { type GroupTarget, readGroupTarget, writeGroupTarget } from '../structures/targets.ts';

/** The group to leave. */
export type LeaveConsumerGroupRequest = GroupTarget;

/** LeaveConsumerGroup, code 605: status 5006 for a connection that is no member. */
export const leaveConsumerGroup: Codec<LeaveConsumerGroupRequest, Empty> = {
  code: 605,
  name: 'consumer_group.leave',
  permission: 'topic-read',
  writeRequest: writeGroupTarget,
  readRequest: readGroupTarget,
  ...emptyResponse,
};
