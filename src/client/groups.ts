import { createConsumerGroup } from '../wire/classic/commands/create-consumer-group.ts';
import { deleteConsumerGroup } from '../wire/classic/commands/delete-consumer-group.ts';
import { getConsumerGroup } from '../wire/classic/commands/get-consumer-group.ts';
import { getConsumerGroups } from '../wire/classic/commands/get-consumer-groups.ts';
import { joinConsumerGroup } from '../wire/classic/commands/join-consumer-group.ts';
import { leaveConsumerGroup } from '../wire/classic/commands/leave-consumer-group.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type {
  ConsumerGroup,
  ConsumerGroupDetails,
} from '../wire/classic/structures/consumer-group.ts';
import type { Session } from './session.ts';
import type { RequestOptions } from './types.ts';

/**
 * Commands about consumer groups; stream, topic and group each by id or name. Who wants to read as
 * a member takes a `Consumer`, which joins by itself.
 */
export class Groups {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Status 1009 or 2010 for a missing stream or topic, 5004 when the name is taken. */
  create(
    stream: Identifier,
    topic: Identifier,
    name: string,
    options?: RequestOptions,
  ): Promise<ConsumerGroup> {
    const request = { streamId: stream, topicId: topic, name };
    return this.#session.request(createConsumerGroup, request, options);
  }

  /** With its members and their partitions; null when anything is missing. */
  get(
    stream: Identifier,
    topic: Identifier,
    group: Identifier,
    options?: RequestOptions,
  ): Promise<ConsumerGroupDetails | null> {
    return this.#session.request(getConsumerGroup, target(stream, topic, group), options);
  }

  /** The groups of a topic by ascending id, none for a missing stream or topic. */
  list(
    stream: Identifier,
    topic: Identifier,
    options?: RequestOptions,
  ): Promise<readonly ConsumerGroup[]> {
    const request = { streamId: stream, topicId: topic };
    return this.#session.request(getConsumerGroups, request, options);
  }

  /** Drops its members and stored offsets. Status 5000 when it is missing. */
  delete(
    stream: Identifier,
    topic: Identifier,
    group: Identifier,
    options?: RequestOptions,
  ): Promise<void> {
    return this.#session.request(deleteConsumerGroup, target(stream, topic, group), options);
  }

  /**
   * Makes the connection of this client a member; joining twice is once. A lost connection is no
   * member any more. Status 5000 when the group is missing.
   */
  join(
    stream: Identifier,
    topic: Identifier,
    group: Identifier,
    options?: RequestOptions,
  ): Promise<void> {
    return this.#session.request(joinConsumerGroup, target(stream, topic, group), options);
  }

  /** Gives the partitions back at once. Status 5006 for one that is no member. */
  leave(
    stream: Identifier,
    topic: Identifier,
    group: Identifier,
    options?: RequestOptions,
  ): Promise<void> {
    return this.#session.request(leaveConsumerGroup, target(stream, topic, group), options);
  }
}

function target(streamId: Identifier, topicId: Identifier, groupId: Identifier) {
  return { streamId, topicId, groupId };
}
