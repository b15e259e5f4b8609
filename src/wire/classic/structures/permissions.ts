import { permissionEntriesMax } from '../../limits.ts';
import { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { WireError } from '../../wire-error.ts';
import type { Writer } from '../../writer.ts';

/** Rights on everything, in the order of their bytes (protocol section 3.6). */
export const globalFlags = [
  'manageServers',
  'readServers',
  'manageUsers',
  'readUsers',
  'manageStreams',
  'readStreams',
  'manageTopics',
  'readTopics',
  'pollMessages',
  'sendMessages',
] as const;
export type GlobalFlag = (typeof globalFlags)[number];

/** Rights on one stream, in the order of their bytes. */
export const streamFlags = [
  'manageStream',
  'readStream',
  'manageTopics',
  'readTopics',
  'pollMessages',
  'sendMessages',
] as const;
export type StreamFlag = (typeof streamFlags)[number];

/** Rights on one topic, in the order of their bytes. */
export const topicFlags = ['manageTopic', 'readTopic', 'pollMessages', 'sendMessages'] as const;
export type TopicFlag = (typeof topicFlags)[number];

/** Rights on everything. */
export type GlobalPermissions = Readonly<Record<GlobalFlag, boolean>>;

/** Rights on one topic of a stream. */
export interface TopicPermissions extends Readonly<Record<TopicFlag, boolean>> {
  readonly topicId: number;
}

/** Rights on one stream and all its topics, and further rights on some of these. */
export interface StreamPermissions extends Readonly<Record<StreamFlag, boolean>> {
  readonly streamId: number;
  readonly topics: readonly TopicPermissions[];
}

/** What a user may do. Ids are numbers and need not exist. */
export interface Permissions {
  readonly global: GlobalPermissions;
  readonly streams: readonly StreamPermissions[];
}

/** A set of flags of which those named are set. */
export function flagSet<Flag extends string>(
  flags: readonly Flag[],
  isSet: (flag: Flag) => boolean,
): Record<Flag, boolean> {
  return Object.fromEntries(flags.map((flag) => [flag, isSet(flag)])) as Record<Flag, boolean>;
}

const PRESENT = 1;

/** A flag, then the permissions behind their length; without any, one zero byte. */
export function writeOptPermissions(writer: Writer, permissions: Permissions | null): void {
  writer.bool(permissions !== null);
  if (permissions === null) return;
  const start = writer.length;
  writer.u32(0);
  writePermissions(writer, permissions);
  writer.patchU32(start, writer.length - start - 4);
}

/**
 * Null when the flag is not exactly 1. Status 4 when the permissions are not as long as they say,
 * or have more than `permissionEntriesMax` entries.
 */
export function readOptPermissions(reader: Reader): Permissions | null {
  if (reader.u8('permissions flag') !== PRESENT) return null;
  const length = reader.u32('permissions length');
  const block = new Reader(reader.view(length, 'permissions'));
  const permissions = readBlock(block, reader.remaining > 0);
  if (block.remaining > 0) {
    throw new WireError(status.InvalidFormat, `${block.remaining} bytes follow the permissions`);
  }
  return permissions;
}

/** A length that is too short is no end of the payload where other bytes follow. */
function readBlock(block: Reader, isFollowed: boolean): Permissions {
  try {
    return readPermissions(block);
  } catch (error) {
    if (!isFollowed || !(error instanceof WireError)) throw error;
    throw new WireError(status.InvalidFormat, error.message);
  }
}

function writePermissions(writer: Writer, { global, streams }: Permissions): void {
  writeFlags(writer, globalFlags, global);
  writeEntries(writer, streams, (stream) => {
    writer.u32(stream.streamId);
    writeFlags(writer, streamFlags, stream);
    writeEntries(writer, stream.topics, (topic) => {
      writer.u32(topic.topicId);
      writeFlags(writer, topicFlags, topic);
    });
  });
}

function readPermissions(reader: Reader): Permissions {
  let entries = 0;
  const count = () => {
    if (++entries > permissionEntriesMax) {
      throw new WireError(status.InvalidFormat, `the limit is ${permissionEntriesMax} entries`);
    }
  };
  const readTopic = (): TopicPermissions => {
    count();
    return { topicId: reader.u32('topic id'), ...readFlags(reader, topicFlags) };
  };
  const readStream = (): StreamPermissions => {
    count();
    const head = { streamId: reader.u32('stream id'), ...readFlags(reader, streamFlags) };
    return { ...head, topics: readEntries(reader, readTopic) };
  };
  return { global: readFlags(reader, globalFlags), streams: readEntries(reader, readStream) };
}

function writeFlags<Flag extends string>(
  writer: Writer,
  flags: readonly Flag[],
  values: Readonly<Record<Flag, boolean>>,
): void {
  for (const flag of flags) writer.bool(values[flag]);
}

function readFlags<Flag extends string>(
  reader: Reader,
  flags: readonly Flag[],
): Record<Flag, boolean> {
  return flagSet(flags, (flag) => reader.bool(flag));
}

/** Every entry has a flag in front that announces it, and the last one a zero behind it. */
function writeEntries<Entry>(
  writer: Writer,
  entries: readonly Entry[],
  write: (entry: Entry) => void,
): void {
  for (const entry of entries) {
    writer.bool(true);
    write(entry);
  }
  writer.bool(false);
}

/**
 * The client for Node.js leaves out the flags behind entries: where the permissions end, no further
 * entry follows.
 */
function readEntries<Entry>(reader: Reader, read: () => Entry): Entry[] {
  const entries: Entry[] = [];
  const hasFirst = reader.u8('entries flag') === PRESENT;
  if (!hasFirst) return entries;
  do entries.push(read());
  while (reader.remaining > 0 && reader.u8('entries flag') === PRESENT);
  return entries;
}
