import { type UpdateUserRequest, updateUser } from '../wire/classic/commands/update-user.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';
import { assertUsername, isActiveOf } from './user-settings.ts';

export const handleUpdateUser: ControlHandler<UpdateUserRequest, undefined> = {
  codec: updateUser,
  handle({ catalog }, _session, { userId, username, ...request }) {
    if (username !== null) assertUsername(username);
    const newActive = request.status === null ? null : isActiveOf(request.status);
    return catalog.transact(async (propose) => {
      const user = catalog.user(userId);
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
