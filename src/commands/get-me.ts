import { getMe } from '../wire/classic/commands/get-me.ts';
import type { ClientDetails } from '../wire/classic/structures/client.ts';
import { describeClient } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetMe: ControlHandler<undefined, ClientDetails> = {
  codec: getMe,
  handle: describeClient,
};
