import type { Codec } from '../codec.ts';

/** A new token of the caller. */
export interface CreatePersonalAccessTokenRequest {
  /** 3..30 bytes; other lengths are the handler's status 50. */
  readonly name: string;
  /** Microseconds from now; 0 or 2^64 − 1 is never. */
  readonly expiryMicros: bigint;
}

/** The text of a token, which is told this once. */
export interface RawToken {
  readonly token: string;
}

/** CreatePersonalAccessToken, code 42: always for the caller. */
export const createPersonalAccessToken: Codec<CreatePersonalAccessTokenRequest, RawToken> = {
  code: 42,
  name: 'personal_access_token.create',
  permission: 'authenticated',
  writeRequest: (writer, { name, expiryMicros }) => {
    writer.name8(name, 'token name').u64(expiryMicros);
  },
  readRequest: (reader) => ({
    name: reader.name8('token name'),
    expiryMicros: reader.u64('expiry'),
  }),
  writeResponse: (writer, { token }) => {
    writer.name8(token, 'token');
  },
  readResponse: (reader) => ({ token: reader.name8('token') }),
};
