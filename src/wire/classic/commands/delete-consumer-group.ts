import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { type GroupTarget, readGroupTarget, writeGroupTarget } from '../structures/targets.ts';

/** The group to delete. */
export type DeleteConsumerGroupRequest = GroupTarget;

/** DeleteConsumerGroup, code 603: members are dropped, stored offsets go with the group. */
export const deleteConsumerGroup: Codec<DeleteConsumerGroupRequest, Empty> = {
  code: 603,
  name: 'consumer_group.delete',
  permission: 'topic-read',
  writeRequest: writeGroupTarget,
  readRequest: readGroupTarget,
  ...emptyResponse,
};
