import { status } from '../wire/status.ts';
import type { Call } from './call.ts';
import { CommonConnection } from './common-connection.ts';
import { closedError, type OpenConnection } from './connection.ts';
import { translated, VeltroError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { ResponseDecoder } from './response-decoder.ts';
import type { OpenTransport, Transport, TransportEvents } from './transport.ts';

/** A connection of bytes: requests go out back to back, answers belong to them in order. */
export class OrderedConnection extends CommonConnection {
  readonly #inFlight = new Fifo<Call>();
  readonly #decoder = new ResponseDecoder((code, payload) => this.#onResponse(code, payload));
  #transport: Transport | null = null;

  /** Connections over what a transport opens. */
  static over(open: OpenTransport): OpenConnection {
    return async (events, signal) => {
      const connection = new OrderedConnection(events);
      connection.#transport = await open(connection.#transportEvents(), signal);
      return connection;
    };
  }

  protected carry(call: Call): void {
    this.#inFlight.push(call);
    this.#transport?.send(call.frame);
  }

  protected drain(): Call[] {
    return this.#inFlight.drain();
  }

  protected release(): void {
    this.#transport?.close();
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
    if (this.isLost) return;
    // A broker that stops says so without being asked, so this status answers no request.
    if (code === status.Disconnected) {
      this.abandon(new VeltroError(status.ConnectionClosed, 'The broker is shutting down.'));
      return;
    }
    const call = this.#inFlight.shift();
    if (call !== undefined) {
      this.events.onAnswer(this, call, code, payload);
      return;
    }
    const message = `The broker sent status ${code} without a request.`;
    this.abandon(new VeltroError(status.InvalidBytesResponse, message));
  }
}
