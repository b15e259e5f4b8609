import { getUsers } from '../wire/classic/commands/get-users.ts';
import type { User } from '../wire/classic/structures/user.ts';
import type { ControlHandler } from './handler.ts';
import { describeUser } from './user-settings.ts';

export const handleGetUsers: ControlHandler<undefined, readonly User[]> = {
  codec: getUsers,
  handle: ({ catalog }) => catalog.users.sorted().map(describeUser),
};
