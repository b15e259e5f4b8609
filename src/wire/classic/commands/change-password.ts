import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readUserTarget, type UserTarget, writeUserTarget } from '../structures/targets.ts';

/** Both passwords of a user; lengths other than 3..100 bytes are the handler's status 44. */
export interface ChangePasswordRequest extends UserTarget {
  /** Of the user whose password changes, whoever changes it. */
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** ChangePassword, code 37: connections and tokens stay valid. */
export const changePassword: Codec<ChangePasswordRequest, Empty> = {
  code: 37,
  name: 'user.password',
  permission: 'users-manage-or-own',
  writeRequest: (writer, request) => {
    writeUserTarget(writer, request);
    writer.str8(request.currentPassword, 'current password');
    writer.str8(request.newPassword, 'new password');
  },
  readRequest: (reader) => ({
    ...readUserTarget(reader),
    currentPassword: reader.str8('current password'),
    newPassword: reader.str8('new password'),
  }),
  ...emptyResponse,
};
