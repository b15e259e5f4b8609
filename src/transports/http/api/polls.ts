import * as v from 'valibot';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../../wire/classic/commands/poll-messages.ts';
import type { Identifier } from '../../../wire/classic/identifier.ts';
import type { PollingStrategy } from '../../../wire/classic/structures/polling-strategy.ts';
import { pollWaitMsMax } from '../../../wire/limits.ts';
import type { CommandCall } from '../command-call.ts';
import { identifier, shown, u32Text, u64Text } from './kinds.ts';
import { polledLine, polledMessages } from './message-schemas.ts';
import type { AskedRequest, Operation, Reply } from './operation.ts';
import { type PayloadForm, polledJson, polledLines } from './polled.ts';
import { JSON_TYPE } from './replies.ts';
import { type topicPath, topicTarget } from './targets.ts';

/** Content type of one JSON value a line. */
export const LINES_TYPE = 'application/x-ndjson';

/** The ways to say where reading begins; one letter is enough. */
const strategies = ['offset', 'timestamp', 'first', 'last', 'next'] as const;

const strategy = shown(
  v.pipe(
    v.string(),
    v.transform((word) => strategies.find((one) => one === word || one[0] === word)),
    v.picklist(strategies, `must be one of ${strategies.join(', ')}`),
  ),
  { type: 'string', enum: strategies, default: 'offset' },
);

/** What a query says of who reads as a consumer of its own, and from where. */
export const readerEntries = {
  consumer_id: v.optional(identifier('consumer'), '1'),
  partition_id: v.optional(u32Text, '0'),
  kind: v.optional(strategy, 'offset'),
  value: v.optional(
    shown(u64Text, {
      type: 'integer',
      format: 'uint64',
      minimum: 0,
      default: 0,
      description: 'The offset, or the time in microseconds, for those two kinds.',
    }),
    '0',
  ),
};

interface ReadQuery {
  readonly consumer_id: Identifier;
  readonly partition_id: number;
  readonly kind: PollingStrategy['kind'];
  readonly value: bigint;
  readonly count: number;
  readonly auto_commit: boolean;
}

/** What a consumer of its own polls, by path and query. */
export function readRequest(
  path: v.InferOutput<typeof topicPath>,
  query: ReadQuery,
): PollMessagesRequest {
  return {
    ...topicTarget(path),
    consumer: { kind: 'consumer', id: query.consumer_id },
    partitionId: query.partition_id,
    strategy: { kind: query.kind, value: query.value },
    count: query.count,
    autoCommit: query.auto_commit,
  };
}

/** How payloads are shown, as a query says it. */
export const payloadEntry = v.optional(
  shown(v.picklist(['base64', 'text'], 'must be base64 or text'), {
    type: 'string',
    enum: ['base64', 'text'],
    default: 'base64',
    description: 'How lines and events show payloads: as base64, or decoded as UTF-8 in `text`.',
  }),
  'base64',
);

/** What the query of a poll says of its answer. */
export const answerEntries = {
  wait: v.optional(
    shown(v.pipe(u32Text, v.maxValue(pollWaitMsMax, `must be at most ${pollWaitMsMax}`)), {
      type: 'integer',
      minimum: 0,
      maximum: pollWaitMsMax,
      default: 0,
      description:
        'Milliseconds that the answer may be held back while there are no messages; at most ' +
        'what the broker allows (`polling.max_wait`).',
    }),
    '0',
  ),
  payload: payloadEntry,
};

/** How a poll is answered. */
export const polledAnswers: Operation['answers'] = {
  200: {
    description: 'The messages; none where there are none.',
    content: { [JSON_TYPE]: polledMessages, [LINES_TYPE]: polledLine },
  },
};

/** Polls, and answers in the form that the caller asks for. */
export async function polledReply(
  call: CommandCall,
  asked: AskedRequest,
  form: PayloadForm,
  request: PollMessagesRequest,
): Promise<Reply> {
  const asLines = asked.header('accept')?.includes(LINES_TYPE) === true;
  const { bytes: body, release: onSent } = await call.runRaw(pollMessages, request, (exchange) =>
    asLines ? polledLines(exchange, call, form) : polledJson(exchange, call, 'base64'),
  );
  const contentType = asLines ? LINES_TYPE : JSON_TYPE;
  return { status: 200, contentType, body, onSent, isIncompressible: true };
}
