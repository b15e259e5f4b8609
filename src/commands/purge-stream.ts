import { type PurgeStreamRequest, purgeStream } from '../wire/classic/commands/purge-stream.ts';
import type { ControlHandler } from './handler.ts';

export const handlePurgeStream: ControlHandler<PurgeStreamRequest, undefined> = {
  codec: purgeStream,
  handle: ({ catalog, access, groups, handles, router, waitingPolls }, session, { streamId }) =>
    catalog.transact(async () => {
      const topics = [...access.stream(session, purgeStream, streamId).topics];
      const purged = topics.flatMap((topic) => handles.all(topic));
      await router.purgePartitions(purged);
      for (const topic of topics) groups.purgeAll(topic.groups);
      for (const handle of purged) waitingPolls.wake(handle);
      return undefined;
    }),
};
