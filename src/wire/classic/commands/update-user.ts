import type { Reader } from '../../reader.ts';
import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readUserTarget, type UserTarget, writeUserTarget } from '../structures/targets.ts';

/** What is null stays as it is. */
export interface UpdateUserRequest extends UserTarget {
  /** 3..50 bytes; other lengths are the handler's status 43. */
  readonly username: string | null;
  /** One of `userStatuses`; other numbers are the handler's status 3. */
  readonly status: number | null;
}

const PRESENT = 1;

/** UpdateUser, code 35: changes name and status. */
export const updateUser: Codec<UpdateUserRequest, Empty> = {
  code: 35,
  name: 'user.update',
  permission: 'users-manage',
  writeRequest: (writer, request) => {
    const { username, status } = request;
    writeUserTarget(writer, request);
    writer.bool(username !== null);
    if (username !== null) writer.name8(username, 'username');
    writer.bool(status !== null);
    if (status !== null) writer.u8(status);
  },
  readRequest: (reader) => ({
    ...readUserTarget(reader),
    username: readOptional(reader, () => reader.name8('username')),
    status: readOptional(reader, () => reader.u8('user status')),
  }),
  ...emptyResponse,
};

function readOptional<Value>(reader: Reader, read: () => Value): Value | null {
  return reader.u8('presence flag') === PRESENT ? read() : null;
}
