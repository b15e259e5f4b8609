import { type DeleteStreamRequest, deleteStream } from '../wire/classic/commands/delete-stream.ts';
import type { ControlHandler } from './handler.ts';

/** Removes topics, offsets and data; the id can be used again. */
export const handleDeleteStream: ControlHandler<DeleteStreamRequest, undefined> = {
  codec: deleteStream,
  handle: ({ catalog, access, groups, handles, router }, session, { streamId }) =>
    catalog.transact(async (propose) => {
      const stream = access.stream(session, deleteStream, streamId);
      const topics = [...stream.topics];
      await propose({ type: 'stream.delete', id: stream.id });
      for (const topic of topics) groups.dissolveAll(topic.groups);
      await router.dropPartitions(topics.flatMap((topic) => handles.unregister(topic, 0)));
      await router.removeStreamFolder(stream.id);
      return undefined;
    }),
};
