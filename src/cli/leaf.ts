import type { Command } from 'commander';
import type { Client } from '../client/client.ts';
import { openClient, targetOf } from './connection.ts';
import {
  addConnectionOptions,
  addOutputOptions,
  type CommonOptions,
  commonOptions,
} from './options.ts';
import { type Answer, printAnswer } from './output.ts';
import type { Terminal } from './terminal.ts';

/** What a command says about itself. */
export interface LeafDescription {
  readonly summary: string;
  /** Command lines without the leading `veltro`. */
  readonly examples: readonly [string, ...string[]];
  /** True for a command that talks to no broker. */
  readonly isLocal?: boolean;
  /** Flags of the password where `-p` means something else. */
  readonly passwordFlags?: string;
}

/** A command at work: the connected client and the options that were typed. */
export interface Session {
  readonly client: Client;
  readonly common: CommonOptions;
  readonly terminal: Terminal;
  /** `iggy://…` with credentials: not for printing. */
  readonly server: string;
}

/** Describes a command, and gives it the options that all of them have. */
export function describeLeaf(command: Command, description: LeafDescription): Command {
  const { summary, examples, passwordFlags, isLocal } = description;
  command.description(summary);
  if (isLocal !== true) addConnectionOptions(command, passwordFlags);
  addOutputOptions(command);
  const lines = examples.map((example) => `  $ veltro ${example}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Adds a verb to a command group. */
export function addLeaf(group: Command, verb: string, description: LeafDescription): Command {
  return describeLeaf(group.command(verb), description);
}

/**
 * The action of a command: connects, runs `task` with the parsed arguments, prints its answer,
 * disconnects. Tasks that print for themselves answer nothing.
 */
export function withClient<Arguments extends unknown[], Options = object>(
  terminal: Terminal,
  task: (
    session: Session,
    options: Options,
    ...parameters: Arguments
  ) => Promise<Answer | undefined>,
): (...parameters: unknown[]) => Promise<void> {
  return async (...parameters) => {
    // Commander passes the arguments, then the options, then the command.
    const command = parameters.at(-1) as Command;
    const typed = parameters.slice(0, -2) as Arguments;
    const common = commonOptions(command);
    const target = targetOf(common, terminal.environment);
    const client = await openClient(target, terminal);
    try {
      const session = { client, common, terminal, server: target.url };
      const answer = await task(session, command.opts() as Options, ...typed);
      if (answer !== undefined) printAnswer(answer, common, terminal);
    } finally {
      await client.close();
    }
  };
}

/** The action of a command that talks to no broker: runs `task` with the parsed arguments. */
export function withoutClient<Arguments extends unknown[]>(
  terminal: Terminal,
  task: (...parameters: Arguments) => Answer,
): (...parameters: unknown[]) => void {
  return (...parameters) => {
    const common = commonOptions(parameters.at(-1) as Command);
    printAnswer(task(...(parameters.slice(0, -2) as Arguments)), common, terminal);
  };
}

/** An answer of one sentence, with the facts of it for programs. */
export function sentence(text: string, facts: Readonly<Record<string, unknown>>): Answer {
  return { json: facts, text: (style) => style.green(text) };
}
