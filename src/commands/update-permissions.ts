import { ROOT_USER_ID } from '../catalog/state.ts';
import {
  type UpdatePermissionsRequest,
  updatePermissions,
} from '../wire/classic/commands/update-permissions.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';

export const handleUpdatePermissions: ControlHandler<UpdatePermissionsRequest, undefined> = {
  codec: updatePermissions,
  handle: ({ catalog }, _session, { userId, permissions }) =>
    catalog.transact(async (propose) => {
      const { id } = catalog.user(userId);
      if (id === ROOT_USER_ID) {
        throw new WireError(status.CannotChangePermissions, 'the root user');
      }
      await propose({ type: 'user.permissions', id, permissions });
      return undefined;
    }),
};
