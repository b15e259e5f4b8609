import {
  getPersonalAccessTokens,
  type PersonalAccessToken,
} from '../wire/classic/commands/get-personal-access-tokens.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetPersonalAccessTokens: ControlHandler<
  undefined,
  readonly PersonalAccessToken[]
> = {
  codec: getPersonalAccessTokens,
  handle({ catalog, access }, session) {
    const tokens = catalog.tokens.of(access.ownAccount(session).id);
    return tokens.map(({ name, expiresAt }) => ({ name, expiryAt: expiresAt }));
  },
};
