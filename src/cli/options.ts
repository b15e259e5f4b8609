import { type Command, Option } from 'commander';
import { UsageError } from './errors.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly server?: string;
  readonly context?: string;
  readonly username?: string;
  readonly password?: string;
  readonly transport?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const CONNECTION_GROUP = 'Connection:';
const OUTPUT_GROUP = 'Output:';

/** Titles that the options of this file have in a help text. */
export const commonGroups: readonly string[] = [CONNECTION_GROUP, OUTPUT_GROUP];

const outputOptions = [
  ['--json', 'print JSON for programs'],
  ['-q, --quiet', 'print nothing but errors'],
] as const;

/** Adds `--json` and `--quiet`. */
export function addOutputOptions(command: Command): Command {
  for (const [flags, text] of outputOptions) {
    command.addOption(new Option(flags, text).helpGroup(OUTPUT_GROUP));
  }
  return command;
}

/** Adds the options that say which broker to talk to; `-p` stays free where a command needs it. */
export function addConnectionOptions(command: Command, passwordFlags = '-p, --password'): Command {
  const connection = [
    [
      '--server <url>',
      'iggy://user:password@host:port, or token@host:port; ?tls=true encrypts (default: ' +
        '$VELTRO_SERVER, the active context, or the local broker)',
    ],
    ['--context <name>', 'a broker that was saved with veltro login or veltro context create'],
    ['-u, --username <name>', 'user to log in as (default: iggy)'],
    [`${passwordFlags} <text>`, 'password of the user (default: iggy, for the default user)'],
    ['--transport <name>', 'tcp, quic, http, ws or wss (default: tcp)'],
  ] as const;
  for (const [flags, text] of connection) {
    command.addOption(new Option(flags, text).helpGroup(CONNECTION_GROUP));
  }
  return command;
}

/** The common options of a command; what stands behind the command beats what stands before it. */
export function commonOptions(command: Command): CommonOptions {
  const chain: Command[] = [];
  for (let node: Command | null = command; node !== null; node = node.parent) chain.unshift(node);
  const options: CommonOptions = Object.assign({}, ...chain.map((node) => node.opts()));
  if (options.json === true && options.quiet === true) {
    throw new UsageError('Give --json or --quiet, not both.');
  }
  return options;
}
