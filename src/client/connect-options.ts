import {
  clientRequestsDefault,
  clientRequestsMax,
  timeoutMsMax,
  timeoutMsMin,
} from '../wire/limits.ts';
import { assertExclusive, integerOption, invalidOption } from './checks.ts';
import { parseServerUrl, type ServerUrl } from './server-url.ts';
import type { ConnectOptions, ReconnectOptions } from './types.ts';

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
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | TokenCredentials | null;
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
  const merged = { ...server.options, ...withoutUndefined(options) };
  return {
    host: server.host,
    port: server.port,
    credentials: credentialsOf(server, options),
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
    reconnect: reconnectOf({ ...server.options.reconnect, ...withoutUndefined(options.reconnect) }),
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

function credentialsOf(
  server: ServerUrl,
  options: ConnectOptions,
): Credentials | TokenCredentials | null {
  const { token } = options;
  assertExclusive(['username', options.username], ['token', token]);
  if (token !== undefined) return { token };
  const username = options.username ?? server.username;
  const password = options.password ?? server.password;
  if (username === undefined && password === undefined) return null;
  if (username === undefined || username === '') {
    throw invalidOption('username', '', 'must be given together with a password');
  }
  if (password === undefined) {
    throw invalidOption('username', username, 'must be given together with a password');
  }
  return { username, password };
}

function withoutUndefined<Options extends object>(options: Options | undefined): Partial<Options> {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Options>;
}
