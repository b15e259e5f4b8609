import { type GetTopicRequest, getTopic } from '../wire/classic/commands/get-topic.ts';
import type { TopicDetails } from '../wire/classic/structures/topic-details.ts';
import { describeTopicDetails } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetTopic: ControlHandler<GetTopicRequest, TopicDetails | null> = {
  codec: getTopic,
  handle(services, session, target) {
    const topic = services.access.findTopic(session, getTopic, target);
    return topic === undefined ? null : describeTopicDetails(services, session, topic);
  },
};
