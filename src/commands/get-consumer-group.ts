import {
  type GetConsumerGroupRequest,
  getConsumerGroup,
} from '../wire/classic/commands/get-consumer-group.ts';
import type { ConsumerGroupDetails } from '../wire/classic/structures/consumer-group.ts';
import { describeGroupDetails } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetConsumerGroup: ControlHandler<
  GetConsumerGroupRequest,
  ConsumerGroupDetails | null
> = {
  codec: getConsumerGroup,
  handle(services, session, target) {
    const topic = services.access.findTopic(session, getConsumerGroup, target);
    const record = topic?.groups.find(target.groupId);
    if (topic === undefined || record === undefined) return null;
    return describeGroupDetails(services, topic, record);
  },
};
