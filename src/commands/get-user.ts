import { type GetUserRequest, getUser } from '../wire/classic/commands/get-user.ts';
import type { UserDetails } from '../wire/classic/structures/user.ts';
import type { ControlHandler } from './handler.ts';
import { describeUserDetails } from './user-settings.ts';

/** A missing name is told to everybody, a missing number only to those who may read users. */
export const handleGetUser: ControlHandler<GetUserRequest, UserDetails | null> = {
  codec: getUser,
  handle({ catalog, access }, session, { userId }) {
    const user = catalog.users.find(userId);
    if (user === undefined && typeof userId === 'string') return null;
    access.assertOwnOr(session, getUser.permission, user);
    return user === undefined ? null : describeUserDetails(user);
  },
};
