import * as v from 'valibot';
import { createConsumerGroup } from '../../../wire/classic/commands/create-consumer-group.ts';
import { deleteConsumerGroup } from '../../../wire/classic/commands/delete-consumer-group.ts';
import { deleteConsumerOffset } from '../../../wire/classic/commands/delete-consumer-offset.ts';
import { getConsumerGroup } from '../../../wire/classic/commands/get-consumer-group.ts';
import { getConsumerGroups } from '../../../wire/classic/commands/get-consumer-groups.ts';
import { getConsumerOffset } from '../../../wire/classic/commands/get-consumer-offset.ts';
import { storeConsumerOffset } from '../../../wire/classic/commands/store-consumer-offset.ts';
import type { Identifier } from '../../../wire/classic/identifier.ts';
import type { Consumer } from '../../../wire/classic/structures/consumer.ts';
import { notFound } from '../errors.ts';
import { identifier, identifierOrNumber, shortText, u32, u32Text, u64 } from './kinds.ts';
import { json, operation } from './operation.ts';
import { done, ok } from './replies.ts';
import {
  consumerGroup,
  consumerGroupDetails,
  consumerGroupDetailsShape,
  consumerGroupShape,
  consumerOffset,
  consumerOffsetShape,
} from './shapes.ts';
import { groupPath, topicPath, topicTarget } from './targets.ts';

const offsetsTag = 'Consumer offsets';
const offsetsPath = '/streams/{stream_id}/topics/{topic_id}/consumer-offsets';
const groupsTag = 'Consumer groups';
const groupsPath = '/streams/{stream_id}/topics/{topic_id}/consumer-groups';

/** In a body, a consumer's number may be a number as well. */
const consumerId = identifierOrNumber('consumer');

function consumer(id: Identifier): Consumer {
  return { kind: 'consumer', id };
}

const readOffset = operation({
  id: 'getConsumerOffset',
  method: 'GET',
  path: offsetsPath,
  tag: offsetsTag,
  summary: 'Say how far a consumer has come',
  pathSchema: topicPath,
  querySchema: v.object({
    consumer_id: v.optional(identifier('consumer'), '1'),
    partition_id: v.optional(u32Text, '0'),
  }),
  answers: { 200: json('The stored offset, and the newest of the partition.', consumerOffset) },
  errors: [403, 404],
  async run({ call }, { path, query }) {
    const found = await call.run(getConsumerOffset, {
      ...topicTarget(path),
      consumer: consumer(query.consumer_id),
      partitionId: query.partition_id,
    });
    if (found === null) throw notFound();
    return ok(consumerOffsetShape(found));
  },
});

const storeOffset = operation({
  id: 'storeConsumerOffset',
  method: 'PUT',
  path: offsetsPath,
  tag: offsetsTag,
  summary: 'Store how far a consumer has come',
  pathSchema: topicPath,
  body: v.object({
    consumer_id: consumerId,
    partition_id: v.nullish(u32, null),
    offset: u64,
  }),
  answers: { 204: { description: 'It is stored.' } },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    await call.run(storeConsumerOffset, {
      ...topicTarget(path),
      consumer: consumer(body.consumer_id),
      partitionId: body.partition_id,
      offset: body.offset,
    });
    return done();
  },
});

const removeOffset = operation({
  id: 'deleteConsumerOffset',
  method: 'DELETE',
  path: `${offsetsPath}/{consumer_id}`,
  tag: offsetsTag,
  summary: 'Forget how far a consumer has come',
  pathSchema: v.object({ ...topicPath.entries, consumer_id: identifier('consumer') }),
  querySchema: v.object({ partition_id: v.optional(u32Text, '0') }),
  answers: { 204: { description: 'It is forgotten.' } },
  errors: [403, 404],
  async run({ call }, { path, query }) {
    await call.run(deleteConsumerOffset, {
      ...topicTarget(path),
      consumer: consumer(path.consumer_id),
      partitionId: query.partition_id,
    });
    return done();
  },
});

const listGroups = operation({
  id: 'getConsumerGroups',
  method: 'GET',
  path: groupsPath,
  tag: groupsTag,
  summary: 'List the groups of a topic',
  pathSchema: topicPath,
  answers: { 200: json('The groups by their ids.', v.array(consumerGroup)) },
  errors: [403, 404],
  async run({ call }, { path }) {
    const groups = [...(await call.run(getConsumerGroups, topicTarget(path)))];
    groups.sort((one, other) => one.id - other.id);
    return ok(groups.map(consumerGroupShape));
  },
});

const createGroup = operation({
  id: 'createConsumerGroup',
  method: 'POST',
  path: groupsPath,
  tag: groupsTag,
  summary: 'Create a group',
  pathSchema: topicPath,
  body: v.object({ name: shortText('1 to 255 bytes.', 'mail') }),
  answers: { 201: json('The new group.', consumerGroupDetails) },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    const { name } = body;
    const created = await call.run(createConsumerGroup, { ...topicTarget(path), name });
    return ok(consumerGroupDetailsShape({ ...created, members: [] }), 201);
  },
});

const readGroup = operation({
  id: 'getConsumerGroup',
  method: 'GET',
  path: `${groupsPath}/{group_id}`,
  tag: groupsTag,
  summary: 'Describe a group',
  pathSchema: groupPath,
  answers: { 200: json('The group with its members.', consumerGroupDetails) },
  errors: [403, 404],
  async run({ call }, { path }) {
    const target = { ...topicTarget(path), groupId: path.group_id };
    const found = await call.run(getConsumerGroup, target);
    if (found === null) throw notFound();
    return ok(consumerGroupDetailsShape(found));
  },
});

const removeGroup = operation({
  id: 'deleteConsumerGroup',
  method: 'DELETE',
  path: `${groupsPath}/{group_id}`,
  tag: groupsTag,
  summary: 'Delete a group',
  pathSchema: groupPath,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path }) {
    await call.run(deleteConsumerGroup, { ...topicTarget(path), groupId: path.group_id });
    return done();
  },
});

/** Operations on what consumers leave behind: offsets and groups. */
export const consumerOperations = [
  readOffset,
  storeOffset,
  removeOffset,
  listGroups,
  createGroup,
  readGroup,
  removeGroup,
];
