import type { Codec } from '../codec.ts';
import { type Identity, readIdentity, writeIdentity } from '../structures/identity.ts';

/** Credentials, and what the client says of itself. */
export interface LoginUserRequest {
  /** 3..50 bytes; other lengths are the handler's status 43. */
  readonly username: string;
  /** 3..100 bytes; other lengths are the handler's status 44. */
  readonly password: string;
  /** Version of the client, may be empty; for logs only. */
  readonly version: string;
  /** Free text of the client, may be empty; for logs only. */
  readonly context: string;
}

/** LoginUser, code 38: gives the connection an identity, or replaces the one it has. */
export const loginUser: Codec<LoginUserRequest, Identity> = {
  code: 38,
  name: 'user.login',
  permission: 'none',
  writeRequest: (writer, request) => {
    writer.name8(request.username, 'username').str8(request.password, 'password');
    writer.str32(request.version).str32(request.context);
  },
  readRequest: (reader) => ({
    username: reader.name8('username'),
    password: reader.str8('password'),
    version: reader.str32('version'),
    context: reader.str32('context'),
  }),
  writeResponse: writeIdentity,
  readResponse: readIdentity,
};
