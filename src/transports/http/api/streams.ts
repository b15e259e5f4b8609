import * as v from 'valibot';
import { createStream } from '../../../wire/classic/commands/create-stream.ts';
import { deleteStream } from '../../../wire/classic/commands/delete-stream.ts';
import { getStream } from '../../../wire/classic/commands/get-stream.ts';
import { getStreams } from '../../../wire/classic/commands/get-streams.ts';
import { purgeStream } from '../../../wire/classic/commands/purge-stream.ts';
import { updateStream } from '../../../wire/classic/commands/update-stream.ts';
import { notFound } from '../errors.ts';
import { shortText } from './kinds.ts';
import { json, operation } from './operation.ts';
import { done, ok } from './replies.ts';
import { stream, streamDetails, streamDetailsShape, streamShape } from './shapes.ts';
import { streamPath, streamTarget } from './targets.ts';

const tag = 'Streams';
const named = v.object({ name: shortText('1 to 255 bytes.', 'dev') });

const list = operation({
  id: 'getStreams',
  method: 'GET',
  path: '/streams',
  tag,
  summary: 'List the streams',
  answers: { 200: json('The streams by their ids.', v.array(stream)) },
  errors: [403],
  async run({ call }) {
    const streams = [...(await call.run(getStreams, undefined))];
    streams.sort((one, other) => one.id - other.id);
    return ok(streams.map(streamShape));
  },
});

const create = operation({
  id: 'createStream',
  method: 'POST',
  path: '/streams',
  tag,
  summary: 'Create a stream',
  body: named,
  answers: { 200: json('The new stream.', streamDetails) },
  errors: [403],
  async run({ call }, { body }) {
    const created = await call.run(createStream, body);
    return ok(streamDetailsShape({ ...created, topics: [] }));
  },
});

const read = operation({
  id: 'getStream',
  method: 'GET',
  path: '/streams/{stream_id}',
  tag,
  summary: 'Describe a stream',
  pathSchema: streamPath,
  answers: { 200: json('The stream with its topics.', streamDetails) },
  errors: [403, 404],
  async run({ call }, { path }) {
    const found = await call.run(getStream, streamTarget(path));
    if (found === null) throw notFound();
    return ok(streamDetailsShape(found));
  },
});

const update = operation({
  id: 'updateStream',
  method: 'PUT',
  path: '/streams/{stream_id}',
  tag,
  summary: 'Rename a stream',
  pathSchema: streamPath,
  body: named,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path, body }) {
    await call.run(updateStream, { ...streamTarget(path), name: body.name });
    return done();
  },
});

const remove = operation({
  id: 'deleteStream',
  method: 'DELETE',
  path: '/streams/{stream_id}',
  tag,
  summary: 'Delete a stream with its topics and messages',
  pathSchema: streamPath,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path }) {
    await call.run(deleteStream, streamTarget(path));
    return done();
  },
});

const purge = operation({
  id: 'purgeStream',
  method: 'DELETE',
  path: '/streams/{stream_id}/purge',
  tag,
  summary: 'Delete all messages of a stream',
  pathSchema: streamPath,
  answers: { 204: { description: 'It is done.' } },
  errors: [403, 404],
  async run({ call }, { path }) {
    await call.run(purgeStream, streamTarget(path));
    return done();
  },
});

/** Operations on streams. */
export const streamOperations = [list, create, read, update, remove, purge];
