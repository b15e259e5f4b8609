import { ping } from '../wire/classic/commands/ping.ts';
import type { ControlHandler } from './handler.ts';

/** Answers also before login. Of all commands this one alone counts as a sign of life. */
export const handlePing: ControlHandler<undefined, undefined> = {
  codec: ping,
  handle(_services, session) {
    session.lastHeartbeatMs = performance.now();
    return undefined;
  },
};
