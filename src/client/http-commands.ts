import { loginUser } from '../wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../wire/classic/commands/login-with-personal-access-token.ts';
import { logoutUser } from '../wire/classic/commands/logout-user.ts';
import { ping } from '../wire/classic/commands/ping.ts';
import { Reader } from '../wire/reader.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import { Writer } from '../wire/writer.ts';
import type { HttpAnswer, HttpQuestion } from './http-exchanges.ts';

/** Content type of the payloads of the protocol. */
const PAYLOAD_TYPE = 'application/vnd.veltro.payload';
const NOTHING = Buffer.alloc(0);
const FAILED = 300;
const TOO_LARGE = 413;

/** How a command is asked over HTTP, and what its answer means. */
export interface HttpCommand {
  readonly question: HttpQuestion;
  /** The payload of the response, from the body of an answer that is no error. */
  readonly read: (body: Buffer) => Buffer;
  /** The token to show from now on; null for none, undefined for the same. */
  readonly token?: (body: Buffer) => string | null;
}

/**
 * A command, with the payload of its request, as it is asked by a caller with a token or without:
 * logins and logouts by their own operations, all else as it is.
 */
export function httpCommand(command: string, payload: Buffer, token: string | null): HttpCommand {
  const headers: Record<string, string> =
    token === null ? {} : { authorization: `Bearer ${token}` };
  switch (command) {
    case loginUser.name:
      return loggingIn('/users/login', loginUser.readRequest(new Reader(payload)));
    case loginWithPersonalAccessToken.name: {
      const credentials = loginWithPersonalAccessToken.readRequest(new Reader(payload));
      return loggingIn('/personal-access-tokens/login', credentials);
    }
    case logoutUser.name: {
      const question = { method: 'DELETE', path: '/users/logout', headers } as const;
      return { question, read: nothing, token: () => null };
    }
    case ping.name:
      if (token === null) return { question: { method: 'GET', path: '/ping' }, read: nothing };
  }
  const type = { 'content-type': PAYLOAD_TYPE };
  const path = `/commands/${command}`;
  const question = {
    method: 'POST',
    path,
    headers: { ...headers, ...type },
    body: payload,
  } as const;
  return { question, read: (body) => body };
}

/** The status of the protocol that an answer stands for. */
export function statusOf(command: string, { status: httpStatus, body }: HttpAnswer): number {
  if (httpStatus < FAILED) return STATUS_OK;
  const code = httpStatus === TOO_LARGE ? status.TooBigMessagePayload : codeOf(httpStatus, body);
  // Over TCP an unknown token is a thing that was not found.
  const isUnknownToken = code === status.InvalidPersonalAccessToken;
  const isTokenLogin = command === loginWithPersonalAccessToken.name;
  return isUnknownToken && isTokenLogin ? status.ResourceNotFound : code;
}

/** For answers that others have given: balancers, and brokers without this way of asking. */
const fallbacks: Readonly<Record<number, number>> = {
  401: status.Unauthenticated,
  403: status.Unauthorized,
  404: status.FeatureUnavailable,
};

function codeOf(httpStatus: number, body: Buffer): number {
  return codeIn(body) ?? fallbacks[httpStatus] ?? status.InvalidHttpRequest;
}

function codeIn(body: Buffer): number | undefined {
  try {
    const { id } = JSON.parse(body.toString()) as { readonly id?: unknown };
    return typeof id === 'number' && id in fallbacks === false ? id : undefined;
  } catch {
    return undefined;
  }
}

interface Identity {
  readonly user_id: number;
  readonly access_token: { readonly token: string };
}

function loggingIn(path: string, credentials: object): HttpCommand {
  const headers = { 'content-type': 'application/json' };
  const question = { method: 'POST', path, headers, body: JSON.stringify(credentials) } as const;
  return {
    question,
    read: (body) => {
      const writer = new Writer();
      loginUser.writeResponse(writer, { userId: identityIn(body).user_id });
      return writer.finish();
    },
    token: (body) => identityIn(body).access_token.token,
  };
}

function identityIn(body: Buffer): Identity {
  return JSON.parse(body.toString()) as Identity;
}

function nothing(): Buffer {
  return NOTHING;
}
