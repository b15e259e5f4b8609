import { type ConnectionMessage, channels } from '../diagnostics/channels.ts';
import type { TransportKind } from '../wire/classic/structures/client.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import type { Session } from './session.ts';

/** All open connections by client id. */
export class Sessions {
  readonly #sessions = new Map<number, Session>();
  readonly #broker: string;
  readonly #onClosed: (session: Session) => void;

  /** `broker` is its data directory; `onClosed` hears of connections that have ended. */
  constructor(broker: string, onClosed: (session: Session) => void) {
    this.#broker = broker;
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
    const { connectionOpened } = channels;
    if (connectionOpened.hasSubscribers) connectionOpened.publish(this.#messageOf(session));
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
    const { connectionClosed } = channels;
    if (connectionClosed.hasSubscribers) connectionClosed.publish(this.#messageOf(session));
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

  #messageOf({ clientId, address, transport }: Session): ConnectionMessage {
    return { broker: this.#broker, clientId, address, transport };
  }

  /** All of them, the oldest first. */
  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }
}
