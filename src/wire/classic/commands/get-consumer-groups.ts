import type { Codec } from '../codec.ts';
import {
  type ConsumerGroup,
  readConsumerGroup,
  writeConsumerGroup,
} from '../structures/consumer-group.ts';
import { readUntilEnd } from '../structures/list.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** The topic whose groups are listed. */
export type GetConsumerGroupsRequest = TopicTarget;

/** GetConsumerGroups, code 601: by ascending id, none for a missing stream or topic. */
export const getConsumerGroups: Codec<GetConsumerGroupsRequest, readonly ConsumerGroup[]> = {
  code: 601,
  name: 'consumer_group.list',
  permission: 'topic-read',
  writeRequest: writeTopicTarget,
  readRequest: readTopicTarget,
  writeResponse: (writer, groups) => {
    for (const group of groups) writeConsumerGroup(writer, group);
  },
  readResponse: (reader) => readUntilEnd(reader, readConsumerGroup),
};
