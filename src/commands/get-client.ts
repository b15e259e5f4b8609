import { type GetClientRequest, getClient } from '../wire/classic/commands/get-client.ts';
import type { ClientDetails } from '../wire/classic/structures/client.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { describeClient } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetClient: ControlHandler<GetClientRequest, ClientDetails | null> = {
  codec: getClient,
  handle(services, _session, { clientId }) {
    if (clientId === 0) throw new WireError(status.InvalidClientId, 'no client has the id 0');
    const { sessions, access } = services;
    const found = sessions.find(clientId);
    return found === undefined || access.isOrphan(found) ? null : describeClient(services, found);
  },
};
