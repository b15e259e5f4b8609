import type { Catalog } from '../catalog/catalog.ts';
import { type CreateUserRequest, createUser } from '../wire/classic/commands/create-user.ts';
import type { UserDetails } from '../wire/classic/structures/user.ts';
import { usersMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { nowMicros } from './clock.ts';
import type { ControlHandler } from './handler.ts';
import {
  assertPassword,
  assertUsername,
  describeUserDetails,
  isActiveOf,
} from './user-settings.ts';

export const handleCreateUser: ControlHandler<CreateUserRequest, UserDetails> = {
  codec: createUser,
  async handle(
    { catalog, passwords },
    _session,
    { username: name, password, permissions, ...request },
  ) {
    assertUsername(name);
    assertPassword(password);
    const isActive = isActiveOf(request.status);
    assertRoomFor(catalog, name);
    // Hashing takes its time, and other changes need not wait for it.
    const passwordHash = await passwords.hash(password);
    return catalog.transact(async (propose) => {
      assertRoomFor(catalog, name);
      const id = catalog.nextUserId();
      const user = { id, createdAt: nowMicros(), name, passwordHash, isActive, permissions };
      await propose({ type: 'user.create', ...user });
      return describeUserDetails(catalog.user(id));
    });
  },
};

function assertRoomFor({ users }: Catalog, name: string): void {
  if (users.find(name) !== undefined) {
    throw new WireError(status.UserAlreadyExists, `user ${name}`);
  }
  if (users.size >= usersMax) {
    throw new WireError(status.UsersLimitReached, `the limit is ${usersMax} users`);
  }
}
