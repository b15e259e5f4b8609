import { randomUUID } from 'node:crypto';
import type { UserRecord } from '../../catalog/state.ts';
import type { Session } from '../../commands/session.ts';
import type { Sessions } from '../../commands/sessions.ts';
import { groupSessionsMax } from '../../wire/limits.ts';
import { notFound } from './errors.ts';
import { UserQuota } from './user-quota.ts';

/** A member of a consumer group that has no connection: it is there as long as it asks. */
export interface GroupSession {
  /** A secret of its user, and unique. */
  readonly id: string;
  readonly userId: number;
  /** As it is shown among the clients of the broker. */
  readonly session: Session;
  /** For how long it may ask for nothing. */
  readonly idleMs: number;
  /** What it asks for at the moment. */
  requestsCount: number;
  /** When it asked last, by a clock that never goes back. */
  lastUsedMs: number;
}

/** Who is a member of a consumer group over HTTP. */
export class GroupSessions {
  readonly #clients: Sessions;
  readonly #quota = new UserQuota('sessions', groupSessionsMax);
  readonly #byId = new Map<string, GroupSession>();

  /** `clients` are all clients of the broker, whatever their transport. */
  constructor(clients: Sessions) {
    this.#clients = clients;
  }

  /** A new client, which joins groups by commands. Throws an `ApiError` with status 429. */
  open(address: string, user: UserRecord, idleMs: number): GroupSession {
    this.#quota.assertRoom(user.id);
    this.#quota.take(user.id);
    const session = this.#clients.open(address, 'http');
    session.user = user;
    const lastUsedMs = performance.now();
    const id = randomUUID();
    const opened = { id, userId: user.id, session, idleMs, requestsCount: 0, lastUsedMs };
    this.#byId.set(opened.id, opened);
    return opened;
  }

  /** The session of a user. Throws an `ApiError` with status 404. */
  find(id: string, user: UserRecord | null): GroupSession {
    const found = this.#byId.get(id);
    if (found === undefined || found.session.user !== user || isIdle(found)) {
      throw notFound('There is no such session of yours: it was ended, or idle for too long.');
    }
    return found;
  }

  /** Does something for a session, which is not idle meanwhile. */
  async use<Result>(found: GroupSession, work: () => Promise<Result>): Promise<Result> {
    found.requestsCount++;
    try {
      return await work();
    } finally {
      found.requestsCount--;
      found.lastUsedMs = performance.now();
    }
  }

  /** The client is gone, and leaves its groups. */
  close({ id, userId, session }: GroupSession): void {
    if (!this.#byId.delete(id)) return;
    this.#quota.give(userId);
    this.#clients.close(session);
  }

  /** Closes those that have been idle for too long. */
  closeIdle(): void {
    for (const session of this.#byId.values()) if (isIdle(session)) this.close(session);
  }
}

function isIdle({ requestsCount, lastUsedMs, idleMs }: GroupSession): boolean {
  return requestsCount === 0 && performance.now() - lastUsedMs > idleMs;
}
