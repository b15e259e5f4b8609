import {
  type GetConsumerGroupsRequest,
  getConsumerGroups,
} from '../wire/classic/commands/get-consumer-groups.ts';
import type { ConsumerGroup } from '../wire/classic/structures/consumer-group.ts';
import { describeGroup } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetConsumerGroups: ControlHandler<
  GetConsumerGroupsRequest,
  readonly ConsumerGroup[]
> = {
  codec: getConsumerGroups,
  handle(services, session, target) {
    const topic = services.access.findTopic(session, getConsumerGroups, target);
    if (topic === undefined) return [];
    return topic.groups.sorted().map((record) => describeGroup(services, topic, record));
  },
};
