import { ROOT_USER_ID } from '../catalog/state.ts';
import { type DeleteUserRequest, deleteUser } from '../wire/classic/commands/delete-user.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';

/** The user's connections stay open, and may not do anything more than log in again. */
export const handleDeleteUser: ControlHandler<DeleteUserRequest, undefined> = {
  codec: deleteUser,
  handle: ({ catalog }, _session, { userId }) =>
    catalog.transact(async (propose) => {
      const { id } = catalog.user(userId);
      if (id === ROOT_USER_ID) throw new WireError(status.CannotDeleteUser, 'the root user');
      await propose({ type: 'user.delete', id });
      return undefined;
    }),
};
