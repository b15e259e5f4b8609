import {
  clientRequestsDefault,
  clientRequestsMax,
  timeoutMsMax,
  timeoutMsMin,
} from '../wire/limits.ts';
import { integerOption, invalidOption } from './checks.ts';
import { mergedOptions, parseServerUrl, type ServerUrl, type TransportName } from './server-url.ts';
import type { ConnectOptions, ReconnectOptions, TlsOptions } from './types.ts';

const CONNECT_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 30_000;
/** What other clients of the protocol do as well. */
const HEARTBEAT_INTERVAL_MS = 5000;
const RECONNECT_DELAY_MS = 100;
const RECONNECT_DELAY_MS_MAX = 5000;
const timeouts = [timeoutMsMin, timeoutMsMax] as const;

/** Name and password of a login. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A personal access token instead of name and password. */
export interface TokenCredentials {
  readonly token: string;
}

/** What `connect` was given, checked and complete. */
export interface ResolvedOptions {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | TokenCredentials | null;
  /** Null for a plain connection; QUIC is encrypted in any case. */
  readonly tls: TlsOptions | null;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestsMax: number;
  readonly heartbeatIntervalMs: number;
  readonly noDelay: boolean;
  readonly reconnect: Required<ReconnectOptions>;
}

/** Puts url, options and defaults together. Throws a `VeltroError` that names the bad field. */
export function resolveOptions(url: string | URL, options: ConnectOptions): ResolvedOptions {
  const server = parseServerUrl(String(url));
  const merged = mergedOptions(server.options, options);
  return {
    transport: server.transport,
    host: server.host,
    port: server.port,
    credentials: credentialsOf(server, options),
    tls: tlsOf(merged),
    connectTimeoutMs: timeout('connectTimeoutMs', merged.connectTimeoutMs, CONNECT_TIMEOUT_MS),
    requestTimeoutMs: timeout('requestTimeoutMs', merged.requestTimeoutMs, REQUEST_TIMEOUT_MS),
    requestsMax: integerOption('requestsMax', merged.requestsMax, clientRequestsDefault, [
      1,
      clientRequestsMax,
    ]),
    heartbeatIntervalMs: timeout(
      'heartbeatIntervalMs',
      merged.heartbeatIntervalMs,
      HEARTBEAT_INTERVAL_MS,
    ),
    noDelay: merged.noDelay ?? true,
    reconnect: reconnectOf(merged.reconnect ?? {}),
  };
}

function reconnectOf(options: ReconnectOptions): Required<ReconnectOptions> {
  const delayMs = timeout('reconnect.delayMs', options.delayMs, RECONNECT_DELAY_MS);
  return {
    enabled: options.enabled ?? true,
    attemptsMax: attemptsOf(options.attemptsMax),
    delayMs,
    delayMsMax: integerOption(
      'reconnect.delayMsMax',
      options.delayMsMax,
      Math.max(delayMs, RECONNECT_DELAY_MS_MAX),
      [delayMs, timeoutMsMax],
    ),
  };
}

function attemptsOf(value = Number.POSITIVE_INFINITY): number {
  if (value === Number.POSITIVE_INFINITY) return value;
  return integerOption('reconnect.attemptsMax', value, value, [1, Number.MAX_SAFE_INTEGER]);
}

function timeout(field: string, value: number | undefined, fallback: number): number {
  return integerOption(field, value, fallback, timeouts);
}

function tlsOf({ tls }: ConnectOptions): TlsOptions | null {
  if (tls === undefined || tls === false) return null;
  const options = tls === true ? {} : tls;
  if ((options.certFile === undefined) !== (options.keyFile === undefined)) {
    const given = options.certFile ?? options.keyFile ?? '';
    throw invalidOption(
      options.certFile === undefined ? 'tls.keyFile' : 'tls.certFile',
      given,
      'must be given together with the other of tls.certFile and tls.keyFile',
    );
  }
  return options;
}

function credentialsOf(
  server: ServerUrl,
  options: ConnectOptions,
): Credentials | TokenCredentials | null {
  const { token } = options;
  if (token !== undefined) return { token: tokenOf(token, options) };
  const username = options.username ?? server.username;
  const password = options.password ?? server.password;
  if (username === undefined && password === undefined) return null;
  if (username === undefined || username === '') {
    throw invalidOption('username', '', 'must be given together with a password');
  }
  if (password !== undefined) return { username, password };
  // As in the reference, what stands alone before the host is a token.
  if (options.username === undefined) return { token: username };
  throw invalidOption('username', username, 'must be given together with a password');
}

function tokenOf(token: string, { username, password }: ConnectOptions): string {
  if (username !== undefined || password !== undefined) {
    throw invalidOption('token', '…', 'must not be given together with username or password');
  }
  return token;
}
