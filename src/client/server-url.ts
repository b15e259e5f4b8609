import { status } from '../wire/status.ts';
import { VeltroError } from './errors.ts';
import type { ConnectOptions } from './types.ts';

/** How a client can be connected. */
export type TransportName = 'tcp' | 'quic' | 'http' | 'ws';

/** Ports of the protocol when the url has none. */
const DEFAULT_PORTS: Readonly<Record<TransportName, number>> = {
  tcp: 8090,
  quic: 8080,
  http: 3000,
  ws: 8092,
};
const PORT_MAX = 65_535;
const DEFAULT_SCHEME = 'iggy';
/** Speaks TLS unless its options say otherwise. */
const SECURE_SCHEME = 'iggy+wss';
const SCHEMES: ReadonlyMap<string, TransportName> = new Map([
  [DEFAULT_SCHEME, 'tcp'],
  ['iggy+tcp', 'tcp'],
  ['iggy+quic', 'quic'],
  ['iggy+http', 'http'],
  ['iggy+ws', 'ws'],
  [SECURE_SCHEME, 'ws'],
]);
const PARTS = new RegExp(
  [
    /^(?:(?<scheme>[^:/?#@]*):\/\/)?/,
    /(?:(?<user>[^?#]*)@)?/,
    /(?<host>\[[^\]]*\]|[^:/?#@]*)(?::(?<port>[^/?#]*))?/,
    /\/?(?:\?(?<query>[^#]*))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/** The parts of a server url. */
export interface ServerUrl {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  /** What stands before the colon, or alone: then it may be a token. */
  readonly username?: string;
  readonly password?: string;
  readonly options: ConnectOptions;
}

/**
 * Parses `iggy://user:password@host:port?option=value`, `iggy://token@host:port` or `host:port`;
 * only the host is needed, and `iggy+quic`, `iggy+http`, `iggy+ws` in place of `iggy` are QUIC,
 * HTTP and WebSocket, `iggy+wss` WebSocket with TLS. User, password and token are percent-decoded,
 * and a token may also stand as it is: its slashes and plus signs are none of a url. Throws a
 * `VeltroError` with status 8000 that names the bad part and never repeats a password.
 */
export function parseServerUrl(url: string): ServerUrl {
  const parts = PARTS.exec(url)?.groups;
  if (parts === undefined) {
    throw badUrl('is not of the form iggy://user:password@host:port?option=value');
  }
  const transport = parseScheme(parts.scheme);
  return {
    transport,
    host: parseHost(parts.host),
    port: parsePort(parts.port, DEFAULT_PORTS[transport]),
    ...parseUser(parts.user),
    options: parseQuery(parts.query ?? '', parts.scheme === SECURE_SCHEME ? { tls: true } : {}),
  };
}

function parseScheme(scheme = DEFAULT_SCHEME): TransportName {
  const transport = SCHEMES.get(scheme);
  if (transport !== undefined) return transport;
  const known = [...SCHEMES.keys()].join(', ');
  throw badUrl(`has the scheme '${scheme}', but it must be one of ${known}`);
}

function parseHost(host: string): string {
  if (host === '' || host === '[]') throw badUrl('has no host');
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

function parsePort(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > PORT_MAX) {
    throw badUrl(`has the port '${text}', but it must be a whole number of 1 to ${PORT_MAX}`);
  }
  return port;
}

function parseUser(user: string | undefined): Pick<ServerUrl, 'username' | 'password'> {
  if (user === undefined) return {};
  const colon = user.indexOf(':');
  if (colon === -1) return { username: decoded(user, 'username') };
  return {
    username: decoded(user.slice(0, colon), 'username'),
    password: decoded(user.slice(colon + 1), 'password'),
  };
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl(`has a malformed percent escape in its ${part}`);
  }
}

type QueryOption = (text: string, name: string) => ConnectOptions;

const queryOptions: Readonly<Record<string, QueryOption>> = {
  connectTimeoutMs: (text, name) => ({ connectTimeoutMs: numberOf(text, name) }),
  requestTimeoutMs: (text, name) => ({ requestTimeoutMs: numberOf(text, name) }),
  requestsMax: (text, name) => ({ requestsMax: numberOf(text, name) }),
  tls: (text, name) => ({ tls: booleanOf(text, name) }),
  tlsCaFile: (caFile) => ({ tls: { caFile } }),
  tlsServerName: (serverName) => ({ tls: { serverName } }),
  tlsCertFile: (certFile) => ({ tls: { certFile } }),
  tlsKeyFile: (keyFile) => ({ tls: { keyFile } }),
  tlsVerify: (text, name) => ({ tls: { verify: booleanOf(text, name) } }),
  heartbeatIntervalMs: (text, name) => ({ heartbeatIntervalMs: numberOf(text, name) }),
  noDelay: (text, name) => ({ noDelay: booleanOf(text, name) }),
  reconnect: (text, name) => ({ reconnect: { enabled: booleanOf(text, name) } }),
  reconnectAttemptsMax: (text, name) => ({ reconnect: { attemptsMax: numberOf(text, name) } }),
  reconnectDelayMs: (text, name) => ({ reconnect: { delayMs: numberOf(text, name) } }),
  reconnectDelayMsMax: (text, name) => ({ reconnect: { delayMsMax: numberOf(text, name) } }),
};

function parseQuery(query: string, implied: ConnectOptions): ConnectOptions {
  let options = implied;
  for (const [name, text] of new URLSearchParams(query)) {
    if (!Object.hasOwn(queryOptions, name)) {
      const known = Object.keys(queryOptions).join(', ');
      throw badUrl(`has the unknown option '${name}'; the options are ${known}`);
    }
    options = mergedOptions(options, queryOptions[name](text, name));
  }
  return options;
}

/** Options over others, also within `reconnect` and `tls`. Undefined is not given. */
export function mergedOptions(base: ConnectOptions, over: ConnectOptions): ConnectOptions {
  return withoutUndefined({
    ...base,
    ...withoutUndefined(over),
    reconnect: { ...base.reconnect, ...withoutUndefined(over.reconnect) },
    tls: mergedTls(base.tls, over.tls),
  });
}

function mergedTls(base: ConnectOptions['tls'], over: ConnectOptions['tls']) {
  if (over === undefined) return base;
  const known = typeof base === 'object' ? base : {};
  if (typeof over === 'object') return { ...known, ...withoutUndefined(over) };
  return over && known;
}

function withoutUndefined<Options extends object>(options: Options | undefined): Partial<Options> {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Options>;
}

function numberOf(text: string, name: string): number {
  if (!/^\d+$/.test(text)) {
    throw badUrl(`has the option ${name} with '${text}', but it must be a whole number`);
  }
  return Number(text);
}

function booleanOf(text: string, name: string): boolean {
  if (text !== 'true' && text !== 'false') {
    throw badUrl(`has the option ${name} with '${text}', but it must be true or false`);
  }
  return text === 'true';
}

function badUrl(detail: string): VeltroError {
  return new VeltroError(status.InvalidConnectionString, `The server url ${detail}.`);
}
