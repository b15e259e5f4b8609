import { status } from '../wire/status.ts';
import type { Call } from './call.ts';
import { translated, VeltroError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { ResponseDecoder } from './response-decoder.ts';
import type { OpenTransport, Transport, TransportEvents } from './transport.ts';

/** What a connection tells its session. */
export interface ConnectionEvents {
  onAnswer(connection: Connection, call: Call, code: number, payload: Buffer): void;
  /** The connection is gone; `calls` were sent on it and have no answer, oldest first. */
  onLost(connection: Connection, calls: readonly Call[], error: VeltroError): void;
}

/** One connection: requests go out back to back, answers belong to them in order. */
export class Connection {
  readonly #events: ConnectionEvents;
  readonly #inFlight = new Fifo<Call>();
  readonly #decoder = new ResponseDecoder((code, payload) => this.#onResponse(code, payload));
  #transport: Transport | null = null;
  #isLost = false;

  private constructor(events: ConnectionEvents) {
    this.#events = events;
  }

  /** Opens a connection, or throws what the transport throws. */
  static async open(
    open: OpenTransport,
    events: ConnectionEvents,
    signal: AbortSignal,
  ): Promise<Connection> {
    const connection = new Connection(events);
    connection.#transport = await open(connection.#transportEvents(), signal);
    return connection;
  }

  /** Whether it ended, from either side. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends a call whose answer arrives by `onAnswer`, or which comes back by `onLost`. */
  send(call: Call): void {
    call.connection = this;
    call.sentMs = performance.now();
    this.#inFlight.push(call);
    if (this.#isLost) this.#giveBack(new VeltroError(status.ConnectionClosed));
    else this.#transport?.send(call.frame);
  }

  /** Gives the connection up: what it has not answered comes back by `onLost`. */
  abandon(error: VeltroError): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#transport?.close();
    this.#giveBack(error);
  }

  /** Ends a connection that owes no answer. */
  close(): void {
    this.#isLost = true;
    this.#transport?.close();
  }

  #giveBack(error: VeltroError): void {
    this.#events.onLost(this, this.#inFlight.drain(), error);
  }

  #transportEvents(): TransportEvents {
    return {
      receiveBuffer: () => this.#decoder.receiveBuffer(),
      onBytes: (bytes) => this.#onBytes(bytes),
      onClose: (error) => this.abandon(closedError(error)),
    };
  }

  #onBytes(bytes: Buffer): void {
    try {
      translated(status.InvalidBytesResponse, () => this.#decoder.push(bytes));
    } catch (error) {
      this.abandon(error as VeltroError);
    }
  }

  #onResponse(code: number, payload: Buffer): void {
    if (this.#isLost) return;
    // A broker that stops says so without being asked, so this status answers no request.
    if (code === status.Disconnected) {
      this.abandon(new VeltroError(status.ConnectionClosed, 'The broker is shutting down.'));
      return;
    }
    const call = this.#inFlight.shift();
    if (call !== undefined) {
      this.#events.onAnswer(this, call, code, payload);
      return;
    }
    const message = `The broker sent status ${code} without a request.`;
    this.abandon(new VeltroError(status.InvalidBytesResponse, message));
  }
}

function closedError(cause: Error | null): VeltroError {
  if (cause === null) {
    return new VeltroError(status.ConnectionClosed, 'The broker closed the connection.');
  }
  const message = `The connection to the broker broke: ${cause.message}.`;
  return new VeltroError(status.ConnectionClosed, message, { cause });
}
