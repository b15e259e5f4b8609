import { hashToken } from '../security/token.ts';
import {
  type LoginWithPersonalAccessTokenRequest,
  loginWithPersonalAccessToken,
} from '../wire/classic/commands/login-with-personal-access-token.ts';
import type { Identity } from '../wire/classic/structures/identity.ts';
import { status } from '../wire/status.ts';
import { nowMicros } from './clock.ts';
import type { ControlHandler } from './handler.ts';
import { isExpired } from './user-settings.ts';

/** A failed login leaves the identity that the connection had. */
export const handleLoginWithPersonalAccessToken: ControlHandler<
  LoginWithPersonalAccessTokenRequest,
  Identity
> = {
  codec: loginWithPersonalAccessToken,
  handle({ catalog, logins }, session, { token }) {
    const attempt = logins.begin(session);
    const found = catalog.tokens.findByHash(hashToken(token));
    if (found === undefined) throw attempt.failed(status.ResourceNotFound, 'unknown token');
    if (isExpired(found, nowMicros())) {
      throw attempt.failed(status.PersonalAccessTokenExpired, `token ${found.name}`);
    }
    const user = catalog.user(found.userId);
    if (!user.isActive) throw attempt.failed(status.UserInactive, `user ${user.name}`);
    session.user = user;
    return { userId: user.id };
  },
};
