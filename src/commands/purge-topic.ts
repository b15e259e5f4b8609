import { type PurgeTopicRequest, purgeTopic } from '../wire/classic/commands/purge-topic.ts';
import type { ControlHandler } from './handler.ts';

export const handlePurgeTopic: ControlHandler<PurgeTopicRequest, undefined> = {
  codec: purgeTopic,
  handle: ({ catalog, access, groups, handles, router }, session, target) =>
    catalog.transact(async () => {
      const topic = access.topic(session, purgeTopic, target);
      await router.purgePartitions(handles.all(topic));
      groups.purgeAll(topic.groups);
      return undefined;
    }),
};
