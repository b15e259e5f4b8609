import { createPersonalAccessToken } from '../../src/wire/classic/commands/create-personal-access-token.ts';
import { createUser } from '../../src/wire/classic/commands/create-user.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../../src/wire/classic/commands/login-with-personal-access-token.ts';
import {
  flagSet,
  type GlobalFlag,
  globalFlags,
  type Permissions,
  type StreamFlag,
  type StreamPermissions,
  streamFlags,
  type TopicFlag,
  type TopicPermissions,
  topicFlags,
} from '../../src/wire/classic/structures/permissions.ts';
import { type UserDetails, userStatuses } from '../../src/wire/classic/structures/user.ts';
import type { TestBroker } from './broker.ts';
import { RawClient } from './raw-client.ts';

/** Rights on everything, and on streams. */
export function rights(
  flags: readonly GlobalFlag[],
  streams: readonly StreamPermissions[] = [],
): Permissions {
  return { global: flagSet(globalFlags, (flag) => flags.includes(flag)), streams };
}

/** Rights on one stream, and on topics of it. */
export function streamRights(
  streamId: number,
  flags: readonly StreamFlag[],
  topics: readonly TopicPermissions[] = [],
): StreamPermissions {
  return { streamId, ...flagSet(streamFlags, (flag) => flags.includes(flag)), topics };
}

/** Rights on one topic. */
export function topicRights(topicId: number, flags: readonly TopicFlag[]): TopicPermissions {
  return { topicId, ...flagSet(topicFlags, (flag) => flags.includes(flag)) };
}

/** The password of users made here. */
export const PASSWORD = 'secret';

/** Creates an active user. */
export function addUser(
  root: RawClient,
  username: string,
  permissions: Permissions | null = null,
): Promise<UserDetails> {
  const account = { username, password: PASSWORD, status: userStatuses.active };
  return root.call(createUser, { ...account, permissions });
}

/** A LoginUser request. */
export function credentials(username: string, password = PASSWORD) {
  return { username, password, version: '', context: '' };
}

/** A new connection of a user made here. */
export async function loginAs(broker: TestBroker, username: string): Promise<RawClient> {
  const client = await RawClient.connect(broker);
  await client.call(loginUser, credentials(username));
  return client;
}

/** Creates a token of the client's user that never expires. */
export async function addToken(client: RawClient, name: string): Promise<string> {
  return (await client.call(createPersonalAccessToken, { name, expiryMicros: 0n })).token;
}

/** A new connection that is logged in with a token. */
export async function loginWith(broker: TestBroker, token: string): Promise<RawClient> {
  const client = await RawClient.connect(broker);
  await client.call(loginWithPersonalAccessToken, { token });
  return client;
}
