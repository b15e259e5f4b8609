import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import {
  type Permissions,
  readOptPermissions,
  writeOptPermissions,
} from '../structures/permissions.ts';
import { readUserTarget, type UserTarget, writeUserTarget } from '../structures/targets.ts';

/** The rights that replace those of a user. */
export interface UpdatePermissionsRequest extends UserTarget {
  /** Null for none at all. */
  readonly permissions: Permissions | null;
}

/** UpdatePermissions, code 36: counts at once, also for connections that are open. */
export const updatePermissions: Codec<UpdatePermissionsRequest, Empty> = {
  code: 36,
  name: 'user.permissions',
  permission: 'users-manage',
  writeRequest: (writer, request) => {
    writeUserTarget(writer, request);
    writeOptPermissions(writer, request.permissions);
  },
  readRequest: (reader) => ({
    ...readUserTarget(reader),
    permissions: readOptPermissions(reader),
  }),
  ...emptyResponse,
};
