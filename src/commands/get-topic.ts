import { type GetTopicRequest, getTopic } from '../wire/commands/get-topic.ts';
import type { TopicDetails } from '../wire/structures/topic-details.ts';
import { describeTopicDetails } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetTopic: ControlHandler<GetTopicRequest, TopicDetails | null> = {
  codec: getTopic,
  handle(services, _session, { streamId, topicId }) {
    const topic = services.catalog.streams.find(streamId)?.topics.find(topicId);
    return topic === undefined ? null : describeTopicDetails(services, topic);
  },
};
