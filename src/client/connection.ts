import { status } from '../wire/status.ts';
import type { Call } from './call.ts';
import { VeltroError } from './errors.ts';

/** What a connection tells its session. */
export interface ConnectionEvents {
  onAnswer(connection: Connection, call: Call, code: number, payload: Buffer): void;
  /** The connection is gone; `calls` were sent on it and have no answer, oldest first. */
  onLost(connection: Connection, calls: readonly Call[], error: VeltroError): void;
}

/** One connection to a broker, of whatever transport. */
export interface Connection {
  /** Whether it ended, from either side. */
  readonly isLost: boolean;
  /** Sends a call whose answer arrives by `onAnswer`, or which comes back by `onLost`. */
  send(call: Call): void;
  /** Gives the connection up: what it has not answered comes back by `onLost`. */
  abandon(error: VeltroError): void;
  /** Ends a connection that owes no answer. */
  close(): void;
}

/** Opens a connection or throws what its transport throws; the signal ends the attempt. */
export type OpenConnection = (events: ConnectionEvents, signal: AbortSignal) => Promise<Connection>;

/** The error of calls whose connection ended, by the broker's will when there is no cause. */
export function closedError(cause: Error | null): VeltroError {
  if (cause === null) {
    return new VeltroError(status.ConnectionClosed, 'The broker closed the connection.');
  }
  const message = `The connection to the broker broke: ${cause.message}.`;
  return new VeltroError(status.ConnectionClosed, message, { cause });
}
