import { logoutUser } from '../wire/classic/commands/logout-user.ts';
import type { ControlHandler } from './handler.ts';

/** The connection stays open and has no identity afterwards. */
export const handleLogoutUser: ControlHandler<undefined, undefined> = {
  codec: logoutUser,
  handle(_services, session) {
    session.user = null;
    return undefined;
  },
};
