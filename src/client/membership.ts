import type { Codec } from '../wire/classic/codec.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import { status } from '../wire/status.ts';
import { abortable } from './abortable.ts';
import { VeltroError } from './errors.ts';
import { Groups } from './groups.ts';
import type { PollWaits } from './poll-waits.ts';
import type { Session } from './session.ts';
import type { RequestOptions } from './types.ts';

/** What sends requests: a session, or a membership, which sends them as a member. */
export type Requests = Pick<Session, 'request' | 'pollWaits'>;

/** A group of a topic. */
export interface GroupPlace {
  readonly stream: Identifier;
  readonly topic: Identifier;
  readonly group: Identifier;
  /** Whether a group that is missing is created, if it has a name. */
  readonly isCreated: boolean;
}

/**
 * A connection's place in a consumer group. Membership ends with the connection, or when the broker
 * misses a sign of life, so every request joins first when that has not been done or was undone.
 */
export class Membership implements Requests {
  readonly #session: Session;
  readonly #groups: Groups;
  readonly #place: GroupPlace;
  #joined: Promise<void> | null = null;
  #hasLeft = false;

  constructor(session: Session, place: GroupPlace) {
    this.#session = session;
    this.#groups = new Groups(session);
    this.#place = place;
  }

  get pollWaits(): PollWaits {
    return this.#session.pollWaits;
  }

  /** A request of a member; after `leave` it is sent without joining. */
  async request<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
    options: RequestOptions = {},
  ): Promise<Response> {
    if (this.#hasLeft) return this.#session.request(codec, request, options);
    const joined = this.#join();
    await abortable(joined, options.signal);
    try {
      return await this.#session.request(codec, request, options);
    } catch (error) {
      if (!isMembershipLost(error) || this.#hasLeft) throw error;
    }
    if (this.#joined === joined) this.#joined = null;
    await abortable(this.#join(), options.signal);
    return this.#session.request(codec, request, options);
  }

  /** For good. Without a connection nobody waits: the membership has ended with it. */
  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    const { stream, topic, group } = this.#place;
    // Whatever refuses this, such as a client that is closed, has ended the membership as well.
    const left = this.#joined?.then(() => this.#groups.leave(stream, topic, group)).catch(() => {});
    if (this.#session.isConnected) await left;
  }

  #join(): Promise<void> {
    this.#joined ??= this.#enter().catch((error: unknown) => {
      this.#joined = null;
      throw error;
    });
    return this.#joined;
  }

  async #enter(): Promise<void> {
    const { stream, topic, group, isCreated } = this.#place;
    try {
      await this.#groups.join(stream, topic, group);
    } catch (error) {
      const isMissing = hasCode(error, status.ConsumerGroupIdNotFound);
      if (!isMissing || !isCreated || typeof group !== 'string') throw error;
      await this.#create(group);
      await this.#groups.join(stream, topic, group);
    }
  }

  /** Another member may have been faster. */
  async #create(name: string): Promise<void> {
    try {
      await this.#groups.create(this.#place.stream, this.#place.topic, name);
    } catch (error) {
      if (!hasCode(error, status.ConsumerGroupNameAlreadyExists)) throw error;
    }
  }
}

/** True when the broker does not count the connection as a member, or not as a client at all. */
export function isMembershipLost(error: unknown): boolean {
  return hasCode(error, status.ConsumerGroupMemberNotFound) || hasCode(error, status.StaleClient);
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof VeltroError && error.code === code;
}
