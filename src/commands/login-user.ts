import { verifyNothing, verifyPassword } from '../security/password.ts';
import { type LoginUserRequest, loginUser } from '../wire/classic/commands/login-user.ts';
import type { Identity } from '../wire/classic/structures/identity.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';
import { assertPassword, assertUsername } from './user-settings.ts';

const NUMBER = /^\d{1,10}$/;

/** Gives the connection an identity; a failed login leaves the one it had. */
export const handleLoginUser: ControlHandler<LoginUserRequest, Identity> = {
  codec: loginUser,
  async handle({ catalog }, session, { username, password }) {
    assertUsername(username);
    assertPassword(password);
    // A name of digits only may also be a user's number, as in the reference.
    const user =
      catalog.users.find(username) ??
      (NUMBER.test(username) ? catalog.users.find(Number(username)) : undefined);
    if (user === undefined) {
      await verifyNothing(password);
      throw new WireError(status.InvalidCredentials, 'unknown user');
    }
    if (!user.isActive) throw new WireError(status.UserInactive, `user ${user.name}`);
    if (!(await verifyPassword(password, user.passwordHash))) {
      throw new WireError(status.InvalidCredentials, 'wrong password');
    }
    session.user = user;
    return { userId: user.id };
  },
};
