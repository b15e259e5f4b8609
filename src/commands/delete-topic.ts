import { type DeleteTopicRequest, deleteTopic } from '../wire/classic/commands/delete-topic.ts';
import type { ControlHandler } from './handler.ts';

export const handleDeleteTopic: ControlHandler<DeleteTopicRequest, undefined> = {
  codec: deleteTopic,
  handle: ({ catalog, access, groups, handles, router }, session, target) =>
    catalog.transact(async (propose) => {
      const topic = access.topic(session, deleteTopic, target);
      const stream = catalog.stream(target.streamId);
      await propose({ type: 'topic.delete', streamId: stream.id, id: topic.id });
      groups.dissolveAll(topic.groups);
      await router.dropPartitions(handles.unregister(topic, 0));
      await router.removeTopicFolder(stream.id, topic.id);
      return undefined;
    }),
};
