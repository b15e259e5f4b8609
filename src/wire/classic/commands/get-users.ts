import { type Codec, type Empty, emptyRequest } from '../codec.ts';
import { readUntilEnd } from '../structures/list.ts';
import { readUser, type User, writeUser } from '../structures/user.ts';

/** GetUsers, code 32: all users by ascending id. */
export const getUsers: Codec<Empty, readonly User[]> = {
  code: 32,
  name: 'user.list',
  permission: 'users-read',
  ...emptyRequest,
  writeResponse: (writer, users) => {
    for (const user of users) writeUser(writer, user);
  },
  readResponse: (reader) => readUntilEnd(reader, readUser),
};
