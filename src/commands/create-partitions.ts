import {
  type CreatePartitionsRequest,
  createPartitions,
} from '../wire/classic/commands/create-partitions.ts';
import { partitionsPerRequestMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { nowMicros } from './clock.ts';
import type { ControlHandler } from './handler.ts';

export const handleCreatePartitions: ControlHandler<CreatePartitionsRequest, undefined> = {
  codec: createPartitions,
  handle({ catalog, access, groups, handles, router }, session, request) {
    const { partitionsCount: count } = request;
    return catalog.transact(async (propose) => {
      const topic = access.topic(session, createPartitions, request);
      const stream = catalog.stream(request.streamId);
      if (count === 0 || count > partitionsPerRequestMax) {
        throw new WireError(
          status.TooManyPartitions,
          `${count} partitions, the limits are 1 and ${partitionsPerRequestMax}`,
        );
      }
      handles.assertRoom(count);
      const createdAt = nowMicros();
      const target = { streamId: stream.id, topicId: topic.id };
      await propose({ type: 'partitions.create', ...target, count, createdAt });
      await router.openPartitions(handles.register(stream, topic, 'new'));
      groups.resizeAll(topic.groups, topic.partitions.length);
      return undefined;
    });
  },
};
