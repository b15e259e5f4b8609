import { ROOT_USER_ID, type UserRecord } from '../catalog/state.ts';
import { type UpdateUserRequest, updateUser } from '../wire/classic/commands/update-user.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';
import { assertUsername, isActiveOf } from './user-settings.ts';

export const handleUpdateUser: ControlHandler<UpdateUserRequest, undefined> = {
  codec: updateUser,
  handle({ catalog, access }, session, { userId, username, ...request }) {
    if (username !== null) assertUsername(username);
    const newActive = request.status === null ? null : isActiveOf(request.status);
    return catalog.transact(async (propose) => {
      const user = catalog.user(userId);
      if (user.id === ROOT_USER_ID) assertRootStays(access.ownAccount(session), newActive);
      const name = username ?? user.name;
      const namesake = catalog.users.find(name);
      if (namesake !== undefined && namesake !== user) {
        throw new WireError(status.UserAlreadyExists, `user ${name}`);
      }
      const isActive = newActive ?? user.isActive;
      await propose({ type: 'user.update', id: user.id, name, isActive });
      return undefined;
    });
  },
};

/** Nobody but root renames root, and without an active root a broker may be beyond help. */
function assertRootStays(caller: UserRecord, newActive: boolean | null): void {
  if (caller.id === ROOT_USER_ID && newActive !== false) return;
  throw new WireError(status.CannotChangePermissions, 'the root user');
}
