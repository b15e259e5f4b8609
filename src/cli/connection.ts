import { UsageError } from './errors.ts';
import type { CommonOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_SERVER = 'iggy://127.0.0.1:8090';
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

/**
 * The address of the broker with the credentials in it: `--server`, else `VELTRO_SERVER`, else the
 * local default; `-u` and `-p` beat what stands in it.
 * @throws UsageError when it cannot be used.
 */
export function serverUrl(options: CommonOptions, environment: Terminal['environment']): string {
  const url = parseServer(options.server ?? (environment.VELTRO_SERVER || DEFAULT_SERVER));
  checkTransport(options.transport ?? schemes[url.protocol]);
  const { username, password } = account(options, url);
  const host = `${url.hostname}:${url.port || DEFAULT_PORT}`;
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return `iggy://${login}@${host}${url.search}`;
}

/** `host:port` of a server address, for sentences: without the credentials. */
export function addressOf(server: string): string {
  return new URL(server).host;
}
