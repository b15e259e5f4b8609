import type { Client } from '../client/client.ts';
import { VeltroError } from '../client/errors.ts';
import { parseServerUrl, type ServerUrl } from '../client/server-url.ts';
import { status } from '../wire/status.ts';
import { ContextFile, type SavedContext } from './contexts.ts';
import { CommandError, UsageError } from './errors.ts';
import type { CommonOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** The broker of those who say nothing. */
export const DEFAULT_SERVER = 'iggy://127.0.0.1';
const DEFAULT_ACCOUNT = 'iggy';
const DEFAULT_SCHEME = 'iggy';
const PARTS = /^(?:(?<scheme>[^:/?#@]*):\/\/)?(?<rest>[^?]*(?<query>.*))$/s;
/** Schemes of addresses, the usual one of each transport first. */
const transportsByScheme: ReadonlyMap<string, string> = new Map([
  ['iggy', 'tcp'],
  ['iggy+tcp', 'tcp'],
  ['iggy+quic', 'quic'],
  ['iggy+http', 'http'],
  ['iggy+ws', 'ws'],
  ['iggy+wss', 'wss'],
]);

/** What `--server` says. */
interface Server extends ServerUrl {
  /** As a client takes it. */
  readonly scheme: string;
  /** From its question mark on, or empty. */
  readonly query: string;
}

function schemeOf(transport: string): string {
  for (const [scheme, name] of transportsByScheme) if (name === transport) return scheme;
  const allowed = [...new Set(transportsByScheme.values())].join(', ');
  throw new UsageError(`The transport ${transport} is unknown; there are ${allowed}.`);
}

/** A transport that is given beside the address beats that of its scheme. */
function parseServer(text: string, transport?: string): Server {
  const { scheme: written = DEFAULT_SCHEME, rest, query } = PARTS.exec(text)!.groups!;
  const usual = transportsByScheme.get(written);
  if (usual === undefined) {
    throw new UsageError(`The server must start with iggy://, not ${written}://.`);
  }
  const scheme = schemeOf(transport ?? usual);
  try {
    return { ...parseServerUrl(`${scheme}://${rest}`), scheme, query };
  } catch (error) {
    if (error instanceof VeltroError) throw new UsageError(error.message);
    throw error;
  }
}

/** User and password, or a token, as they stand in an address. */
function login(options: CommonOptions, server: Server): string {
  const others = [options.username, options.password, server.password];
  const isAlone = others.every((given) => given === undefined);
  if (isAlone && server.username) return encodeURIComponent(server.username);
  const { username, password } = account(options, server);
  return `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
}

function account(options: CommonOptions, server: Server): { username: string; password: string } {
  const username = options.username ?? server.username ?? '';
  const sameUser = options.username === undefined || options.username === server.username;
  const password = options.password ?? (sameUser ? (server.password ?? '') : '');
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
  /**
   * `iggy://host:port`, or another scheme that a client takes, with name and password, or a token,
   * unless that is beside it.
   */
  readonly url: string;
  /** The token of a saved login. */
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
  const server = parseServer(text, options.transport);
  const isNamed = options.username !== undefined || options.password !== undefined;
  if (context?.token !== undefined && !isNamed) {
    return { url: `${server.scheme}://${placeOf(server)}`, token: context.token };
  }
  return { url: `${server.scheme}://${login(options, server)}@${placeOf(server)}` };
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
export function serverAddress(text: string): string {
  const server = parseServer(text);
  return `${server.scheme}://${placeOf(server)}`;
}

/** Host, port and options. */
function placeOf({ host, port, query }: Server): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}${query}`;
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
