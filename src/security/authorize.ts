import type { PermissionClass } from '../wire/classic/codec.ts';
import type {
  GlobalFlag,
  Permissions,
  StreamFlag,
  StreamPermissions,
  TopicFlag,
} from '../wire/classic/structures/permissions.ts';

/** A permission that depends on what a user may do, not just on a login. */
export type CheckedPermission = Exclude<PermissionClass, 'none' | 'authenticated'>;

/** Flags of which any one is enough. */
interface Flags {
  readonly global: readonly GlobalFlag[];
  readonly stream: readonly StreamFlag[];
  readonly topic: readonly TopicFlag[];
}

const topicsList: Flags = {
  global: ['readStreams', 'manageStreams', 'manageTopics', 'readTopics'],
  stream: ['manageStream', 'readStream', 'manageTopics', 'readTopics'],
  topic: [],
};
const topicCreate: Flags = {
  global: ['manageStreams', 'manageTopics'],
  stream: ['manageStream', 'manageTopics'],
  topic: [],
};
const usersRead: Flags = { global: ['manageUsers', 'readUsers'], stream: [], topic: [] };
const usersManage: Flags = { global: ['manageUsers'], stream: [], topic: [] };

/** What each permission asks for (protocol section 2.2). */
const flagsOf: Readonly<Record<CheckedPermission, Flags>> = {
  server: { global: ['manageServers', 'readServers'], stream: [], topic: [] },
  'users-read': usersRead,
  'users-read-or-own': usersRead,
  'users-manage': usersManage,
  'users-manage-or-own': usersManage,
  'streams-list': { global: ['manageStreams', 'readStreams'], stream: [], topic: [] },
  'stream-read': {
    global: ['manageStreams', 'readStreams'],
    stream: ['manageStream', 'readStream'],
    topic: [],
  },
  'stream-create': { global: ['manageStreams'], stream: [], topic: [] },
  'stream-manage': { global: ['manageStreams'], stream: ['manageStream'], topic: [] },
  'topics-list': topicsList,
  'topic-read': { ...topicsList, topic: ['manageTopic', 'readTopic'] },
  'topic-create': topicCreate,
  'topic-manage': { ...topicCreate, topic: ['manageTopic'] },
  poll: {
    global: ['pollMessages', ...topicsList.global],
    stream: ['pollMessages', ...topicsList.stream],
    topic: ['manageTopic', 'readTopic', 'pollMessages'],
  },
  send: {
    global: ['sendMessages', ...topicCreate.global],
    stream: ['sendMessages', ...topicCreate.stream],
    topic: ['manageTopic', 'sendMessages'],
  },
};

const checked = Object.keys(flagsOf) as CheckedPermission[];
const bitOf = Object.fromEntries(
  checked.map((permission, index) => [permission, 1 << index]),
) as Record<CheckedPermission, number>;

interface StreamRights {
  readonly granted: number;
  /** What is granted on topics, by their ids. */
  readonly topics: ReadonlyMap<number, number>;
}

/** What a user may do, worked out once, so that each request costs two look-ups at most. */
export class Rights {
  readonly #granted: number;
  readonly #streams: ReadonlyMap<number, StreamRights>;

  constructor({ global, streams }: Permissions) {
    this.#granted = grantedBy('global', global);
    this.#streams = new Map(streams.map((stream) => [stream.streamId, streamRights(stream)]));
  }

  /** Whether the user has a permission, as far as it is about a stream, or a topic, on that one. */
  allow(permission: CheckedPermission, streamId?: number, topicId?: number): boolean {
    const bit = bitOf[permission];
    if ((this.#granted & bit) !== 0) return true;
    const stream = streamId === undefined ? undefined : this.#streams.get(streamId);
    if (stream === undefined) return false;
    if ((stream.granted & bit) !== 0) return true;
    return topicId !== undefined && ((stream.topics.get(topicId) ?? 0) & bit) !== 0;
  }
}

function streamRights(stream: StreamPermissions): StreamRights {
  const topics = stream.topics.map(
    (topic) => [topic.topicId, grantedBy('topic', topic)] as [number, number],
  );
  return { granted: grantedBy('stream', stream), topics: new Map(topics) };
}

/** A bit for every permission of which one flag is set. */
function grantedBy<Level extends keyof Flags>(
  level: Level,
  flags: Readonly<Record<Flags[Level][number], boolean>>,
): number {
  const values: Readonly<Record<string, boolean>> = flags;
  return checked
    .filter((permission) => flagsOf[permission][level].some((flag) => values[flag]))
    .reduce((granted, permission) => granted | bitOf[permission], 0);
}
