import type { Codec } from '../codec.ts';
import { type Identity, readIdentity, writeIdentity } from '../structures/identity.ts';
import type { RawToken } from './create-personal-access-token.ts';

/** The token to log in with. */
export type LoginWithPersonalAccessTokenRequest = RawToken;

/** LoginWithPersonalAccessToken, code 44: gives the connection the identity of the token's user. */
export const loginWithPersonalAccessToken: Codec<LoginWithPersonalAccessTokenRequest, Identity> = {
  code: 44,
  name: 'personal_access_token.login',
  permission: 'none',
  writeRequest: (writer, { token }) => {
    writer.name8(token, 'token');
  },
  readRequest: (reader) => ({ token: reader.name8('token') }),
  writeResponse: writeIdentity,
  readResponse: readIdentity,
};
