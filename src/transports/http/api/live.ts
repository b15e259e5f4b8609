import * as v from 'valibot';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../../wire/classic/commands/poll-messages.ts';
import { storeConsumerOffset } from '../../../wire/classic/commands/store-consumer-offset.ts';
import { malformed, upgradeRequired } from '../errors.ts';
import type { HostStream } from '../host/host.ts';
import type { SocketEvents } from '../host/host-socket.ts';
import { printJson } from '../json.ts';
import { EVENTS_FILLER, EVENTS_TYPE, EventStream } from '../live/event-stream.ts';
import { LiveSocket } from '../live/live-socket.ts';
import { type Subscriber, Subscription } from '../live/subscription.ts';
import { flagText, shown, u32Text } from './kinds.ts';
import { type ApiContext, type Operation, operation, type Reply } from './operation.ts';
import type { PayloadForm } from './polled.ts';
import { payloadEntry, readerEntries, readRequest } from './polls.ts';
import { JSON_TYPE } from './replies.ts';
import { topicPath } from './targets.ts';

const U32_MAX = 2 ** 32 - 1;
const EVENT_ID = /^(\d{1,10}):(\d{1,19})$/;

/** What the query of a subscription says of what comes as events. */
export const eventEntries = {
  count: v.optional(
    shown(v.pipe(u32Text, v.minValue(1, 'must be at least 1')), {
      type: 'integer',
      minimum: 1,
      maximum: U32_MAX,
      default: 100,
      description:
        'Messages that are read at once at most; with `kind=last`, how many to begin with.',
    }),
    '100',
  ),
  auto_commit: v.optional(flagText, 'false'),
  payload: payloadEntry,
};

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
  querySchema: v.object({ ...readerEntries, ...eventEntries }),
  headersSchema: v.object({ 'last-event-id': v.optional(lastEventId) }),
  answers: eventAnswers,
  errors: [404, 429],
  run: (context, { path, query, headers }) =>
    eventsReply(context, query.payload, behind(headers['last-event-id'], readRequest(path, query))),
});

/** The request, going on behind the last event that was read, if any was. */
function behind(
  last: v.InferOutput<typeof lastEventId> | undefined,
  request: PollMessagesRequest,
): PollMessagesRequest {
  if (last === undefined) return request;
  const { partitionId } = request;
  if (last.partitionId !== partitionId) {
    const reason = `The header is of partition ${last.partitionId}, not of ${partitionId}.`;
    throw malformed(400, reason, 'last-event-id');
  }
  return { ...request, strategy: { kind: 'offset', value: last.offset + 1n } };
}

/** Is called with what a whole subscription does. */
export type Around = (run: () => Promise<void>) => Promise<void>;

/** Follows what a poll reads. What is refused is refused before the first event. */
export async function eventsReply(
  context: ApiContext,
  form: PayloadForm,
  request: PollMessagesRequest,
  around: Around = (run) => run(),
): Promise<Reply> {
  const { call, services } = context;
  const subscriber = await subscriberOf(context, request);
  const follow = (stream: HostStream) => {
    const subscription = new Subscription(call, request, subscriber, new EventStream(stream, form));
    return around(() => services.subscriptions.run(subscription, call.session.user!.id));
  };
  return { status: 200, contentType: EVENTS_TYPE, live: { filler: EVENTS_FILLER, follow } };
}

/** Who subscribes. Rejects with an `ApiError` when it may not, or what it asks for cannot be. */
async function subscriberOf(
  { call, services: { callers, subscriptions }, token }: ApiContext,
  request: PollMessagesRequest,
): Promise<Subscriber> {
  subscriptions.assertRoom(call.session.user!.id);
  await call.run(pollMessages, { ...request, count: 0 });
  return { refusal: () => callers.refusalOf(token!), expiresInMs: callers.expiresInMs(token!) };
}

/** The same over a WebSocket. */
export const socketEntries = {
  ...eventEntries,
  credit: v.optional(
    shown(u32Text, {
      type: 'integer',
      minimum: 0,
      maximum: U32_MAX,
      default: 0,
      description: 'Messages that are sent before the client asks for more.',
    }),
    '0',
  ),
};

/** What is said over a WebSocket. */
export const SOCKET_DESCRIPTION =
  'The connection becomes a WebSocket with JSON in text frames. `{"credit":100}` of the client ' +
  'lets the broker send as many messages more, each frame as polls are answered (`LiveAnswer`). ' +
  '`{"commit":{"partition_id":0,"offset":17}}` stores an offset and is answered with `committed`, ' +
  'or with `refused` and an `error`. A frame `end` is the last one and says in the form of an ' +
  'error why, as with events. Browsers, which cannot send the header, show the token as a second ' +
  'subprotocol, `bearer.` with the token, behind `veltro`.';

/** How a request for a WebSocket is answered. */
export const socketAnswers: Operation['answers'] = {
  101: { description: 'The connection is a WebSocket from now on.' },
};

const connect = operation({
  id: 'connectMessages',
  method: 'GET',
  path: '/streams/{stream_id}/topics/{topic_id}/messages/socket',
  tag: 'Live consumption',
  summary: 'Follow a partition over a WebSocket',
  description: `Reads one partition as a consumer of its own. ${SOCKET_DESCRIPTION}`,
  pathSchema: topicPath,
  querySchema: v.object({ ...readerEntries, ...socketEntries }),
  answers: socketAnswers,
  errors: [404, 426, 429],
  run: (context, { path, query }) => socketReply(context, query, readRequest(path, query)),
});

/** The same over a WebSocket; who has not asked for one is told to. */
export async function socketReply(
  context: ApiContext,
  { payload: form, credit }: { readonly payload: PayloadForm; readonly credit: number },
  request: PollMessagesRequest,
  around: Around = (run) => run(),
): Promise<Reply> {
  const { call, services } = context;
  const subscriber = await subscriberOf(context, request);
  const follow = (accept: (events: SocketEvents) => void) => {
    const commits = call.beside();
    const { streamId, topicId, consumer } = request;
    const sink: LiveSocket = new LiveSocket({
      form,
      credit,
      onGone: () => call.end(),
      onMistake: (mistake) => subscription.end(mistake),
      async commit({ partition_id: partitionId, offset }) {
        const refusal = subscriber.refusal();
        if (refusal !== undefined) throw refusal;
        await commits.run(storeConsumerOffset, {
          streamId,
          topicId,
          consumer,
          partitionId,
          offset,
        });
      },
    });
    const subscription = new Subscription(call, request, subscriber, sink);
    accept(sink);
    return around(() => services.subscriptions.run(subscription, call.session.user!.id));
  };
  const { httpStatus, body, headers } = upgradeRequired();
  const plain = { status: httpStatus, contentType: JSON_TYPE, headers, body: printJson(body) };
  return { ...plain, socket: { follow } };
}

/** Operations that read for as long as somebody listens. */
export const liveOperations = [follow, connect];
