import type { Client } from '../client/client.ts';
import { VeltroError } from '../client/errors.ts';
import { status } from '../wire/status.ts';
import { ContextFile, type SavedContext } from './contexts.ts';
import { CommandError, UsageError } from './errors.ts';
import type { CommonOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** The broker of those who say nothing. */
export const DEFAULT_SERVER = 'iggy://127.0.0.1:8090';
const DEFAULT_PORT = '8090';
const DEFAULT_ACCOUNT = 'iggy';
const schemes: Readonly<Record<string, string>> = {
  'iggy:': 'tcp',
  'iggy+tcp:': 'tcp',
  'iggy+quic:': 'quic',
  'iggy+http:': 'http',
  'iggy+ws:': 'ws',
};
const transports = ['tcp', 'quic', 'http', 'ws'];

function checkTransport(transport: string): void {
  if (!transports.includes(transport)) {
    const allowed = transports.join(', ');
    throw new UsageError(`The transport ${transport} is unknown; there are ${allowed}.`);
  }
  if (transport !== 'tcp') {
    throw new UsageError(`The transport ${transport} is not available yet; use tcp.`);
  }
}

function parseServer(text: string): URL {
  const full = text.includes('://') ? text : `iggy://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || url.hostname === '') {
    // The text may hold a password, so it is not repeated.
    throw new UsageError('The server must be written iggy://user:password@host:port.');
  }
  if (schemes[url.protocol] === undefined) {
    throw new UsageError(`The server must start with iggy://, not ${url.protocol}//.`);
  }
  return url;
}

function account(options: CommonOptions, url: URL): { username: string; password: string } {
  const username = options.username ?? decodeURIComponent(url.username);
  const sameUser = options.username === undefined || options.username === url.username;
  const password = options.password ?? (sameUser ? decodeURIComponent(url.password) : '');
  if (username === '') return { username: DEFAULT_ACCOUNT, password: password || DEFAULT_ACCOUNT };
  if (password === '') {
    throw new UsageError(
      `The password of ${username} is missing: give --password, or put it into --server.`,
    );
  }
  return { username, password };
}

/** Where to connect to, and as whom. */
export interface Target {
  /** `iggy://host:port`, with name and password unless there is a token. */
  readonly url: string;
  readonly token?: string;
}

/**
 * The broker to use: `--server` or `--context`, else `VELTRO_SERVER`, else the active context, else
 * the local default. `-u` and `-p` beat the credentials that come with it.
 * @throws UsageError when it cannot be used, CommandError when the context cannot.
 */
export function targetOf(options: CommonOptions, environment: Terminal['environment']): Target {
  const context = contextOf(options, environment);
  const text = context?.server ?? options.server ?? (environment.VELTRO_SERVER || DEFAULT_SERVER);
  const url = parseServer(text);
  checkTransport(options.transport ?? schemes[url.protocol]);
  const place = `${hostOf(url)}${url.search}`;
  const isNamed = options.username !== undefined || options.password !== undefined;
  if (context?.token !== undefined && !isNamed) {
    return { url: `iggy://${place}`, token: context.token };
  }
  const { username, password } = account(options, url);
  return { url: `iggy://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${place}` };
}

function contextOf(
  { server, context }: CommonOptions,
  environment: Terminal['environment'],
): SavedContext | undefined {
  if (server !== undefined && context !== undefined) {
    throw new UsageError('Give --server or --context, not both.');
  }
  const file = new ContextFile(environment);
  if (context !== undefined) return file.get(context);
  if (server !== undefined || environment.VELTRO_SERVER) return undefined;
  const { active } = file.read();
  return active === undefined ? undefined : file.get(active);
}

/** The address of a server as a context keeps it: without credentials. */
export function serverAddress(server: string): string {
  const url = parseServer(server);
  return `${url.protocol}//${hostOf(url)}${url.search}`;
}

function hostOf(url: URL): string {
  return `${url.hostname}:${url.port || DEFAULT_PORT}`;
}

/** Connects; a saved login that the broker does not accept any more is a `CommandError`. */
export async function openClient({ url, token }: Target, terminal: Terminal): Promise<Client> {
  try {
    return await terminal.connect(url, { token });
  } catch (error) {
    if (token === undefined || !isLoginInvalid(error)) throw error;
    throw new CommandError('The saved login is not valid any more; log in again: veltro login.');
  }
}

/** True when the broker does not know a token, or no longer. */
export function isLoginInvalid(error: unknown): boolean {
  const codes: readonly number[] = [status.ResourceNotFound, status.PersonalAccessTokenExpired];
  return error instanceof VeltroError && codes.includes(error.code);
}

/** `host:port` of a server address, for sentences: without the credentials. */
export function addressOf(server: string): string {
  return new URL(server).host;
}
