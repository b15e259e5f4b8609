import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';

/** A topic and how many partitions it gets. */
export interface CreatePartitionsRequest extends TopicTarget {
  /** 1..1000; other numbers are the handler's status 2015. */
  readonly partitionsCount: number;
}

/** CreatePartitions, code 402: ids continue after the highest. */
export const createPartitions: Codec<CreatePartitionsRequest, Empty> = {
  code: 402,
  name: 'partition.create',
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
