import type { Codec } from '../codec.ts';
import { optionalResponse } from '../structures/optional.ts';
import { readUserTarget, type UserTarget, writeUserTarget } from '../structures/targets.ts';
import { readUserDetails, type UserDetails, writeUserDetails } from '../structures/user.ts';

/** The user to describe. */
export type GetUserRequest = UserTarget;

/** GetUser, code 31: null for a missing user. Everybody may see their own account. */
export const getUser: Codec<GetUserRequest, UserDetails | null> = {
  code: 31,
  name: 'user.get',
  permission: 'users-read-or-own',
  writeRequest: writeUserTarget,
  readRequest: readUserTarget,
  ...optionalResponse(writeUserDetails, readUserDetails),
};
