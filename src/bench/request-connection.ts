import type { ResolvedOptions } from '../client/connect-options.ts';
import { VeltroError } from '../client/errors.ts';
import type { Codec } from '../wire/classic/codec.ts';
import { loginUser } from '../wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../wire/classic/commands/login-with-personal-access-token.ts';
import { encodeRequest } from '../wire/classic/frame.ts';
import { status } from '../wire/status.ts';

/** What is read from an answer; the head is valid during the call only. */
export type ReadAnswer<Value> = (head: Buffer, length: number) => Value;

/**
 * One connection that sends encoded frames as they are. It does not come back: a benchmark that
 * lost a connection has failed.
 */
export interface RequestConnection {
  /** Sends a frame; its bytes must not change until the answer is there. */
  send<Value>(command: string, frame: Buffer, read: ReadAnswer<Value>): Promise<Value>;
  close(): void;
}

/** Opens what a connection is made of, in the time that the options allow. */
export async function connected<Opened>(
  { host, port, connectTimeoutMs }: ResolvedOptions,
  open: (signal: AbortSignal) => Promise<Opened>,
): Promise<Opened> {
  try {
    return await open(AbortSignal.timeout(connectTimeoutMs));
  } catch (cause) {
    const message = `No connection to ${host}:${port}: ${(cause as Error).message}.`;
    throw new VeltroError(status.CannotEstablishConnection, message, { cause });
  }
}

/** Sends a request whose answer has nothing that matters. */
export function requestOn<Request>(
  connection: RequestConnection,
  codec: Codec<Request, unknown>,
  request: Request,
): Promise<void> {
  return connection.send(codec.name, encodeRequest(codec, request), () => {});
}

/** Logs in, where there is somebody to log in; closes the connection when that fails. */
export async function loggedIn<Connection extends RequestConnection>(
  connection: Connection,
  { credentials }: ResolvedOptions,
): Promise<Connection> {
  try {
    if (credentials === null) return connection;
    if ('token' in credentials) {
      await requestOn(connection, loginWithPersonalAccessToken, credentials);
    } else {
      const login = { ...credentials, version: '', context: 'veltro bench' };
      await requestOn(connection, loginUser, login);
    }
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
