import { type Codec, type Empty, emptyResponse } from '../codec.ts';

/** The token to delete, one of the caller's. */
export interface DeletePersonalAccessTokenRequest {
  readonly name: string;
}

/** DeletePersonalAccessToken, code 43: connections that logged in with it stay open. */
export const deletePersonalAccessToken: Codec<DeletePersonalAccessTokenRequest, Empty> = {
  code: 43,
  name: 'personal_access_token.delete',
  permission: 'authenticated',
  writeRequest: (writer, { name }) => {
    writer.name8(name, 'token name');
  },
  readRequest: (reader) => ({ name: reader.name8('token name') }),
  ...emptyResponse,
};
