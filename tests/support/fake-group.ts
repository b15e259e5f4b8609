import type { ConsumerTarget } from '../../src/wire/classic/structures/consumer.ts';
import { status } from '../../src/wire/status.ts';
import type { FakeConnection, Reaction } from './fake-broker.ts';

type Handler = (request: never, connection: FakeConnection) => Reaction | Promise<Reaction>;

const ok: Reaction = { response: undefined };

/** One consumer group of the fake topic: who is a member, and what a stranger is answered. */
export class FakeGroup {
  /** False until somebody creates it. */
  exists = true;
  /** Connections by their number. */
  readonly members = new Set<number>();

  handlers(): [string, Handler][] {
    return [
      ['consumer_group.create', () => this.#create()],
      ['consumer_group.join', (_request, connection) => this.#join(connection)],
      ['consumer_group.leave', (_request, connection) => this.#leave(connection)],
    ];
  }

  /** A handler that refuses members of a group who are none. */
  guard(handler: Handler): Handler {
    return (request: ConsumerTarget, connection) => {
      const isStranger = request.consumer.kind === 'group' && !this.members.has(connection.id);
      return isStranger
        ? { status: status.ConsumerGroupMemberNotFound }
        : handler(request as never, connection);
    };
  }

  #create(): Reaction {
    if (this.exists) return { status: status.ConsumerGroupNameAlreadyExists };
    this.exists = true;
    return { response: { id: 0, partitionsCount: 1, membersCount: 0, name: 'mail' } };
  }

  #join({ id }: FakeConnection): Reaction {
    if (!this.exists) return { status: status.ConsumerGroupIdNotFound };
    this.members.add(id);
    return ok;
  }

  #leave({ id }: FakeConnection): Reaction {
    return this.members.delete(id) ? ok : { status: status.ConsumerGroupMemberNotFound };
  }
}
