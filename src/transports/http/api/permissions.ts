import * as v from 'valibot';
import {
  globalFlags,
  type Permissions,
  streamFlags,
  topicFlags,
} from '../../../wire/classic/structures/permissions.ts';
import { flag } from './kinds.ts';

type Flags<Flag extends string> = Readonly<Record<Flag, boolean>>;

/** `manageStreams` as `manage_streams`. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function entriesOf(flags: readonly string[]): Record<string, typeof flag> {
  return Object.fromEntries(flags.map((name) => [snake(name), flag]));
}

const id = v.pipe(
  v.string(),
  v.check((key) => /^\d{1,10}$/.test(key) && Number(key) < 2 ** 32, 'must be a number of 32 bits'),
);

const topicPermissions = v.object(entriesOf(topicFlags));
const streamPermissions = v.object({
  ...entriesOf(streamFlags),
  topics: v.nullish(v.record(id, topicPermissions)),
});

/** What a user may do; streams and topics by their numbers. */
export const permissions = v.object({
  global: v.object(entriesOf(globalFlags)),
  streams: v.nullish(v.record(id, streamPermissions)),
});

type PermissionsBody = v.InferOutput<typeof permissions>;

/** The permissions that a body stands for. */
export function permissionsOf(body: PermissionsBody): Permissions {
  const streams = Object.entries(body.streams ?? {}).map(([streamId, stream]) => ({
    ...flagsOf(streamFlags, stream),
    streamId: Number(streamId),
    topics: Object.entries((stream.topics as PermissionsBody['streams']) ?? {}).map(
      ([topicId, topic]) => ({ ...flagsOf(topicFlags, topic), topicId: Number(topicId) }),
    ),
  }));
  return { global: flagsOf(globalFlags, body.global), streams };
}

/** The body that stands for permissions; null where nothing is named. */
export function permissionsShape({ global, streams }: Permissions) {
  const named = streams.map((stream) => {
    const topics = stream.topics.map((topic) => [topic.topicId, bodyOf(topicFlags, topic)]);
    const rights = bodyOf(streamFlags, stream);
    return [stream.streamId, { ...rights, topics: orNull(topics) }];
  });
  return { global: bodyOf(globalFlags, global), streams: orNull(named) };
}

function orNull(entries: readonly unknown[][]): Record<string, unknown> | null {
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function flagsOf<Flag extends string>(flags: readonly Flag[], body: object): Flags<Flag> {
  const values = body as Readonly<Record<string, boolean>>;
  return Object.fromEntries(flags.map((name) => [name, values[snake(name)]])) as Flags<Flag>;
}

function bodyOf<Flag extends string>(flags: readonly Flag[], values: Flags<Flag>) {
  return Object.fromEntries(flags.map((name) => [snake(name), values[name]]));
}
