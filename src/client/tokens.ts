import { createPersonalAccessToken } from '../wire/classic/commands/create-personal-access-token.ts';
import { deletePersonalAccessToken } from '../wire/classic/commands/delete-personal-access-token.ts';
import {
  getPersonalAccessTokens,
  type PersonalAccessToken,
} from '../wire/classic/commands/get-personal-access-tokens.ts';
import type { Session } from './session.ts';
import type { CreateTokenOptions, RequestOptions } from './types.ts';

/** Commands about the personal access tokens of the user who is logged in. */
export class Tokens {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Resolves to the text of the token, which is told this once and logs in with
   * `client.login({ token })`. Status 50 for a name of a bad length, 51 for a taken one.
   */
  async create(name: string, options: CreateTokenOptions = {}): Promise<string> {
    const request = { name, expiryMicros: options.expiryMicros ?? 0n };
    return (await this.#session.request(createPersonalAccessToken, request, options)).token;
  }

  list(options?: RequestOptions): Promise<readonly PersonalAccessToken[]> {
    return this.#session.request(getPersonalAccessTokens, undefined, options);
  }

  /** Status 20 for a missing token. */
  delete(name: string, options?: RequestOptions): Promise<void> {
    return this.#session.request(deletePersonalAccessToken, { name }, options);
  }
}
