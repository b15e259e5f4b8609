import {
  type DeleteConsumerGroupRequest,
  deleteConsumerGroup,
} from '../wire/classic/commands/delete-consumer-group.ts';
import { findGroup } from './consumer-target.ts';
import type { ControlHandler } from './handler.ts';

/**
 * The members go first, so that nobody stores an offset any more; then the offsets, which a later
 * group of the same number must not find; then the group itself.
 */
export const handleDeleteConsumerGroup: ControlHandler<DeleteConsumerGroupRequest, undefined> = {
  codec: deleteConsumerGroup,
  handle: ({ catalog, access, groups, handles, router }, session, request) =>
    catalog.transact(async (propose) => {
      const topic = access.topic(session, deleteConsumerGroup, request);
      const record = findGroup(topic, request.groupId);
      const at = { streamId: catalog.stream(request.streamId).id, topicId: topic.id };
      groups.dissolveAll([record]);
      await router.forgetGroup(handles.all(topic), record.id);
      await propose({ type: 'group.delete', ...at, id: record.id });
      return undefined;
    }),
};
