import { getClient } from '../wire/classic/commands/get-client.ts';
import { getClients } from '../wire/classic/commands/get-clients.ts';
import type { ClientDetails, Client as ListedClient } from '../wire/classic/structures/client.ts';
import type { Session } from './session.ts';
import type { RequestOptions } from './types.ts';

/** Commands about the connections of a broker. */
export class Clients {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Null for a connection that does not exist. Status 101 for the id 0. */
  get(clientId: number, options?: RequestOptions): Promise<ClientDetails | null> {
    return this.#session.request(getClient, { clientId }, options);
  }

  /** All connections, also those that are not logged in. */
  list(options?: RequestOptions): Promise<readonly ListedClient[]> {
    return this.#session.request(getClients, undefined, options);
  }
}
