import type { Command } from 'commander';
import { isLoginInvalid, targetOf } from '../connection.ts';
import { ContextFile, DEFAULT_CONTEXT } from '../contexts.ts';
import { CommandError } from '../errors.ts';
import { describeLeaf, sentence } from '../leaf.ts';
import { type CommonOptions, commonOptions } from '../options.ts';
import { type Answer, printAnswer } from '../output.ts';
import type { Terminal } from '../terminal.ts';

/** Deletes the token of a login; one that the broker does not know any more has ended already. */
async function endLogin(context: string, tokenName: string, terminal: Terminal): Promise<void> {
  const { url, token } = targetOf({ context }, terminal.environment);
  try {
    const client = await terminal.connect(url, { token });
    try {
      await client.tokens.delete(tokenName);
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!isLoginInvalid(error)) throw error;
  }
}

async function logout(common: CommonOptions, terminal: Terminal): Promise<Answer> {
  const file = new ContextFile(terminal.environment);
  const name = common.context ?? file.read().active ?? DEFAULT_CONTEXT;
  const { server, tokenName } = file.find(name) ?? {};
  if (server === undefined || tokenName === undefined) {
    throw new CommandError(`Context ${name} has no login.`);
  }
  await endLogin(name, tokenName, terminal);
  file.save(name, { server });
  return sentence(`Logged out of ${server}.`, { context: name, server });
}

/** `veltro logout` */
export function configure(command: Command, terminal: Terminal): void {
  describeLeaf(command, {
    summary: 'end the login of a context: delete its token here and at the broker',
    examples: ['logout', 'logout --context production'],
  }).action(async () => {
    const common = commonOptions(command);
    printAnswer(await logout(common, terminal), common, terminal);
  });
}
