import { getClients } from '../wire/classic/commands/get-clients.ts';
import type { Client } from '../wire/classic/structures/client.ts';
import { describeClient } from './details.ts';
import type { ControlHandler } from './handler.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

export const handleGetClients: ControlHandler<undefined, readonly Client[]> = {
  codec: getClients,
  handle: (services) =>
    [...services.sessions]
      .filter((session) => !services.access.isOrphan(session))
      .map((session) => describe(services, session)),
};

function describe(services: Services, session: Session): Client {
  const { consumerGroups, ...client } = describeClient(services, session);
  return { ...client, consumerGroupsCount: consumerGroups.length };
}
