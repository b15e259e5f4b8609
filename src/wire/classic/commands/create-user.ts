import type { Codec } from '../codec.ts';
import {
  type Permissions,
  readOptPermissions,
  writeOptPermissions,
} from '../structures/permissions.ts';
import { readUserDetails, type UserDetails, writeUserDetails } from '../structures/user.ts';

/** A new user. */
export interface CreateUserRequest {
  /** 3..50 bytes; other lengths are the handler's status 43. */
  readonly username: string;
  /** 3..100 bytes; other lengths are the handler's status 44. */
  readonly password: string;
  /** One of `userStatuses`; other numbers are the handler's status 3. */
  readonly status: number;
  /** Null for none at all. */
  readonly permissions: Permissions | null;
}

/** CreateUser, code 33: answers the new user. */
export const createUser: Codec<CreateUserRequest, UserDetails> = {
  code: 33,
  name: 'user.create',
  permission: 'users-manage',
  writeRequest: (writer, request) => {
    writer.name8(request.username, 'username').str8(request.password, 'password');
    writeOptPermissions(writer.u8(request.status), request.permissions);
  },
  readRequest: (reader) => ({
    username: reader.name8('username'),
    password: reader.str8('password'),
    status: reader.u8('user status'),
    permissions: readOptPermissions(reader),
  }),
  writeResponse: writeUserDetails,
  readResponse: readUserDetails,
};
