import type { Command } from 'commander';
import { describeLeaf, withClient } from '../leaf.ts';
import { properties } from '../output.ts';
import type { Terminal } from '../terminal.ts';

/** `veltro me` */
export function configure(command: Command, terminal: Terminal): void {
  describeLeaf(command, {
    summary: 'show how the broker sees this client',
    examples: ['me', 'me --json'],
  }).action(
    withClient(terminal, async ({ client }) => {
      const me = await client.me();
      return {
        json: me,
        text: (style) =>
          properties(
            [
              ['Client ID', String(me.clientId)],
              ['User ID', me.userId === null ? 'not logged in' : String(me.userId)],
              ['Address', me.address],
              ['Transport', me.transport],
              ['Consumer groups', String(me.consumerGroups.length)],
            ],
            style,
          ),
      };
    }),
  );
}
