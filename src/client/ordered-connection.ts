import { status } from '../wire/status.ts';
import type { Call } from './call.ts';
import {
  type Connection,
  type ConnectionEvents,
  closedError,
  type OpenConnection,
} from './connection.ts';
import { translated, VeltroError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { ResponseDecoder } from './response-decoder.ts';
import type { OpenTransport, Transport, TransportEvents } from './transport.ts';

/** A connection of bytes: requests go out back to back, answers belong to them in order. */
export class OrderedConnection implements Connection {
  readonly #events: ConnectionEvents;
  readonly #inFlight = new Fifo<Call>();
  readonly #decoder = new ResponseDecoder((code, payload) => this.#onResponse(code, payload));
  #transport: Transport | null = null;
  #isLost = false;

  private constructor(events: ConnectionEvents) {
    this.#events = events;
  }

  /** Connections over what a transport opens. */
  static over(open: OpenTransport): OpenConnection {
    return async (events, signal) => {
      const connection = new OrderedConnection(events);
      connection.#transport = await open(connection.#transportEvents(), signal);
      return connection;
    };
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  send(call: Call): void {
    call.connection = this;
    call.sentMs = performance.now();
    this.#inFlight.push(call);
    if (this.#isLost) this.#giveBack(new VeltroError(status.ConnectionClosed));
    else this.#transport?.send(call.frame);
  }

  abandon(error: VeltroError): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#transport?.close();
    this.#giveBack(error);
  }

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
