import * as v from 'valibot';
import { joinConsumerGroup } from '../../../wire/classic/commands/join-consumer-group.ts';
import type { PollMessagesRequest } from '../../../wire/classic/commands/poll-messages.ts';
import { storeConsumerOffset } from '../../../wire/classic/commands/store-consumer-offset.ts';
import { groupSessionIdleMs } from '../../../wire/limits.ts';
import type { GroupSession } from '../group-sessions.ts';
import { flagText, shown, text, u32, u32Text, u64 } from './kinds.ts';
import {
  type Around,
  EVENTS_DESCRIPTION,
  eventAnswers,
  eventEntries,
  eventsReply,
  SOCKET_DESCRIPTION,
  socketAnswers,
  socketEntries,
  socketReply,
} from './live.ts';
import { type ApiContext, json, operation } from './operation.ts';
import { answerEntries, polledAnswers, polledReply } from './polls.ts';
import { done, ok } from './replies.ts';
import { groupPath, topicTarget } from './targets.ts';

const tag = 'Group sessions';
const groupSessionsPath =
  '/streams/{stream_id}/topics/{topic_id}/consumer-groups/{group_id}/sessions';
const groupSessionPath = `${groupSessionsPath}/{session_id}`;

/** Where members of groups go on. */
const NEXT: PollMessagesRequest['strategy'] = { kind: 'next', value: 0n };

const sessionPath = v.object({
  ...groupPath.entries,
  session_id: text('What the session was given as its `session_id`.'),
});

/** A session as it is answered. */
export const groupSession = v.object({
  session_id: text('A secret of its user, for the paths of this session.'),
  client_id: u32,
  idle_timeout: shown(v.number(), {
    type: 'integer',
    description: 'Milliseconds without a request after which the session ends.',
  }),
});

function groupSessionShape({ id, session, idleMs }: GroupSession) {
  return { session_id: id, client_id: session.clientId, idle_timeout: idleMs };
}

const { min, max } = groupSessionIdleMs;
const idleTimeout = shown(
  v.pipe(
    u32,
    v.minValue(min, `must be at least ${min}`),
    v.maxValue(max, `must be at most ${max}`),
  ),
  {
    type: 'integer',
    minimum: min,
    maximum: max,
    default: groupSessionIdleMs.default,
    description: 'Milliseconds without a request after which the session ends.',
  },
);

type GroupPath = v.InferOutput<typeof groupPath>;
type SessionPath = v.InferOutput<typeof sessionPath>;

/** The session of a path; from now on the call is one of its own. */
function enter({ call, services }: ApiContext, path: SessionPath): GroupSession {
  const found = services.groupSessions.find(path.session_id, call.session.user);
  call.actAs(found.session);
  return found;
}

/** Enters the session of a path, which does not end while what it is given runs. */
function within(context: ApiContext, path: SessionPath): Around {
  const found = enter(context, path);
  return (run) => context.services.groupSessions.use(found, run);
}

function consumerTarget(path: GroupPath, partitionId: number | null) {
  return {
    ...topicTarget(path),
    consumer: { kind: 'group', id: path.group_id } as const,
    partitionId,
  };
}

const create = operation({
  id: 'createGroupSession',
  method: 'POST',
  path: groupSessionsPath,
  tag,
  summary: 'Join a group',
  description:
    'The session is a member of the group until it is deleted, or has asked for nothing for ' +
    '`idle_timeout`. It is one of the clients of the broker, and the group gives it partitions ' +
    'as it gives them to clients with a connection. Only its own user can use it.',
  pathSchema: groupPath,
  body: v.object({ idle_timeout: v.optional(idleTimeout, groupSessionIdleMs.default) }),
  answers: { 201: json('The new session.', groupSession) },
  errors: [403, 404, 429],
  async run({ call, services: { groupSessions } }, { path, body }) {
    const { address, user } = call.session;
    const opened = groupSessions.open(address, user!, body.idle_timeout);
    call.actAs(opened.session);
    try {
      await call.run(joinConsumerGroup, { ...topicTarget(path), groupId: path.group_id });
    } catch (error) {
      groupSessions.close(opened);
      throw error;
    }
    return ok(groupSessionShape(opened), 201);
  },
});

