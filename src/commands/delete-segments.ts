import {
  type DeleteSegmentsRequest,
  deleteSegments,
} from '../wire/classic/commands/delete-segments.ts';
import { segmentsPerStepMax } from '../wire/limits.ts';
import type { ControlHandler } from './handler.ts';

/** Deletes what can be deleted; that it was less than asked for is no error. */
export const handleDeleteSegments: ControlHandler<DeleteSegmentsRequest, undefined> = {
  codec: deleteSegments,
  handle: ({ catalog, access, handles, router }, session, request) =>
    // A change of the catalog could give the partition's handle to another one meanwhile.
    catalog.transact(async () => {
      const topic = access.topicOfPartition(session, deleteSegments, request);
      const handle = handles.handle(topic, request.partitionId);
      for (let left = request.segmentsCount; left > 0; ) {
        const some = Math.min(left, segmentsPerStepMax);
        const removed = await router.removeSegments(handle, some, 'request');
        left = removed < some ? 0 : left - some;
      }
      return undefined;
    }),
};
