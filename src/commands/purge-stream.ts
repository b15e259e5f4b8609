import { type PurgeStreamRequest, purgeStream } from '../wire/classic/commands/purge-stream.ts';
import type { ControlHandler } from './handler.ts';

export const handlePurgeStream: ControlHandler<PurgeStreamRequest, undefined> = {
  codec: purgeStream,
  handle: ({ catalog, access, groups, handles, router }, session, { streamId }) =>
    catalog.transact(async () => {
      const topics = [...access.stream(session, purgeStream, streamId).topics];
      await router.purgePartitions(topics.flatMap((topic) => handles.all(topic)));
      for (const topic of topics) groups.purgeAll(topic.groups);
      return undefined;
    }),
};
