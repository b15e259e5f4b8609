import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { type Permissions, readOptPermissions, writeOptPermissions } from './permissions.ts';

/** Whether a user may log in; another number is the handler's status 3. */
export const userStatuses = { active: 1, inactive: 2 } as const;

/** A user as the list of users tells it (protocol section 8.6). */
export interface User {
  readonly id: number;
  /** Microseconds since the Unix epoch. */
  readonly createdAt: bigint;
  /** One of `userStatuses`. */
  readonly status: number;
  readonly username: string;
}

/** A user with its permissions, null for none at all. */
export interface UserDetails extends User {
  readonly permissions: Permissions | null;
}

/** Absent permissions are four zero bytes in a response, where a request has one. */
const PADDING_BYTES = 3;

export function writeUser(writer: Writer, user: User): void {
  writer.u32(user.id).u64(user.createdAt).u8(user.status).name8(user.username, 'username');
}

export function readUser(reader: Reader): User {
  return {
    id: reader.u32('user id'),
    createdAt: reader.u64('created at'),
    status: reader.u8('user status'),
    username: reader.name8('username'),
  };
}

export function writeUserDetails(writer: Writer, user: UserDetails): void {
  writeUser(writer, user);
  writeOptPermissions(writer, user.permissions);
  if (user.permissions === null) writer.zeros(PADDING_BYTES);
}

export function readUserDetails(reader: Reader): UserDetails {
  const user = readUser(reader);
  const permissions = readOptPermissions(reader);
  if (permissions === null) reader.view(PADDING_BYTES, 'permissions');
  return { ...user, permissions };
}
