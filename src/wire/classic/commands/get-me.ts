import { type Codec, type Empty, emptyRequest } from '../codec.ts';
import { type ClientDetails, readClientDetails, writeClientDetails } from '../structures/client.ts';

/** GetMe, code 20: this connection as the broker sees it. */
export const getMe: Codec<Empty, ClientDetails> = {
  code: 20,
  name: 'me',
  permission: 'authenticated',
  ...emptyRequest,
  writeResponse: writeClientDetails,
  readResponse: readClientDetails,
};
