import * as v from 'valibot';
import { acknowledgements } from '../../../wire/acknowledgement.ts';
import { createTopic } from '../../../wire/classic/commands/create-topic.ts';
import { deleteTopic } from '../../../wire/classic/commands/delete-topic.ts';
import { getTopic } from '../../../wire/classic/commands/get-topic.ts';
import { getTopics } from '../../../wire/classic/commands/get-topics.ts';
import { purgeTopic } from '../../../wire/classic/commands/purge-topic.ts';
import { updateTopic } from '../../../wire/classic/commands/update-topic.ts';
import {
  compressionAlgorithms,
  type TopicSettings,
} from '../../../wire/classic/structures/topic.ts';
import type { TopicRequestExtension } from '../../../wire/classic/structures/topic-extension.ts';
import { partitionsPerRequestMax } from '../../../wire/limits.ts';
import { status } from '../../../wire/status.ts';
import { notFound, refused } from '../errors.ts';
import { shortText, shown, u8, u32, u64, word } from './kinds.ts';
import { json, operation } from './operation.ts';
import { done, ok } from './replies.ts';
import { topic, topicDetails, topicDetailsShape, topicShape } from './shapes.ts';
import { streamPath, streamTarget, topicPath, topicTarget } from './targets.ts';

const tag = 'Topics';
/** The acknowledgement of a topic that follows the configuration. */
const SERVER_DEFAULT = 'server_default';

const settings = v.object({
  name: shortText('1 to 255 bytes.', 'events'),
  compression_algorithm: word(['none', 'gzip']),
  message_expiry: u64,
  max_topic_size: u64,
  replication_factor: v.nullish(u8, null),
  acknowledgement: v.optional(word([...acknowledgements, SERVER_DEFAULT])),
});

const newTopic = v.object({
  ...settings.entries,
  partitions_count: shown(u32, { type: 'integer', minimum: 0, maximum: partitionsPerRequestMax }),
});

/** Without a replication factor there is one copy; none at all would be no topic. */
function settingsOf(body: v.InferOutput<typeof settings>): TopicSettings & TopicRequestExtension {
  if (body.replication_factor === 0) {
    throw refused(status.InvalidReplicationFactor, 'the replication factor is 0, the least is 1');
  }
  return {
    name: body.name,
    compressionAlgorithm: compressionAlgorithms[body.compression_algorithm],
    messageExpiryMicros: body.message_expiry,
    maxSizeBytes: body.max_topic_size,
    replicationFactor: body.replication_factor ?? 1,
    acknowledgement: body.acknowledgement === SERVER_DEFAULT ? null : body.acknowledgement,
  };
}

const list = operation({
  id: 'getTopics',
  method: 'GET',
  path: '/streams/{stream_id}/topics',
  tag,
  summary: 'List the topics of a stream',
  pathSchema: streamPath,
  answers: { 200: json('The topics by their ids.', v.array(topic)) },
  errors: [403, 404],
  async run({ call }, { path }) {
    const topics = [...(await call.run(getTopics, streamTarget(path)))];
    topics.sort((one, other) => one.id - other.id);
    return ok(topics.map(topicShape));
  },
});

const create = operation({
  id: 'createTopic',
  method: 'POST',
  path: '/streams/{stream_id}/topics',
  tag,
  summary: 'Create a topic',
  description:
    'An expiry or a size of 0 follows the configuration; 18446744073709551615 is never, or ' +
    'unlimited. `acknowledgement` says what is done with a message before its send is answered: ' +
    '`written` to the file, `synced` to the disk, or synced every so often (`interval`); without ' +
    'it, and by `server_default`, the topic follows the configuration.',
  pathSchema: streamPath,
  body: newTopic,
  answers: { 200: json('The new topic.', topicDetails) },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    const created = await call.run(createTopic, {
      ...streamTarget(path),
      ...settingsOf(body),
      partitionsCount: body.partitions_count,
    });
    return ok(topicDetailsShape(created));
  },
});

const read = operation({
  id: 'getTopic',
  method: 'GET',
  path: '/streams/{stream_id}/topics/{topic_id}',
  tag,
  summary: 'Describe a topic',
  pathSchema: topicPath,
  answers: { 200: json('The topic with its partitions.', topicDetails) },
  errors: [403, 404],
  async run({ call }, { path }) {
    const found = await call.run(getTopic, topicTarget(path));
    if (found === null) throw notFound();
    return ok(topicDetailsShape(found));
  },
});

const update = operation({
  id: 'updateTopic',
  method: 'PUT',
  path: '/streams/{stream_id}/topics/{topic_id}',
  tag,
  summary: 'Replace the settings of a topic',
  description: 'As for a new topic; without `acknowledgement` that stays as it is.',
  pathSchema: topicPath,
  body: settings,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    await call.run(updateTopic, { ...topicTarget(path), ...settingsOf(body) });
    return done();
  },
});

const remove = operation({
  id: 'deleteTopic',
  method: 'DELETE',
  path: '/streams/{stream_id}/topics/{topic_id}',
  tag,
  summary: 'Delete a topic with its messages',
  pathSchema: topicPath,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path }) {
    await call.run(deleteTopic, topicTarget(path));
    return done();
  },
});

const purge = operation({
  id: 'purgeTopic',
  method: 'DELETE',
  path: '/streams/{stream_id}/topics/{topic_id}/purge',
  tag,
  summary: 'Delete all messages of a topic',
  pathSchema: topicPath,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path }) {
    await call.run(purgeTopic, topicTarget(path));
    return done();
  },
});

/** Operations on topics. */
export const topicOperations = [list, create, read, update, remove, purge];
