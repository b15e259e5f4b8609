import type { Catalog } from '../catalog/catalog.ts';
import type { UserRecord } from '../catalog/state.ts';
import { type LoginUserRequest, loginUser } from '../wire/classic/commands/login-user.ts';
import type { Identity } from '../wire/classic/structures/identity.ts';
import { status } from '../wire/status.ts';
import type { ControlHandler } from './handler.ts';
import { assertPassword, assertUsername, attemptKey } from './user-settings.ts';

const NUMBER = /^\d{1,10}$/;

/** Gives the connection an identity; a failed login leaves the one it had. */
export const handleLoginUser: ControlHandler<LoginUserRequest, Identity> = {
  codec: loginUser,
  async handle({ catalog, logins, passwords }, session, { username, password }) {
    assertUsername(username);
    assertPassword(password);
    const user = findUser(catalog, username);
    const attempt = logins.begin(session, attemptKey(user ?? username));
    if (user === undefined) {
      await passwords.verifyNothing(password, attempt.admit);
      throw attempt.failed(status.InvalidCredentials, 'unknown user');
    }
    if (!user.isActive) throw attempt.failed(status.UserInactive, `user ${user.name}`);
    if (!(await passwords.verify(password, user.passwordHash, attempt.admit))) {
      throw attempt.failed(status.InvalidCredentials, 'wrong password');
    }
    session.user = user;
    return { userId: user.id };
  },
};

/** A name of digits only may also be a user's number, as in the reference. */
function findUser({ users }: Catalog, username: string): UserRecord | undefined {
  return users.find(username) ?? (NUMBER.test(username) ? users.find(Number(username)) : undefined);
}
