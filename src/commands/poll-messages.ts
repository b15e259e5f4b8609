import { type PollMessagesRequest, pollMessages } from '../wire/classic/commands/poll-messages.ts';
import { resolvePoll } from './consumer-target.ts';
import type { DataHandler } from './handler.ts';
import { startPoll, writeNothing } from './poll-answer.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';
import { WaitingPoll } from './waiting-poll.ts';

export const handlePollMessages: DataHandler<PollMessagesRequest> = {
  codec: pollMessages,
  start(services, exchange, request) {
    const waitMs = waitOf(services, exchange.session, request);
    if (waitMs > 0) return new WaitingPoll(services, exchange, request, waitMs).start();
    const target = resolvePoll(services, exchange.session, pollMessages, request);
    if (target === undefined) return writeNothing(exchange);
    startPoll(services, exchange, request, target);
  },
};

/**
 * How long an empty poll waits, in milliseconds: 0 for clients that do not know of it. Live
 * subscriptions are nothing but polls that wait, so no setting shortens those.
 */
function waitOf(
  { settings }: Services,
  { knowsExtensions, live }: Session,
  { waitMs = 0, count }: PollMessagesRequest,
): number {
  if (live !== undefined) return waitMs;
  return knowsExtensions && count > 0 ? Math.min(waitMs, settings.pollWaitMsMax) : 0;
}
