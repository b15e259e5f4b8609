import { type Codec, type Empty, emptyRequest, emptyResponse } from '../codec.ts';

/** LogoutUser, code 39: the connection stays open without an identity. */
export const logoutUser: Codec<Empty, Empty> = {
  code: 39,
  name: 'user.logout',
  permission: 'authenticated',
  ...emptyRequest,
  ...emptyResponse,
};
