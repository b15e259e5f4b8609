import type { Codec } from '../codec.ts';
import {
  type ConsumerGroupDetails,
  readConsumerGroupDetails,
  writeConsumerGroupDetails,
} from '../structures/consumer-group.ts';
import { optionalResponse } from '../structures/optional.ts';
import { type GroupTarget, readGroupTarget, writeGroupTarget } from '../structures/targets.ts';

/** The group to describe. */
export type GetConsumerGroupRequest = GroupTarget;

/** GetConsumerGroup, code 600: null for a missing stream, topic or group. */
export const getConsumerGroup: Codec<GetConsumerGroupRequest, ConsumerGroupDetails | null> = {
  code: 600,
  name: 'consumer_group.get',
  permission: 'topic-read',
  writeRequest: writeGroupTarget,
  readRequest: readGroupTarget,
  ...optionalResponse(writeConsumerGroupDetails, readConsumerGroupDetails),
};
