import type { Codec } from '../codec.ts';
import {
  type ConsumerGroup,
  readConsumerGroup,
  writeConsumerGroup,
} from '../structures/consumer-group.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** The topic of a new group and the group's name. */
export interface CreateConsumerGroupRequest extends TopicTarget {
  /** 1..255 bytes of UTF-8. */
  readonly name: string;
}

/** CreateConsumerGroup, code 602: the server assigns the id. A right to read is enough. */
export const createConsumerGroup: Codec<CreateConsumerGroupRequest, ConsumerGroup> = {
  code: 602,
  name: 'consumer_group.create',
  permission: 'topic-read',
  writeRequest: (writer, request) => {
    writeTopicTarget(writer, request);
    writer.name8(request.name, 'group name');
  },
  readRequest: (reader) => ({ ...readTopicTarget(reader), name: reader.name8('group name') }),
  writeResponse: writeConsumerGroup,
  readResponse: readConsumerGroup,
};
