import * as v from 'valibot';
import { createPartitions } from '../../../wire/classic/commands/create-partitions.ts';
import { deletePartitions } from '../../../wire/classic/commands/delete-partitions.ts';
import { deleteSegments } from '../../../wire/classic/commands/delete-segments.ts';
import { partitionsPerRequestMax } from '../../../wire/limits.ts';
import { shown, u32, u32Text } from './kinds.ts';
import { operation } from './operation.ts';
import { done, made } from './replies.ts';
import { topicPath, topicTarget } from './targets.ts';

const tag = 'Partitions';
const path = '/streams/{stream_id}/topics/{topic_id}/partitions';
const bounds = { type: 'integer', minimum: 1, maximum: partitionsPerRequestMax };

const create = operation({
  id: 'createPartitions',
  method: 'POST',
  path,
  tag,
  summary: 'Add partitions to a topic',
  pathSchema: topicPath,
  body: v.object({ partitions_count: shown(u32, bounds) }),
  answers: { 201: { description: 'The partitions are there.' } },
  errors: [403, 404],
  async run({ call }, input) {
    const partitionsCount = input.body.partitions_count;
    await call.run(createPartitions, { ...topicTarget(input.path), partitionsCount });
    return made();
  },
});

const remove = operation({
  id: 'deletePartitions',
  method: 'DELETE',
  path,
  tag,
  summary: 'Delete the last partitions of a topic with their messages',
  pathSchema: topicPath,
  querySchema: v.object({ partitions_count: shown(u32Text, bounds) }),
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, input) {
    const partitionsCount = input.query.partitions_count;
    await call.run(deletePartitions, { ...topicTarget(input.path), partitionsCount });
    return done();
  },
});

const removeSegments = operation({
  id: 'deleteSegments',
  method: 'DELETE',
  path: `${path}/{partition_id}`,
  tag,
  summary: 'Delete the oldest segments of a partition',
  description: 'Only those that are closed and that every stored offset has passed.',
  pathSchema: v.object({ ...topicPath.entries, partition_id: u32Text }),
  querySchema: v.object({ segments_count: u32Text }),
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, input) {
    await call.run(deleteSegments, {
      ...topicTarget(input.path),
      partitionId: input.path.partition_id,
      segmentsCount: input.query.segments_count,
    });
    return done();
  },
});

/** Operations on partitions and their segments. */
export const partitionOperations = [create, remove, removeSegments];
