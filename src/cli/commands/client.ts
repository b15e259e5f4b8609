import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { addLeaf, withClient } from '../leaf.ts';
import { properties, table } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { wholeNumber } from '../values.ts';

function userText(userId: number | null): string {
  return userId === null ? 'not logged in' : String(userId);
}

/** `veltro client …` */
export function configure(group: Command, terminal: Terminal): void {
  addLeaf(group, 'list', {
    summary: 'list the connections of the broker',
    examples: ['client list', 'client list --json'],
  }).action(
    withClient(terminal, async ({ client }) => {
      const clients = await client.clients.list();
      const rows = clients.map(({ clientId, userId, address, transport }) => [
        String(clientId),
        userText(userId),
        address,
        transport,
      ]);
      const columns = ['Client ID', 'User ID', 'Address', 'Transport'];
      return { json: clients, text: (style) => table(columns, rows, style) };
    }),
  );
  addLeaf(group, 'get', { summary: 'show a connection', examples: ['client get 3735928559'] })
    .argument('<client>', 'id', wholeNumber(1))
    .action(
      withClient(terminal, async ({ client }, _, id: number) => {
        const found = await client.clients.get(id);
        if (found === null) throw new CommandError(`There is no client ${id}.`);
        const rows = [
          ['Client ID', String(found.clientId)],
          ['User ID', userText(found.userId)],
          ['Address', found.address],
          ['Transport', found.transport],
          ['Consumer groups', String(found.consumerGroups.length)],
        ] as const;
        return { json: found, text: (style) => properties(rows, style) };
      }),
    );
}
