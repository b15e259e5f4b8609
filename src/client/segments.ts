import { deleteSegments } from '../wire/classic/commands/delete-segments.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { Session } from './session.ts';
import type { RequestOptions } from './types.ts';

/** Commands about the files that a partition consists of. */
export class Segments {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Deletes up to `count` of the oldest segments of a partition with their messages. The segment
   * that is written to stays, and so does what lies behind the lowest offset that a consumer or
   * group has stored; that less went than was asked for is no error. Status 1009, 2010 or 3007 when
   * stream, topic or partition is missing.
   */
  delete(
    stream: Identifier,
    topic: Identifier,
    partition: number,
    count: number,
    options?: RequestOptions,
  ): Promise<void> {
    const place = { streamId: stream, topicId: topic, partitionId: partition };
    return this.#session.request(deleteSegments, { ...place, segmentsCount: count }, options);
  }
}
