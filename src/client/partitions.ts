import { createPartitions } from '../wire/classic/commands/create-partitions.ts';
import { deletePartitions } from '../wire/classic/commands/delete-partitions.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { Session } from './session.ts';
import type { RequestOptions } from './types.ts';

/** Commands about the number of partitions of a topic. */
export class Partitions {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Adds 1..1000 partitions (status 2015 otherwise) behind the present ones. */
  create(
    stream: Identifier,
    topic: Identifier,
    count: number,
    options?: RequestOptions,
  ): Promise<void> {
    const request = { streamId: stream, topicId: topic, partitionsCount: count };
    return this.#session.request(createPartitions, request, options);
  }

  /** Deletes the last `count` partitions with their messages. Status 2019 when there are fewer. */
  delete(
    stream: Identifier,
    topic: Identifier,
    count: number,
    options?: RequestOptions,
  ): Promise<void> {
    const request = { streamId: stream, topicId: topic, partitionsCount: count };
    return this.#session.request(deletePartitions, request, options);
  }
}
