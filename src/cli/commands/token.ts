import type { Command } from 'commander';
import { isoTime, shortTime } from '../format.ts';
import { addLeaf, sentence, withClient } from '../leaf.ts';
import { table } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { expiryMicros } from '../values.ts';

interface CreateOptions {
  readonly expiry?: bigint;
}

function addReaders(group: Command, terminal: Terminal): void {
  addLeaf(group, 'list', {
    summary: 'list your personal access tokens',
    examples: ['token list', 'token list --json'],
  }).action(
    withClient(terminal, async ({ client }) => {
      const tokens = await client.tokens.list();
      const rows = tokens.map(({ name, expiryAt }) => [
        name,
        expiryAt === 0n ? 'never' : shortTime(expiryAt),
      ]);
      return {
        json: tokens.map(({ name, expiryAt }) => ({
          name,
          expiresAt: expiryAt === 0n ? null : isoTime(expiryAt),
        })),
        text: (style) =>
          rows.length === 0 ? 'There are no tokens yet.' : table(['Name', 'Expires'], rows, style),
      };
    }),
  );
}

/** `veltro token …` */
export function configure(group: Command, terminal: Terminal): void {
  addLeaf(group, 'create', {
    summary: 'create a personal access token, and print it this once',
    examples: ['token create ci', 'token create ci --expiry 30days'],
  })
    .argument('<name>', 'name, 3 to 30 bytes')
    .option('--expiry <time>', 'how long it is valid (default: for ever)', expiryMicros)
    .action(
      withClient(terminal, async ({ client }, { expiry }: CreateOptions, name: string) => {
        const token = await client.tokens.create(name, { expiryMicros: expiry });
        return { json: { name, token }, text: () => token };
      }),
    );
  addReaders(group, terminal);
  addLeaf(group, 'delete', {
    summary: 'delete one of your personal access tokens',
    examples: ['token delete ci'],
  })
    .argument('<name>', 'name')
    .action(
      withClient(terminal, async ({ client }, _, name: string) => {
        await client.tokens.delete(name);
        return sentence(`Deleted token ${name}.`, { name, deleted: true });
      }),
    );
}
