import { VeltroError } from '../client/errors.ts';
import { parseServerUrl, type ServerUrl } from '../client/server-url.ts';
import { UsageError } from './errors.ts';
import type { CommonOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_SERVER = 'iggy://127.0.0.1:8090';
const DEFAULT_ACCOUNT = 'iggy';
const DEFAULT_SCHEME = 'iggy';
const PARTS = /^(?:(?<scheme>[^:/?#@]*):\/\/)?(?<rest>[^?]*(?<query>.*))$/s;
const schemes: Readonly<Record<string, string>> = {
  iggy: 'tcp',
  'iggy+tcp': 'tcp',
  'iggy+quic': 'quic',
  'iggy+http': 'http',
  'iggy+ws': 'ws',
};
const transports = ['tcp', 'quic', 'http', 'ws'];

/** What `--server` says. */
interface Server extends ServerUrl {
  readonly transport: string;
  /** From its question mark on, or empty. */
  readonly query: string;
}

function checkTransport(transport: string): void {
  if (!transports.includes(transport)) {
    const allowed = transports.join(', ');
    throw new UsageError(`The transport ${transport} is unknown; there are ${allowed}.`);
  }
  if (transport !== 'tcp') {
    throw new UsageError(`The transport ${transport} is not available yet; use tcp.`);
  }
}

function parseServer(text: string): Server {
  const { scheme = DEFAULT_SCHEME, rest, query } = PARTS.exec(text)!.groups!;
  const transport = schemes[scheme];
  if (transport === undefined) {
    throw new UsageError(`The server must start with iggy://, not ${scheme}://.`);
  }
  try {
    return { ...parseServerUrl(`${DEFAULT_SCHEME}://${rest}`), transport, query };
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

/**
 * The address of the broker with the credentials in it: `--server`, else `VELTRO_SERVER`, else the
 * local default; `-u` and `-p` beat what stands in it.
 * @throws UsageError when it cannot be used.
 */
export function serverUrl(options: CommonOptions, environment: Terminal['environment']): string {
  const server = parseServer(options.server ?? (environment.VELTRO_SERVER || DEFAULT_SERVER));
  checkTransport(options.transport ?? server.transport);
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  return `iggy://${login(options, server)}@${host}:${server.port}${server.query}`;
}

/** `host:port` of a server address, for sentences: without the credentials. */
export function addressOf(server: string): string {
  return new URL(server).host;
}
