import { Command, CommanderError, Help } from 'commander';
import { packageVersion } from '../broker/version.ts';
import { exitCodeOf, exitCodes, sentenceOf } from './errors.ts';
import { addConnectionOptions, addOutputOptions, commonGroups } from './options.ts';
import { styleFor } from './output.ts';
import type { Terminal } from './terminal.ts';

/** What the module of a command group exports: it adds verbs, arguments and options. */
interface CommandModule {
  configure(command: Command, terminal: Terminal): void;
}

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Only the module of the command that was typed is loaded, so that every command starts fast. */
  readonly load: () => Promise<CommandModule>;
}

const entries: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'run a broker',
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'ping',
    summary: 'ask the broker for a sign of life and measure the time',
    load: () => import('./commands/ping.ts'),
  },
  {
    name: 'me',
    summary: 'show how the broker sees this client',
    load: () => import('./commands/me.ts'),
  },
  {
    name: 'stats',
    summary: 'show what the broker holds and uses',
    load: () => import('./commands/stats.ts'),
  },
  {
    name: 'snapshot',
    summary: 'save what the broker can tell of itself and its machine',
    load: () => import('./commands/snapshot.ts'),
  },
  {
    name: 'stream',
    summary: 'create, show, rename, empty and delete streams',
    load: () => import('./commands/stream.ts'),
  },
  {
    name: 'topic',
    summary: 'create, show, change, empty and delete topics',
    load: () => import('./commands/topic.ts'),
  },
  {
    name: 'partition',
    summary: 'add partitions to a topic and delete them',
    load: () => import('./commands/partition.ts'),
  },
  {
    name: 'segment',
    summary: 'delete the oldest files of a partition',
    load: () => import('./commands/segment.ts'),
  },
  {
    name: 'message',
    summary: 'send, read and flush messages',
    load: () => import('./commands/message.ts'),
  },
  {
    name: 'group',
    summary: 'create, show and delete consumer groups',
    load: () => import('./commands/group.ts'),
  },
  {
    name: 'offset',
    summary: 'show, set and delete the offset that a consumer has stored',
    load: () => import('./commands/offset.ts'),
  },
  {
    name: 'user',
    summary: 'create, show, change and delete users and what they may do',
    load: () => import('./commands/user.ts'),
  },
  {
    name: 'token',
    summary: 'create, list and delete your personal access tokens',
    load: () => import('./commands/token.ts'),
  },
  {
    name: 'login',
    summary: 'log in once for all commands that follow',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    summary: 'end that login',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'context',
    summary: 'save brokers under names, and choose one',
    load: () => import('./commands/context.ts'),
  },
  {
    name: 'client',
    summary: 'show who is connected',
    load: () => import('./commands/client.ts'),
  },
  {
    name: 'bench',
    summary: 'measure how fast a broker is',
    load: () => import('./commands/bench.ts'),
  },
  {
    name: 'verify',
    summary: 'check a data directory without a broker',
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'repair',
    summary: 'make a data directory with a damaged catalog start again',
    load: () => import('./commands/repair.ts'),
  },
];

const firstSteps = `
Examples:
  $ veltro start --with-default-root-credentials
  $ veltro stream create dev
  $ veltro topic create dev events --partitions 4
  $ veltro message send dev events "Hello"
  $ veltro message poll dev events

Every command explains itself: veltro stream --help, veltro message send --help.
`;

/** Commander words errors as "error: …" with hints on further lines; here they become one line. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
}

function printError(sentence: string, terminal: Terminal): void {
  const style = styleFor(terminal.stderr, terminal.environment);
  const lines = sentence.split('\n').map((line) => `${style.red('error:')} ${line}\n`);
  terminal.stderr.write(lines.join(''));
}

/** In a help text, what all commands have in common stands behind what is special to one. */
const groupItems: Help['groupItems'] = (...parameters) => {
  const groups = Help.prototype.groupItems(...parameters);
  const isCommon = ([title]: readonly [string, unknown]) => commonGroups.includes(title);
  const all = [...groups];
  return new Map([...all.filter((group) => !isCommon(group)), ...all.filter(isCommon)]);
};

function createProgram(terminal: Terminal): Command {
  const program = new Command('veltro')
    .description('A persistent message-streaming broker and its command line.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp({ groupItems })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text) => printError(oneLine(text), terminal),
    })
    .addHelpText('after', firstSteps);
  addOutputOptions(addConnectionOptions(program));
  for (const { name, summary } of entries) program.command(name).description(summary);
  program.hook('preSubcommand', async (_program, command) => {
    const entry = entries.find(({ name }) => name === command.name());
    (await entry?.load())?.configure(command, terminal);
  });
  return program;
}

/** `help stream create` means `stream create --help`; nothing at all asks for help, too. */
function normalizedArguments(typed: readonly string[]): readonly string[] {
  if (typed.length === 0) return ['--help'];
  return typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed;
}

/** Runs one command line and returns the exit code: 0 success, 1 failure, 2 wrong usage. */
export async function runProgram(typed: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(normalizedArguments(typed), { from: 'user' });
    return exitCodes.success;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    }
    printError(sentenceOf(error), terminal);
    return exitCodeOf(error);
  }
}
