import type { TransportKind } from '../wire/classic/structures/client.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import type { Session } from './session.ts';

/** All open connections by client id. */
export class Sessions {
  readonly #sessions = new Map<number, Session>();

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * A session for a new connection; its id is the hash of its address, moved on while it is taken.
   */
  open(address: string, transport: TransportKind): Session {
    let clientId = xxhash32(Buffer.from(address));
    while (clientId === 0 || this.#sessions.has(clientId)) clientId = (clientId + 1) >>> 0;
    const session: Session = { clientId, address, transport, user: null };
    this.#sessions.set(clientId, session);
    return session;
  }

  find(clientId: number): Session | undefined {
    return this.#sessions.get(clientId);
  }

  close(session: Session): void {
    this.#sessions.delete(session.clientId);
  }

  /** All of them, the oldest first. */
  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }
}
