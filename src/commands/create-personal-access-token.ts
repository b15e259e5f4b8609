import type { Catalog, Propose } from '../catalog/catalog.ts';
import { hashToken, makeToken } from '../security/token.ts';
import {
  type CreatePersonalAccessTokenRequest,
  createPersonalAccessToken,
  type RawToken,
} from '../wire/classic/commands/create-personal-access-token.ts';
import { tokensPerUserMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { nowMicros } from './clock.ts';
import type { ControlHandler } from './handler.ts';
import { assertTokenName, isExpired } from './user-settings.ts';

const NEVER = 0n;
const U64_MAX = 2n ** 64n - 1n;

/** The caller's tokens that have expired make room; they are of no use any more. */
export const handleCreatePersonalAccessToken: ControlHandler<
  CreatePersonalAccessTokenRequest,
  RawToken
> = {
  codec: createPersonalAccessToken,
  handle({ catalog, access }, session, { name, expiryMicros }) {
    assertTokenName(name);
    return catalog.transact(async (propose) => {
      const userId = access.ownAccount(session).id;
      const now = nowMicros();
      await deleteExpired(catalog, propose, userId, now);
      assertRoomFor(catalog, userId, name);
      const token = makeToken();
      const expiresAt = expiryOf(expiryMicros, now);
      await propose({ type: 'token.create', userId, name, hash: hashToken(token), expiresAt });
      return { token };
    });
  },
};

async function deleteExpired(
  { tokens }: Catalog,
  propose: Propose,
  userId: number,
  now: number,
): Promise<void> {
  for (const token of tokens.of(userId)) {
    if (isExpired(token, now)) await propose({ type: 'token.delete', userId, name: token.name });
  }
}

function assertRoomFor({ tokens }: Catalog, userId: number, name: string): void {
  if (tokens.of(userId).length >= tokensPerUserMax) {
    throw new WireError(
      status.PersonalAccessTokensLimitReached,
      `the limit is ${tokensPerUserMax} tokens of a user`,
    );
  }
  if (tokens.find(userId, name) !== undefined) {
    throw new WireError(status.PersonalAccessTokenAlreadyExists, `token ${name}`);
  }
}

function expiryOf(expiryMicros: bigint, now: number): bigint {
  if (expiryMicros === NEVER || expiryMicros === U64_MAX) return NEVER;
  const expiresAt = BigInt(now) + expiryMicros;
  return expiresAt > U64_MAX ? U64_MAX : expiresAt;
}
