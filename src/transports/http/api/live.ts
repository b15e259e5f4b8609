import * as v from 'valibot';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../../wire/classic/commands/poll-messages.ts';
import type { PollingStrategy } from '../../../wire/classic/structures/polling-strategy.ts';
import { malformed } from '../errors.ts';
import type { HostStream } from '../host/host.ts';
import { EVENTS_FILLER, EVENTS_TYPE, EventStream } from '../live/event-stream.ts';
import { Subscription } from '../live/subscription.ts';
import { flagText, identifier, shown, u32Text } from './kinds.ts';
import { type ApiContext, type Operation, operation, type Reply } from './operation.ts';
import type { PayloadForm } from './polled-json.ts';
import { payloadEntry, startEntries } from './polls.ts';
import { topicPath, topicTarget } from './targets.ts';

const U32_MAX = 2 ** 32 - 1;
const EVENT_ID = /^(\d{1,10}):(\d{1,19})$/;

/** Messages that are read at once, as a query says it. */
export const countEntry = v.optional(
  shown(v.pipe(u32Text, v.minValue(1, 'must be at least 1')), {
    type: 'integer',
    minimum: 1,
    maximum: U32_MAX,
    default: 100,
    description:
      'Messages that are read at once at most; with `kind=last`, how many to begin with.',
  }),
  '100',
);

/** What events look like. */
export const EVENTS_DESCRIPTION =
  'Messages come as server-sent events: `data` is the message as JSON with its `partition_id`, ' +
  '`id` its partition and its offset with a colon between. Without messages a comment comes every ' +
  '15 seconds. The event `end` is the last one and says in the form of an error why: the broker ' +
  'stops, the token has expired or was revoked, the user lost the permission, or what was read is ' +
  'gone. For a reader that is slow nothing is read meanwhile.';

/** How events are answered. */
export const eventAnswers: Operation['answers'] = {
  200: { description: 'The messages, as they come.', content: { [EVENTS_TYPE]: null } },
};

const lastEventId = shown(
  v.pipe(
    v.string(),
    v.regex(EVENT_ID, 'must be the id of an event, such as 0:17'),
    v.transform((id) => {
      const [, partitionId, offset] = EVENT_ID.exec(id)!;
      return { partitionId: Number(partitionId), offset: BigInt(offset) };
    }),
  ),
  {
    type: 'string',
    pattern: EVENT_ID.source,
    description: 'The id of the last event that was read: reading goes on behind it.',
  },
);

const follow = operation({
  id: 'followMessages',
  method: 'GET',
  path: '/streams/{stream_id}/topics/{topic_id}/messages/events',
  tag: 'Live consumption',
  summary: 'Follow a partition by server-sent events',
  description: `Reads one partition as a consumer of its own. ${EVENTS_DESCRIPTION}`,
  pathSchema: topicPath,
  querySchema: v.object({
    consumer_id: v.optional(identifier('consumer'), '1'),
    partition_id: v.optional(u32Text, '0'),
    ...startEntries,
    count: countEntry,
    auto_commit: v.optional(flagText, 'false'),
    payload: payloadEntry,
  }),
  headersSchema: v.object({ 'last-event-id': v.optional(lastEventId) }),
  answers: eventAnswers,
  errors: [404, 429],
  run: (context, { path, query, headers }) =>
    eventsReply(context, query.payload, {
      ...topicTarget(path),
      consumer: { kind: 'consumer', id: query.consumer_id },
      partitionId: query.partition_id,
      strategy: startOf(query, headers['last-event-id']),
      count: query.count,
      autoCommit: query.auto_commit,
    }),
});

interface Start {
  readonly partition_id: number;
  readonly kind: PollingStrategy['kind'];
  readonly value: bigint;
}

function startOf(
  { partition_id: partitionId, kind, value }: Start,
  last: v.InferOutput<typeof lastEventId> | undefined,
): PollingStrategy {
  if (last === undefined) return { kind, value };
  if (last.partitionId === partitionId) return { kind: 'offset', value: last.offset + 1n };
  const reason = `The header is of partition ${last.partitionId}, not of ${partitionId}.`;
  throw malformed(400, reason, 'last-event-id');
}

/**
 * Follows what a poll reads. What is refused is refused before the first event; `around` is called
 * with the whole subscription.
 */
export async function eventsReply(
  { call, services, token }: ApiContext,
  form: PayloadForm,
  request: PollMessagesRequest,
  around: (run: () => Promise<void>) => Promise<void> = (run) => run(),
): Promise<Reply> {
  const { callers, subscriptions } = services;
  const { user } = call.session;
  subscriptions.assertRoom(user!.id);
  await call.run(pollMessages, { ...request, count: 0 });
  const caller = {
    refusal: () => callers.refusalOf(token!),
    expiresInMs: callers.expiresInMs(token!),
  };
  const follow = (stream: HostStream) => {
    const subscription = new Subscription(call, request, caller, new EventStream(stream, form));
    return around(() => subscriptions.run(subscription, user!.id));
  };
  return { status: 200, contentType: EVENTS_TYPE, live: { filler: EVENTS_FILLER, follow } };
}

/** Operations that read for as long as somebody listens. */
export const liveOperations = [follow];
