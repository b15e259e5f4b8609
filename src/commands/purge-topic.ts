import { type PurgeTopicRequest, purgeTopic } from '../wire/classic/commands/purge-topic.ts';
import type { ControlHandler } from './handler.ts';

export const handlePurgeTopic: ControlHandler<PurgeTopicRequest, undefined> = {
  codec: purgeTopic,
  handle: ({ catalog, access, groups, handles, router, waitingPolls }, session, target) =>
    catalog.transact(async () => {
      const topic = access.topic(session, purgeTopic, target);
      await router.purgePartitions(handles.all(topic));
      groups.purgeAll(topic.groups);
      for (const handle of handles.all(topic)) waitingPolls.wake(handle);
      return undefined;
    }),
};
