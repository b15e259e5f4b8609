import { type Codec, type Empty, emptyRequest } from '../codec.ts';
import { readUntilEnd } from '../structures/list.ts';

/** A token without its text (protocol section 8.12). */
export interface PersonalAccessToken {
  readonly name: string;
  /** Microseconds since the Unix epoch; 0 is never. */
  readonly expiryAt: bigint;
}

/** GetPersonalAccessTokens, code 41: those of the caller. */
export const getPersonalAccessTokens: Codec<Empty, readonly PersonalAccessToken[]> = {
  code: 41,
  name: 'personal_access_token.list',
  permission: 'authenticated',
  ...emptyRequest,
  writeResponse: (writer, tokens) => {
    for (const { name, expiryAt } of tokens) writer.name8(name, 'token name').u64(expiryAt);
  },
  readResponse: (reader) =>
    readUntilEnd(reader, () => ({
      name: reader.name8('token name'),
      expiryAt: reader.u64('expiry'),
    })),
};
