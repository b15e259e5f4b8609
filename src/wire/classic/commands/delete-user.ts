import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readUserTarget, type UserTarget, writeUserTarget } from '../structures/targets.ts';

/** The user to delete. */
export type DeleteUserRequest = UserTarget;

/** DeleteUser, code 34: also deletes the user's tokens. */
export const deleteUser: Codec<DeleteUserRequest, Empty> = {
  code: 34,
  name: 'user.delete',
  permission: 'users-manage',
  writeRequest: writeUserTarget,
  readRequest: readUserTarget,
  ...emptyResponse,
};
