import { verifyNothing, verifyPassword } from '../security/password.ts';
import { type LoginUserRequest, loginUser } from '../wire/commands/login-user.ts';
import {
  passwordBytesMax,
  passwordBytesMin,
  usernameBytesMax,
  usernameBytesMin,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import type { Identity } from '../wire/structures/identity.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';

const NUMBER = /^\d{1,10}$/;

/** Gives the connection an identity; a failed login leaves the one it had. */
export const handleLoginUser: ControlHandler<LoginUserRequest, Identity> = {
  codec: loginUser,
  async handle({ catalog }, session, { username, password }) {
    assertBytes(username, usernameBytesMin, usernameBytesMax, status.InvalidUsername);
    assertBytes(password, passwordBytesMin, passwordBytesMax, status.InvalidPassword);
    // A name of digits only may also be a user's number, as in the reference.
    const user =
      catalog.users.find(username) ??
      (NUMBER.test(username) ? catalog.users.find(Number(username)) : undefined);
    if (user === undefined) {
      await verifyNothing(password);
      throw new WireError(status.InvalidCredentials, 'unknown user');
    }
    if (!(await verifyPassword(password, user.passwordHash))) {
      throw new WireError(status.InvalidCredentials, 'wrong password');
    }
    session.userId = user.id;
    return { userId: user.id };
  },
};

function assertBytes(value: string, min: number, max: number, code: number): void {
  const bytes = Buffer.byteLength(value);
  if (bytes < min || bytes > max) {
    throw new WireError(code, `${bytes} bytes, the limits are ${min} and ${max}`);
  }
}
