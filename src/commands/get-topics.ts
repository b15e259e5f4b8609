import { type GetTopicsRequest, getTopics } from '../wire/classic/commands/get-topics.ts';
import type { Topic } from '../wire/classic/structures/topic.ts';
import { describeTopic } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetTopics: ControlHandler<GetTopicsRequest, readonly Topic[]> = {
  codec: getTopics,
  handle(services, session, { streamId }) {
    const stream = services.access.findStream(session, getTopics, streamId);
    const topics = stream === undefined ? [] : stream.topics.sorted();
    return topics.map((topic) => describeTopic(services, topic));
  },
};
