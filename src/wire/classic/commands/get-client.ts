import type { Codec } from '../codec.ts';
import { type ClientDetails, readClientDetails, writeClientDetails } from '../structures/client.ts';
import { optionalResponse } from '../structures/optional.ts';

/** The connection to describe. */
export interface GetClientRequest {
  /** 0 is the handler's status 101. */
  readonly clientId: number;
}

/** GetClient, code 21: null for an unknown connection. */
export const getClient: Codec<GetClientRequest, ClientDetails | null> = {
  code: 21,
  name: 'client.get',
  permission: 'server',
  writeRequest: (writer, request) => {
    writer.u32(request.clientId);
  },
  readRequest: (reader) => ({ clientId: reader.u32('client id') }),
  ...optionalResponse(writeClientDetails, readClientDetails),
};
