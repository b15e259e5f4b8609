import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** The partition to write out. */
export interface FlushUnsavedBufferRequest extends TopicTarget {
  readonly partitionId: number;
  /** Also wait until the storage device has the bytes. */
  readonly fsync: boolean;
}

/** FlushUnsavedBuffer, code 102: writes out what a partition holds in memory only. */
export const flushUnsavedBuffer: Codec<FlushUnsavedBufferRequest, Empty> = {
  code: 102,
  name: 'message.flush_unsaved_buffer',
  permission: 'send',
  writeRequest: (writer, request) => {
    writeTopicTarget(writer, request);
    writer.u32(request.partitionId).bool(request.fsync);
  },
  readRequest: (reader) => ({
    ...readTopicTarget(reader),
    partitionId: reader.u32('partition id'),
    fsync: reader.bool('fsync'),
  }),
  ...emptyResponse,
};
