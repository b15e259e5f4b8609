import {
  type DeletePersonalAccessTokenRequest,
  deletePersonalAccessToken,
} from '../wire/classic/commands/delete-personal-access-token.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';

export const handleDeletePersonalAccessToken: ControlHandler<
  DeletePersonalAccessTokenRequest,
  undefined
> = {
  codec: deletePersonalAccessToken,
  handle: ({ catalog, access }, session, { name }) =>
    catalog.transact(async (propose) => {
      const userId = access.ownAccount(session).id;
      if (catalog.tokens.find(userId, name) === undefined) {
        throw new WireError(status.ResourceNotFound, `token ${name}`);
      }
      await propose({ type: 'token.delete', userId, name });
      return undefined;
    }),
};
