import type { Catalog } from '../../catalog/catalog.ts';
import type { UserRecord } from '../../catalog/state.ts';
import type { AccessTokens, CheckedToken } from '../../security/access-tokens.ts';
import { jwtsRevokedMax } from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import { type ApiError, refused, unavailable } from './errors.ts';

const PREFIX = 'Bearer ';
const MICROS_PER_SECOND = 1_000_000;

/** Somebody who showed a token that holds. */
export interface Caller {
  readonly user: UserRecord;
  readonly token: CheckedToken;
}

/** Says who a caller is by the token that is shown, and gives and takes tokens. */
export class Callers {
  readonly #catalog: Catalog;
  readonly #tokens: AccessTokens;

  constructor(catalog: Catalog, tokens: AccessTokens) {
    this.#catalog = catalog;
    this.#tokens = tokens;
  }

  /** The caller behind an `Authorization` header. Rejects with an `ApiError` with status 401. */
  async identify(authorization: string | undefined): Promise<Caller> {
    if (authorization === undefined || !authorization.startsWith(PREFIX)) {
      throw refused(status.Unauthenticated, 'there is no header "Authorization: Bearer …"');
    }
    const token = await this.#tokens.check(authorization.slice(PREFIX.length));
    const user = token === undefined ? undefined : this.#userOf(token);
    if (token === undefined || user === undefined) {
      throw refused(status.Unauthenticated, 'the token is wrong, expired or revoked');
    }
    return { user, token };
  }

  /** Why a token that held before does not hold any more; undefined when it does. */
  refusalOf(token: CheckedToken): ApiError | undefined {
    if (this.expiresInMs(token) <= 0) {
      return refused(status.Unauthenticated, 'the token has expired');
    }
    if (this.#userOf(token) !== undefined) return undefined;
    return refused(status.Unauthenticated, 'the token was revoked, or its user may not log in');
  }

  /** How long a token holds at most, in milliseconds. */
  expiresInMs(token: CheckedToken): number {
    return this.#tokens.expiresInMs(token);
  }

  /** A new token of a user, and when it expires in seconds since the epoch. */
  issue(userId: number): Promise<{ readonly token: string; readonly expiresAt: number }> {
    return this.#tokens.issue(userId);
  }

  /** The user of a token, which is revoked. Rejects with an `ApiError` with status 401. */
  async exchange(token: string): Promise<number> {
    const checked = await this.#tokens.check(token);
    if (checked?.isOwn !== true || this.#userOf(checked) === undefined) throw invalid();
    await this.revoke(checked);
    return checked.userId;
  }

  /** Rejects with an `ApiError` when somebody else was faster, or too many are revoked. */
  async revoke({ id, expiresAt }: CheckedToken): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    await this.#catalog.transact(async (propose) => {
      const { revokedTokens } = this.#catalog;
      if (revokedTokens.has(id)) throw invalid();
      if (revokedTokens.size >= jwtsRevokedMax) {
        const detail = `${jwtsRevokedMax} tokens are revoked and have not expired: no more can be.`;
        throw unavailable(detail);
      }
      await propose({ type: 'access_token.revoke', id, expiresAt, now });
    });
  }

  /**
   * The user of a token that was not revoked. A number may have gone to another user since: who was
   * created after the token was issued cannot be meant.
   */
  #userOf({ id, userId, issuedAt, isOwn }: CheckedToken): UserRecord | undefined {
    const user = this.#catalog.users.find(userId);
    if (user?.isActive !== true || this.#catalog.revokedTokens.has(id)) return undefined;
    const isYounger = Math.floor(user.createdAt / MICROS_PER_SECOND) > issuedAt;
    return isOwn && isYounger ? undefined : user;
  }
}

function invalid(): ApiError {
  return refused(status.InvalidAccessToken);
}
