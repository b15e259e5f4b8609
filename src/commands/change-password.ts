import {
  type ChangePasswordRequest,
  changePassword,
} from '../wire/classic/commands/change-password.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';
import { assertPassword, attemptKey } from './user-settings.ts';

export const handleChangePassword: ControlHandler<ChangePasswordRequest, undefined> = {
  codec: changePassword,
  async handle(
    { catalog, access, logins, passwords },
    session,
    { userId, currentPassword, newPassword },
  ) {
    assertPassword(currentPassword);
    assertPassword(newPassword);
    const user = catalog.user(userId);
    access.assertOwnOr(session, changePassword.permission, user);
    const attempt = logins.begin(session, attemptKey(user));
    const verified = user.passwordHash;
    if (!(await passwords.verify(currentPassword, verified, attempt.admit))) {
      throw attempt.failed(status.InvalidCredentials, 'wrong password');
    }
    const passwordHash = await passwords.hash(newPassword);
    return catalog.transact(async (propose) => {
      // Meanwhile the user may have been deleted, or its password changed by somebody else.
      if (catalog.user(user.id) !== user || user.passwordHash !== verified) {
        throw new WireError(status.InvalidCredentials, 'no longer the password');
      }
      await propose({ type: 'user.password', id: user.id, passwordHash });
      return undefined;
    });
  },
};
