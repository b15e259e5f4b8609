import { InvalidArgumentError } from 'commander';
import type { PermissionSettings } from '../client/types.ts';
import {
  type GlobalFlag,
  globalFlags,
  type Permissions,
  type StreamFlag,
  streamFlags,
  type TopicFlag,
  topicFlags,
} from '../wire/classic/structures/permissions.ts';

type Flags<Flag extends string> = Partial<Record<Flag, boolean>>;
type StreamArgument = Flags<StreamFlag> & { readonly streamId: number };
type TopicArgument = Flags<TopicFlag> & { readonly streamId: number; readonly topicId: number };

/** Permissions as they were typed. */
export interface PermissionOptions {
  readonly global?: Flags<GlobalFlag>;
  readonly stream?: readonly StreamArgument[];
  readonly topic?: readonly TopicArgument[];
}

/** `read-streams,poll-messages` */
export function globalArgument(text: string): Flags<GlobalFlag> {
  return flagsOf(globalFlags, text);
}

/** `<stream id>:<flags>`, repeatable. */
export function streamArgument(
  text: string,
  previous: readonly StreamArgument[] = [],
): StreamArgument[] {
  const [, id, flags] = parts(/^(\d{1,9}):(.+)$/, text, 'stream-id:flags');
  return [...previous, { streamId: Number(id), ...flagsOf(streamFlags, flags) }];
}

/** `<stream id>:<topic id>:<flags>`, repeatable. */
export function topicArgument(
  text: string,
  previous: readonly TopicArgument[] = [],
): TopicArgument[] {
  const [, id, topicId, flags] = parts(
    /^(\d{1,9}):(\d{1,9}):(.+)$/,
    text,
    'stream-id:topic-id:flags',
  );
  const ids = { streamId: Number(id), topicId: Number(topicId) };
  return [...previous, { ...ids, ...flagsOf(topicFlags, flags) }];
}

/** The permissions that options describe, null when there are none. */
export function permissionsOf(options: PermissionOptions): PermissionSettings | null {
  const { global, stream = [], topic = [] } = options;
  if (global === undefined && stream.length === 0 && topic.length === 0) return null;
  const ids = new Set([...stream, ...topic].map(({ streamId }) => streamId));
  const streams = [...ids].map((streamId) => ({
    ...Object.assign({ streamId }, ...stream.filter((entry) => entry.streamId === streamId)),
    topics: topic
      .filter((entry) => entry.streamId === streamId)
      .map(({ streamId: _, ...entry }) => entry),
  }));
  return { global: global ?? {}, streams };
}

/** Permissions for people, in the words of the options. */
export function permissionsText(permissions: Permissions | null): string {
  if (permissions === null) return 'none';
  const lines = [['everywhere', setFlags(globalFlags, permissions.global)]];
  for (const stream of permissions.streams) {
    lines.push([`stream ${stream.streamId}`, setFlags(streamFlags, stream)]);
    for (const topic of stream.topics) {
      const place = `topic ${topic.topicId} of stream ${stream.streamId}`;
      lines.push([place, setFlags(topicFlags, topic)]);
    }
  }
  const given = lines.filter(([, flags]) => flags !== '');
  return given.map(([place, flags]) => `${place}: ${flags}`).join('; ') || 'none';
}

function parts(pattern: RegExp, text: string, form: string): RegExpExecArray {
  const match = pattern.exec(text);
  if (match === null) throw new InvalidArgumentError(`It must be written ${form}.`);
  return match;
}

function flagsOf<Flag extends string>(flags: readonly Flag[], text: string): Flags<Flag> {
  const words = flags.map(kebab);
  const set = text.split(',').map((word) => {
    const flag = flags[words.indexOf(word)];
    if (flag !== undefined) return [flag, true];
    throw new InvalidArgumentError(`The flag ${word} is unknown; there are ${words.join(', ')}.`);
  });
  return Object.fromEntries(set) as Flags<Flag>;
}

function setFlags<Flag extends string>(
  flags: readonly Flag[],
  values: Readonly<Record<Flag, boolean>>,
): string {
  return flags
    .filter((flag) => values[flag])
    .map(kebab)
    .join(', ');
}

function kebab(flag: string): string {
  return flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
