import type { UserRecord } from '../catalog/state.ts';
import type { TokenRecord } from '../catalog/token-table.ts';
import { type User, type UserDetails, userStatuses } from '../wire/classic/structures/user.ts';
import {
  passwordBytesMax,
  passwordBytesMin,
  tokenNameBytesMax,
  tokenNameBytesMin,
  usernameBytesMax,
  usernameBytesMin,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';

/** Refuses a name of a length that users cannot have (status 43). */
export function assertUsername(username: string): void {
  assertBytes(username, usernameBytesMin, usernameBytesMax, status.InvalidUsername);
}

/** Refuses a password of a length that none can have (status 44). */
export function assertPassword(password: string): void {
  assertBytes(password, passwordBytesMin, passwordBytesMax, status.InvalidPassword);
}

/** Refuses a name of a length that tokens cannot have (status 50). */
export function assertTokenName(name: string): void {
  assertBytes(name, tokenNameBytesMin, tokenNameBytesMax, status.InvalidPersonalAccessTokenName);
}

/** Under what failed attempts to be a user are counted: its number, or a name that nobody has. */
export function attemptKey(user: UserRecord | string): string {
  return typeof user === 'string' ? `name ${user}` : `id ${user.id}`;
}

/** Whether a status lets a user log in. Status 3 for one that the protocol does not have. */
export function isActiveOf(userStatus: number): boolean {
  if (userStatus === userStatuses.active) return true;
  if (userStatus === userStatuses.inactive) return false;
  throw new WireError(status.InvalidCommand, `user status ${userStatus}`);
}

/** A user as a list of users tells it. */
export function describeUser({ id, createdAt, isActive, name }: UserRecord): User {
  const userStatus = isActive ? userStatuses.active : userStatuses.inactive;
  return { id, createdAt: BigInt(createdAt), status: userStatus, username: name };
}

/** A user with its permissions. */
export function describeUserDetails(user: UserRecord): UserDetails {
  return { ...describeUser(user), permissions: user.permissions };
}

/** Whether a token is of no use any more. */
export function isExpired({ expiresAt }: TokenRecord, nowMicros: number): boolean {
  return expiresAt !== 0n && expiresAt <= BigInt(nowMicros);
}

function assertBytes(value: string, min: number, max: number, code: number): void {
  const bytes = Buffer.byteLength(value);
  if (bytes < min || bytes > max) {
    throw new WireError(code, `${bytes} bytes, the limits are ${min} and ${max}`);
  }
}
