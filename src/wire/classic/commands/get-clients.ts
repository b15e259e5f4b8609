import { type Codec, type Empty, emptyRequest } from '../codec.ts';
import { type Client, readClient, writeClient } from '../structures/client.ts';
import { readUntilEnd } from '../structures/list.ts';

/** GetClients, code 22: all connections, also those that are not logged in. */
export const getClients: Codec<Empty, readonly Client[]> = {
  code: 22,
  name: 'client.list',
  permission: 'server',
  ...emptyRequest,
  writeResponse: (writer, clients) => {
    for (const client of clients) writeClient(writer, client);
  },
  readResponse: (reader) => readUntilEnd(reader, readClient),
};
