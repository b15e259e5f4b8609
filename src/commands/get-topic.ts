import { type GetTopicRequest, getTopic } from '../wire/commands/get-topic.ts';
import type { TopicDetails } from '../wire/structures/topic-details.ts';
import { describeTopicDetails } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetTopic: ControlHandler<GetTopicRequest, TopicDetails | null> = {
  codec: getTopic,
  handle(services, session, target) {
    const topic = services.access.findTopic(session, getTopic, target);
    return topic === undefined ? null : describeTopicDetails(services, topic);
  },
};
