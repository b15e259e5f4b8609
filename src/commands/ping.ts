import { type Greeting, type Offer, ping } from '../wire/classic/commands/ping.ts';
import type { ControlHandler } from './handler.ts';

/** Answers also before login. Of all commands this one alone counts as a sign of life. */
export const handlePing: ControlHandler<Greeting | undefined, Offer | undefined> = {
  codec: ping,
  handle({ settings }, session, greeting) {
    session.lastHeartbeatMs = performance.now();
    if (greeting === undefined) return undefined;
    session.knowsExtensions = true;
    const { pollWaitMsMax, pollsWaitingMax } = settings;
    return { pollWaitMsMax, pollsWaitingMax };
  },
};
