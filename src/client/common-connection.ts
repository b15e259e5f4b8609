import { status } from '../wire/status.ts';
import type { Call } from './call.ts';
import type { Connection, ConnectionEvents } from './connection.ts';
import { VeltroError } from './errors.ts';

/** What connections of all transports have in common: how calls go in, and how they come back. */
export abstract class CommonConnection implements Connection {
  protected readonly events: ConnectionEvents;
  #isLost = false;

  protected constructor(events: ConnectionEvents) {
    this.events = events;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  send(call: Call): void {
    call.connection = this;
    call.sentMs = performance.now();
    if (!this.#isLost) return this.carry(call);
    this.events.onLost(this, [call], new VeltroError(status.ConnectionClosed));
  }

  abandon(error: VeltroError): void {
    if (this.#isLost) return;
    this.close();
    this.events.onLost(this, this.drain(), error);
  }

  close(): void {
    this.#isLost = true;
    this.release();
  }

  /** Sends a call, now or when its turn comes. */
  protected abstract carry(call: Call): void;
  /** Removes all calls that have no answer, oldest first. */
  protected abstract drain(): Call[];
  /** Ends what the connection is made of. */
  protected abstract release(): void;
}
