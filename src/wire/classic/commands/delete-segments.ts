import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { type PartitionTarget, readTopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** A partition and how many of its segments may go. */
export interface DeleteSegmentsRequest extends PartitionTarget {
  /** The most that go; 0 asks for nothing. */
  readonly segmentsCount: number;
}

/** DeleteSegments, code 503: the oldest sealed segments of a partition that nobody still needs. */
export const deleteSegments: Codec<DeleteSegmentsRequest, Empty> = {
  code: 503,
  name: 'segment.delete',
  permission: 'topic-manage',
  writeRequest: (writer, request) => {
    writeTopicTarget(writer, request);
    writer.u32(request.partitionId).u32(request.segmentsCount);
  },
  readRequest: (reader) => ({
    ...readTopicTarget(reader),
    partitionId: reader.u32('partition id'),
    segmentsCount: reader.u32('segments count'),
  }),
  ...emptyResponse,
};
