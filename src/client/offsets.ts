import { deleteConsumerOffset } from '../wire/classic/commands/delete-consumer-offset.ts';
import {
  type ConsumerOffset,
  getConsumerOffset,
} from '../wire/classic/commands/get-consumer-offset.ts';
import { storeConsumerOffset } from '../wire/classic/commands/store-consumer-offset.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { ConsumerTarget } from '../wire/classic/structures/consumer.ts';
import { consumerOf } from './readings.ts';
import type { Session } from './session.ts';
import type { OffsetOptions, StoreOffsetOptions } from './types.ts';

/** Commands about how far readers have come. */
export class Offsets {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Null when nothing is stored, or anything is missing. */
  get(
    stream: Identifier,
    topic: Identifier,
    options: OffsetOptions = {},
  ): Promise<ConsumerOffset | null> {
    return this.#session.request(getConsumerOffset, target(stream, topic, options), options);
  }

  /** Status 4100 for an offset behind the newest message. */
  store(stream: Identifier, topic: Identifier, options: StoreOffsetOptions): Promise<void> {
    const request = { ...target(stream, topic, options), offset: options.offset };
    return this.#session.request(storeConsumerOffset, request, options);
  }

  /** Status 3021 when nothing is stored. */
  delete(stream: Identifier, topic: Identifier, options: OffsetOptions = {}): Promise<void> {
    return this.#session.request(deleteConsumerOffset, target(stream, topic, options), options);
  }
}

function target(stream: Identifier, topic: Identifier, options: OffsetOptions): ConsumerTarget {
  return {
    consumer: consumerOf(options),
    streamId: stream,
    topicId: topic,
    partitionId: options.partition ?? null,
  };
}
