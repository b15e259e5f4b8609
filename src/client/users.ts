import { changePassword } from '../wire/classic/commands/change-password.ts';
import { createUser } from '../wire/classic/commands/create-user.ts';
import { deleteUser } from '../wire/classic/commands/delete-user.ts';
import { getUser } from '../wire/classic/commands/get-user.ts';
import { getUsers } from '../wire/classic/commands/get-users.ts';
import { updatePermissions } from '../wire/classic/commands/update-permissions.ts';
import { updateUser } from '../wire/classic/commands/update-user.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import {
  flagSet,
  globalFlags,
  type Permissions,
  streamFlags,
  topicFlags,
} from '../wire/classic/structures/permissions.ts';
import { userStatuses, type User as WireUser } from '../wire/classic/structures/user.ts';
import { status } from '../wire/status.ts';
import { choiceOption } from './checks.ts';
import { VeltroError } from './errors.ts';
import type { Session } from './session.ts';
import type {
  CreateUserOptions,
  PasswordChange,
  PermissionSettings,
  RequestOptions,
  User,
  UserChanges,
  UserDetails,
  UserStatus,
} from './types.ts';

/** Commands about users, each by id or name. All but one's own account need a permission. */
export class Users {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Status 43 or 44 for a name or password that is too short or long, 46 for a taken name. */
  async create(
    username: string,
    password: string,
    options: CreateUserOptions = {},
  ): Promise<UserDetails> {
    const permissions = permissionsOf(options.permissions ?? null);
    const request = { username, password, status: statusCode(options.status), permissions };
    return detailsOf(await this.#session.request(createUser, request, options));
  }

  /** Null for a user that does not exist. */
  async get(id: Identifier, options?: RequestOptions): Promise<UserDetails | null> {
    const user = await this.#session.request(getUser, { userId: id }, options);
    return user && detailsOf(user);
  }

  /** All users by ascending id. */
  async list(options?: RequestOptions): Promise<readonly User[]> {
    return (await this.#session.request(getUsers, undefined, options)).map(userOf);
  }

  /** Changes what is given. Status 20 for a missing user, 46 when the name is taken. */
  update(id: Identifier, changes: UserChanges, options?: RequestOptions): Promise<void> {
    const username = changes.username ?? null;
    const code = changes.status === undefined ? null : statusCode(changes.status);
    return this.#session.request(updateUser, { userId: id, username, status: code }, options);
  }

  /** Replaces all permissions, at once. Status 20 for a missing user, 49 for the root user. */
  updatePermissions(
    id: Identifier,
    permissions: PermissionSettings | null,
    options?: RequestOptions,
  ): Promise<void> {
    const request = { userId: id, permissions: permissionsOf(permissions) };
    return this.#session.request(updatePermissions, request, options);
  }

  /** Status 20 for a missing user, 42 when the current password is wrong. */
  changePassword(
    id: Identifier,
    passwords: PasswordChange,
    options?: RequestOptions,
  ): Promise<void> {
    const { current, next } = passwords;
    const request = { userId: id, currentPassword: current, newPassword: next };
    return this.#session.request(changePassword, request, options);
  }

  /** Also deletes the user's tokens. Status 20 for a missing user, 48 for the root user. */
  delete(id: Identifier, options?: RequestOptions): Promise<void> {
    return this.#session.request(deleteUser, { userId: id }, options);
  }
}

function userOf({ status: code, ...user }: WireUser): User {
  return { ...user, status: statusOf(code) };
}

function detailsOf(user: WireUser & { readonly permissions: Permissions | null }): UserDetails {
  return { ...userOf(user), permissions: user.permissions };
}

function statusOf(code: number): UserStatus {
  if (code === userStatuses.active) return 'active';
  if (code === userStatuses.inactive) return 'inactive';
  const message = `The broker answered the unknown user status ${code}.`;
  throw new VeltroError(status.InvalidBytesResponse, message);
}

function statusCode(value: UserStatus | undefined): number {
  return userStatuses[choiceOption('status', value, ['active', 'inactive'])];
}

/** Flags that are absent are not set. */
function permissionsOf(settings: PermissionSettings | null): Permissions | null {
  if (settings === null) return null;
  const { global = {}, streams = [] } = settings;
  return {
    global: flagSet(globalFlags, (flag) => global[flag] === true),
    streams: streams.map(({ streamId, topics = [], ...stream }) => ({
      streamId,
      ...flagSet(streamFlags, (flag) => stream[flag] === true),
      topics: topics.map(({ topicId, ...topic }) => ({
        topicId,
        ...flagSet(topicFlags, (flag) => topic[flag] === true),
      })),
    })),
  };
}