const read = operation({
  id: 'getGroupSession',
  method: 'GET',
  path: groupSessionPath,
  tag,
  summary: 'Describe a session, and keep it',
  pathSchema: sessionPath,
  answers: { 200: json('The session.', groupSession) },
  errors: [404],
  run(context, { path }) {
    const found = enter(context, path);
    return context.services.groupSessions.use(found, async () => ok(groupSessionShape(found)));
  },
});

const remove = operation({
  id: 'deleteGroupSession',
  method: 'DELETE',
  path: groupSessionPath,
  tag,
  summary: 'Leave the group',
  description: 'What the session read goes to other members at once.',
  pathSchema: sessionPath,
  answers: { 204: { description: 'It is done.' } },
  errors: [404],
  run(context, { path }) {
    context.services.groupSessions.close(enter(context, path));
    return done();
  },
});

const poll = operation({
  id: 'pollGroupSession',
  method: 'GET',
  path: `${groupSessionPath}/messages`,
  tag,
  summary: 'Poll messages as a member of a group',
  description:
    'Reads behind the stored offset of the group, from one of the partitions that the group has ' +
    'given to this member: one after the other, or the one that is named. None of them are ' +
    'answered while it has no partition.',
  pathSchema: sessionPath,
  querySchema: v.object({
    partition_id: v.optional(u32Text),
    count: v.optional(u32Text, '10'),
    auto_commit: v.optional(flagText, 'false'),
    ...answerEntries,
  }),
  answers: polledAnswers,
  errors: [403, 404],
  run(context, { path, query, request }) {
    const found = enter(context, path);
    const asked = {
      ...consumerTarget(path, query.partition_id ?? null),
      strategy: NEXT,
      count: query.count,
      autoCommit: query.auto_commit,
      waitMs: query.wait,
    };
    return context.services.groupSessions.use(found, () =>
      polledReply(context.call, request, query.payload, asked),
    );
  },
});

const store = operation({
  id: 'storeGroupSessionOffset',
  method: 'PUT',
  path: `${groupSessionPath}/offsets`,
  tag,
  summary: 'Store how far a group has come',
  description: 'Without `partition_id`, in the partition that the session polled last.',
  pathSchema: sessionPath,
  body: v.object({ partition_id: v.nullish(u32, null), offset: u64 }),
  answers: { 204: { description: 'It is stored.' } },
  errors: [403, 404],
  run(context, { path, body }) {
    const found = enter(context, path);
    const stored = { ...consumerTarget(path, body.partition_id), offset: body.offset };
    return context.services.groupSessions.use(found, async () => {
      await context.call.run(storeConsumerOffset, stored);
      return done();
    });
  },
});

const FOLLOWED =
  'Reads all partitions that the group has given to this member, each from the stored offset of ' +
  'the group on. The session does not end meanwhile.';

const follow = operation({
  id: 'followGroupSession',
  method: 'GET',
  path: `${groupSessionPath}/messages/events`,
  tag,
  summary: 'Follow the partitions of a member of a group by server-sent events',
  description: `${FOLLOWED} ${EVENTS_DESCRIPTION}`,
  pathSchema: sessionPath,
  querySchema: v.object(eventEntries),
  answers: eventAnswers,
  errors: [403, 404, 429],
  run: (context, { path, query }) =>
    eventsReply(context, query.payload, followedBy(path, query), within(context, path)),
});

const connect = operation({
  id: 'connectGroupSession',
  method: 'GET',
  path: `${groupSessionPath}/messages/socket`,
  tag,
  summary: 'Follow the partitions of a member of a group over a WebSocket',
  description: `${FOLLOWED} ${SOCKET_DESCRIPTION}`,
  pathSchema: sessionPath,
  querySchema: v.object(socketEntries),
  answers: socketAnswers,
  errors: [403, 404, 426, 429],
  run: (context, { path, query }) =>
    socketReply(context, query, followedBy(path, query), within(context, path)),
});

/** What a subscription polls as a member of a group. */
function followedBy(
  path: SessionPath,
  query: { readonly count: number; readonly auto_commit: boolean },
): PollMessagesRequest {
  const { count, auto_commit: autoCommit } = query;
  return { ...consumerTarget(path, null), strategy: NEXT, count, autoCommit };
}

/** Operations on members of groups that have no connection. */
export const groupSessionOperations = [create, read, remove, poll, store, follow, connect];
