import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import { VeltroError } from '../../client/errors.ts';
import { status } from '../../wire/status.ts';
import { DEFAULT_SERVER, serverAddress, targetOf } from '../connection.ts';
import { ContextFile, checkContextName, DEFAULT_CONTEXT } from '../contexts.ts';
import { describeLeaf, sentence } from '../leaf.ts';
import { type CommonOptions, commonOptions } from '../options.ts';
import { type Answer, printAnswer } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { expiryMicros } from '../values.ts';

interface LoginOptions {
  readonly expiry: bigint;
}

const EXPIRY_MICROS_DEFAULT = 30n * 24n * 3_600_000_000n;
const NAME_BYTES = 4;

/** Ends the token of an earlier login; it may have expired, or have been another user's. */
async function endToken(client: Client, name: string): Promise<void> {
  try {
    await client.tokens.delete(name);
  } catch (error) {
    const isGone = error instanceof VeltroError && error.code === status.ResourceNotFound;
    if (!isGone) throw error;
  }
}

/** Logs in with name and password, and keeps a token of its own instead of them. */
async function login(
  { expiry }: LoginOptions,
  common: CommonOptions,
  terminal: Terminal,
): Promise<Answer> {
  const { environment } = terminal;
  const file = new ContextFile(environment);
  const name = checkContextName(common.context ?? file.read().active ?? DEFAULT_CONTEXT);
  const before = file.find(name);
  const named = common.context === undefined ? undefined : before?.server;
  const server =
    common.server ?? named ?? (environment.VELTRO_SERVER || before?.server || DEFAULT_SERVER);
  const address = serverAddress(server);
  const { url } = targetOf({ ...common, server, context: undefined }, environment);
  const client = await terminal.connect(url);
  try {
    const tokenName = `veltro-cli-${randomBytes(NAME_BYTES).toString('hex')}`;
    const token = await client.tokens.create(tokenName, { expiryMicros: expiry });
    file.save(name, { server: address, token, tokenName });
    file.use(name);
    const isSameServer = before?.server === address;
    if (isSameServer && before.tokenName !== undefined) await endToken(client, before.tokenName);
  } finally {
    await client.close();
  }
  const text = `Logged in to ${address}; commands use context ${name} from now on.`;
  return sentence(text, { context: name, server: address });
}

/** `veltro login` */
export function configure(command: Command, terminal: Terminal): void {
  describeLeaf(command, {
    summary: 'log in once: save the broker and a personal access token, not the password',
    examples: [
      'login -u ann -p secret',
      'login --context production --server iggy://broker.example -u ann -p secret',
    ],
  })
    .addOption(
      new Option('--expiry <time>', 'how long the login is valid')
        .argParser(expiryMicros)
        .default(EXPIRY_MICROS_DEFAULT, '30days'),
    )
    .action(async (options: LoginOptions) => {
      const common = commonOptions(command);
      printAnswer(await login(options, common, terminal), common, terminal);
    });
}
