import { type PurgeTopicRequest, purgeTopic } from '../wire/commands/purge-topic.ts';
import type { ControlHandler } from './handler.ts';

export const handlePurgeTopic: ControlHandler<PurgeTopicRequest, undefined> = {
  codec: purgeTopic,
  handle: ({ catalog, handles, router }, _session, { streamId, topicId }) =>
    catalog.transact(async () => {
      const topic = catalog.topic(catalog.stream(streamId), topicId);
      await router.purgePartitions(handles.all(topic));
      return undefined;
    }),
};
