import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** A topic and how many partitions it loses. */
export interface DeletePartitionsRequest extends TopicTarget {
  /** At least 1 (status 2015), at most the number that exists (status 2019). */
  readonly partitionsCount: number;
}

/** DeletePartitions, code 403: the highest ids go first, with their messages. */
export const deletePartitions: Codec<DeletePartitionsRequest, Empty> = {
  code: 403,
  name: 'partition.delete',
  permission: 'topic-manage',
  writeRequest: (writer, request) => {
    writeTopicTarget(writer, request);
    writer.u32(request.partitionsCount);
  },
  readRequest: (reader) => ({
    ...readTopicTarget(reader),
    partitionsCount: reader.u32('partitions count'),
  }),
  ...emptyResponse,
};
