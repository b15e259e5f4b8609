import { createStream } from '../wire/classic/commands/create-stream.ts';
import { deleteStream } from '../wire/classic/commands/delete-stream.ts';
import { getStream } from '../wire/classic/commands/get-stream.ts';
import { getStreams } from '../wire/classic/commands/get-streams.ts';
import { purgeStream } from '../wire/classic/commands/purge-stream.ts';
import { updateStream } from '../wire/classic/commands/update-stream.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { Stream } from '../wire/classic/structures/stream.ts';
import type { Session } from './session.ts';
import { topicOf } from './topics.ts';
import type { RequestOptions, StreamDetails } from './types.ts';

/** Commands about streams, each by id or name. */
export class Streams {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Status 1012 when the name is taken. */
  create(name: string, options?: RequestOptions): Promise<Stream> {
    return this.#session.request(createStream, { name }, options);
  }

  /** Null for a stream that does not exist. */
  async get(id: Identifier, options?: RequestOptions): Promise<StreamDetails | null> {
    const stream = await this.#session.request(getStream, { streamId: id }, options);
    return stream && { ...stream, topics: stream.topics.map(topicOf) };
  }

  /** All streams by ascending id. */
  list(options?: RequestOptions): Promise<readonly Stream[]> {
    return this.#session.request(getStreams, undefined, options);
  }

  /** Status 1009 for a missing stream, 1012 when the name is taken. */
  update(id: Identifier, changes: { name: string }, options?: RequestOptions): Promise<void> {
    return this.#session.request(updateStream, { streamId: id, name: changes.name }, options);
  }

  /** Deletes the stream with all it holds. Status 1009 for a missing stream. */
  delete(id: Identifier, options?: RequestOptions): Promise<void> {
    return this.#session.request(deleteStream, { streamId: id }, options);
  }

  /** Empties every topic. Status 1009 for a missing stream. */
  purge(id: Identifier, options?: RequestOptions): Promise<void> {
    return this.#session.request(purgeStream, { streamId: id }, options);
  }
}
