import { randomInt } from 'node:crypto';
import type { RootCredentials } from '../../config/config.ts';
import { defaultRootCredentials } from '../../config/root-credentials.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { ROOT_USER_ID } from '../catalog/state.ts';
import { nowMicros } from '../commands/clock.ts';
import type { Passwords } from '../security/password.ts';

const DEFAULT_USERNAME = 'iggy';
const PASSWORD_LENGTH = 24;
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';

/**
 * Makes the root user at the first start. Returns the password when it was made up here: the only
 * time that anybody can see it.
 */
export async function ensureRootUser(
  catalog: Catalog,
  passwords: Passwords,
  credentials: RootCredentials | undefined,
): Promise<string | undefined> {
  if (catalog.users.find(ROOT_USER_ID) !== undefined) return undefined;
  const generated = credentials === undefined ? randomPassword() : undefined;
  const password = credentials?.password ?? generated!;
  const isChosen = generated === undefined && password !== defaultRootCredentials.password;
  const hashing = isChosen ? passwords.hash(password) : passwords.hashQuickly(password);
  const passwordHash = await hashing;
  await catalog.transact((propose) =>
    propose({
      type: 'user.create',
      id: ROOT_USER_ID,
      createdAt: nowMicros(),
      name: credentials?.username ?? DEFAULT_USERNAME,
      passwordHash,
    }),
  );
  return generated;
}

/** Letters and digits that are not mistaken for each other. */
function randomPassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(
    '',
  );
}
