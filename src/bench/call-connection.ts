import { Call } from '../client/call.ts';
import type { ResolvedOptions } from '../client/connect-options.ts';
import type { Connection } from '../client/connection.ts';
import { Deadlines } from '../client/deadlines.ts';
import { refusal, VeltroError } from '../client/errors.ts';
import { openConnectionOf } from '../client/open-connection.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import {
  connected,
  loggedIn,
  type ReadAnswer,
  type RequestConnection,
} from './request-connection.ts';

/** Sends frames by a connection of the client's, for transports that are none of bytes. */
export class CallConnection implements RequestConnection {
  readonly #timeoutMs: number;
  readonly #deadlines: Deadlines;
  #connection!: Connection;

  private constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#deadlines = new Deadlines((call) => this.#onExpired(call));
  }

  /** Connects and logs in. */
  static async open(options: ResolvedOptions): Promise<CallConnection> {
    const connection = new CallConnection(options.requestTimeoutMs);
    await connection.#connect(options);
    return loggedIn(connection, options);
  }

  async send<Value>(command: string, frame: Buffer, read: ReadAnswer<Value>): Promise<Value> {
    const call = new Call(command, frame, false, performance.now() + this.#timeoutMs);
    this.#deadlines.add(call);
    this.#connection.send(call);
    const payload = await call.answer;
    return read(payload, payload.byteLength);
  }

  close(): void {
    this.#deadlines.stop();
    this.#connection.close();
  }

  async #connect(options: ResolvedOptions): Promise<void> {
    const events = { onAnswer, onLost };
    const open = openConnectionOf(options);
    this.#connection = await connected(options, (signal) => open(events, signal));
  }

  #onExpired(call: Call): void {
    const message = `${call.command} had no answer within ${this.#timeoutMs} ms.`;
    this.#connection.abandon(new VeltroError(status.TaskTimeout, message));
  }
}

function onAnswer(_connection: Connection, call: Call, code: number, payload: Buffer): void {
  if (code === STATUS_OK) call.resolve(payload);
  else call.reject(refusal(call.command, code));
}

function onLost(_connection: Connection, calls: readonly Call[], error: VeltroError): void {
  for (const call of calls) call.reject(error);
}
