import type { TransportKind } from '../wire/classic/structures/client.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import type { Session } from './session.ts';

/** All open connections by client id. */
export class Sessions {
  readonly #sessions = new Map<number, Session>();
  readonly #onClosed: (session: Session) => void;

  /** `onClosed` hears of connections that have ended. */
  constructor(onClosed: (session: Session) => void) {
    this.#onClosed = onClosed;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * A session for a new connection; its id is the hash of its address, moved on while it is taken.
   */
  open(address: string, transport: TransportKind): Session {
    let clientId = xxhash32(Buffer.from(address));
    while (clientId === 0 || this.#sessions.has(clientId)) clientId = (clientId + 1) >>> 0;
    const session: Session = {
      clientId,
      address,
      transport,
      user: null,
      lastHeartbeatMs: performance.now(),
      isOpen: true,
      knowsExtensions: false,
      isStale: false,
      live: undefined,
    };
    this.#sessions.set(clientId, session);
    return session;
  }

  find(clientId: number): Session | undefined {
    return this.#sessions.get(clientId);
  }

  close(session: Session): void {
    if (this.#sessions.get(session.clientId) !== session) return;
    this.#sessions.delete(session.clientId);
    session.isOpen = false;
    this.#onClosed(session);
  }

  /**
   * Turns away every connection that has sent no ping for so long. Returns them. Clients over HTTP
   * have none to send: they are gone when they ask for nothing.
   */
  turnAwaySilent(silenceMs: number): Session[] {
    const nowMs = performance.now();
    const silent = [...this].filter(
      ({ transport, lastHeartbeatMs }) =>
        transport !== 'http' && nowMs - lastHeartbeatMs > silenceMs,
    );
    for (const session of silent) {
      session.isStale = true;
      this.close(session);
    }
    return silent;
  }

  /** All of them, the oldest first. */
  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }
}
