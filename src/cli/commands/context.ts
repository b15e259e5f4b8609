import type { Command } from 'commander';
import { serverAddress } from '../connection.ts';
import { ContextFile, checkContextName, type SavedContexts } from '../contexts.ts';
import { addLeaf, sentence, withoutClient } from '../leaf.ts';
import { type Answer, table } from '../output.ts';
import type { Terminal } from '../terminal.ts';

function listAnswer({ active, contexts }: SavedContexts): Answer {
  const rows = Object.entries(contexts).map(([name, { server, token }]) => ({
    name,
    server,
    isActive: name === active,
    isLoggedIn: token !== undefined,
  }));
  return {
    json: rows,
    text: (style) => {
      if (rows.length === 0) return 'There are no contexts yet.';
      const texts = rows.map(({ name, server, isActive, isLoggedIn }) => [
        isActive ? `${name} *` : name,
        server,
        isLoggedIn ? 'yes' : 'no',
      ]);
      return table(['Name (* is active)', 'Server', 'Logged in'], texts, style);
    },
  };
}

/** `veltro context …` */
export function configure(group: Command, terminal: Terminal): void {
  const file = new ContextFile(terminal.environment);
  addLeaf(group, 'create', {
    summary: 'save the address of a broker under a name; the first one becomes active',
    examples: ['context create production iggy://broker.example:8090'],
    isLocal: true,
  })
    .argument('<name>', 'letters, digits, dots, dashes')
    .argument('<server>', 'iggy://host:port; log in with veltro login')
    .action(
      withoutClient(terminal, (name: string, server: string) => {
        const address = serverAddress(server);
        file.save(checkContextName(name), { server: address });
        return sentence(`Saved context ${name} for ${address}.`, { name, server: address });
      }),
    );
  addLeaf(group, 'list', {
    summary: 'list the saved contexts',
    examples: ['context list', 'context list --json'],
    isLocal: true,
  }).action(withoutClient(terminal, () => listAnswer(file.read())));
  addLeaf(group, 'use', {
    summary: 'make a context the one that commands use when nothing else is said',
    examples: ['context use production'],
    isLocal: true,
  })
    .argument('<name>', 'of a context')
    .action(
      withoutClient(terminal, (name: string) => {
        file.use(name);
        return sentence(`Context ${name} is active.`, { name, active: true });
      }),
    );
  addLeaf(group, 'delete', {
    summary: 'forget a context; log out first to end its login at the broker, too',
    examples: ['context delete production'],
    isLocal: true,
  })
    .argument('<name>', 'of a context')
    .action(
      withoutClient(terminal, (name: string) => {
        file.delete(name);
        return sentence(`Deleted context ${name}.`, { name, deleted: true });
      }),
    );
}
