import {
  type DeletePartitionsRequest,
  deletePartitions,
} from '../wire/classic/commands/delete-partitions.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';

/** The partitions with the highest ids go, with their data and offsets. */
export const handleDeletePartitions: ControlHandler<DeletePartitionsRequest, undefined> = {
  codec: deletePartitions,
  handle({ catalog, access, groups, handles, router }, session, request) {
    const { partitionsCount: count } = request;
    return catalog.transact(async (propose) => {
      const topic = access.topic(session, deletePartitions, request);
      const stream = catalog.stream(request.streamId);
      if (count === 0) throw new WireError(status.TooManyPartitions, 'no partitions to delete');
      if (count > topic.partitions.length) {
        throw new WireError(
          status.InvalidPartitionsCount,
          `${count} partitions of ${topic.partitions.length}`,
        );
      }
      const target = { streamId: stream.id, topicId: topic.id };
      await propose({ type: 'partitions.delete', ...target, count });
      groups.resizeAll(topic.groups, topic.partitions.length);
      await router.dropPartitions(handles.unregister(topic, topic.partitions.length));
      return undefined;
    });
  },
};
