import { flagSet, globalFlags, type Permissions } from '../wire/classic/structures/permissions.ts';

/** What the root user may do: everything. */
export const allPermissions: Permissions = {
  global: flagSet(globalFlags, () => true),
  streams: [],
};

/** The same rights with their entries by ascending id; of two for one id, the last one counts. */
export function orderedPermissions(permissions: Permissions | null): Permissions | null {
  if (permissions === null) return null;
  const streams = ordered(permissions.streams, ({ streamId }) => streamId);
  return {
    global: permissions.global,
    streams: streams.map((stream) => ({
      ...stream,
      topics: ordered(stream.topics, ({ topicId }) => topicId),
    })),
  };
}

/** The rights without those on a stream; the same object when there are none. */
export function withoutStream(
  permissions: Permissions | null,
  streamId: number,
): Permissions | null {
  if (permissions === null || !namesStream(permissions, streamId)) return permissions;
  const streams = permissions.streams.filter((stream) => stream.streamId !== streamId);
  return { ...permissions, streams };
}

/** The rights without those on a topic; the same object when the stream is not named. */
export function withoutTopic(
  permissions: Permissions | null,
  streamId: number,
  topicId: number,
): Permissions | null {
  if (permissions === null || !namesStream(permissions, streamId)) return permissions;
  const streams = permissions.streams.map((stream) => {
    if (stream.streamId !== streamId) return stream;
    return { ...stream, topics: stream.topics.filter((topic) => topic.topicId !== topicId) };
  });
  return { ...permissions, streams };
}

function namesStream({ streams }: Permissions, streamId: number): boolean {
  return streams.some((stream) => stream.streamId === streamId);
}

function ordered<Entry>(entries: readonly Entry[], idOf: (entry: Entry) => number): Entry[] {
  const byId = new Map(entries.map((entry) => [idOf(entry), entry]));
  return [...byId.values()].sort((left, right) => idOf(left) - idOf(right));
}
