import { type DeleteTopicRequest, deleteTopic } from '../wire/commands/delete-topic.ts';
import type { ControlHandler } from './handler.ts';

export const handleDeleteTopic: ControlHandler<DeleteTopicRequest, undefined> = {
  codec: deleteTopic,
  handle: ({ catalog, handles, router }, _session, { streamId, topicId }) =>
    catalog.transact(async (propose) => {
      const stream = catalog.stream(streamId);
      const topic = catalog.topic(stream, topicId);
      await propose({ type: 'topic.delete', streamId: stream.id, id: topic.id });
      await router.dropPartitions(handles.unregister(topic, 0));
      await router.removeTopicFolder(stream.id, topic.id);
      return undefined;
    }),
};
