import { getClients } from '../wire/classic/commands/get-clients.ts';
import type { Client } from '../wire/classic/structures/client.ts';
import { describeClient } from './details.ts';
import type { ControlHandler } from './handler.ts';
import type { Session } from './session.ts';

export const handleGetClients: ControlHandler<undefined, readonly Client[]> = {
  codec: getClients,
  handle: ({ sessions, access }) =>
    [...sessions].filter((session) => !access.isOrphan(session)).map(describe),
};

function describe(session: Session): Client {
  const { consumerGroups, ...client } = describeClient(session);
  return { ...client, consumerGroupsCount: consumerGroups.length };
}
