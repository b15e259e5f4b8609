import { ping } from '../wire/classic/commands/ping.ts';
import type { ControlHandler } from './handler.ts';

/** Answers also before login. */
export const handlePing: ControlHandler<undefined, undefined> = {
  codec: ping,
  handle: () => undefined,
};
