import { flushUnsavedBuffer } from '../wire/classic/commands/flush-unsaved-buffer.ts';
import { type PolledMessages, pollMessages } from '../wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../wire/classic/commands/store-consumer-offset.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import { decodeMessages } from '../wire/classic/messages.ts';
import type { ConsumerTarget } from '../wire/classic/structures/consumer.ts';
import { clientBatchLengthDefault, clientBatchLengthMax, pollWaitMsMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { integerOption } from './checks.ts';
import { translated } from './errors.ts';
import type { Requests } from './membership.ts';
import { outgoingMessage, partitioningOf } from './outgoing.ts';
import { consumerOf, strategyOf } from './readings.ts';
import { type Commit, ReceivedMessage } from './received-message.ts';
import type { FlushOptions, Message, PollOptions, SendOptions } from './types.ts';

/** What one poll answered. */
export interface Polled {
  readonly partitionId: number;
  /** Offset of the newest message of the partition, 0n also while there is none. */
  readonly currentOffset: bigint;
  readonly messages: readonly ReceivedMessage[];
}

type OnCommitted = (partitionId: number, offset: bigint) => void;

/** Commands about messages: one batch a call, see `Producer` and `Consumer` for streams of them. */
export class Messages {
  readonly #session: Requests;
  readonly #onCommitted: OnCommitted;

  /** `onCommitted` hears of every offset that a message has stored for itself. */
  constructor(session: Requests, onCommitted: OnCommitted = () => {}) {
    this.#session = session;
    this.#onCommitted = onCommitted;
  }

  /**
   * Sends messages as one batch to one partition. At least once: after a lost connection the batch
   * goes again, and the broker may then hold it twice.
   */
  async send(
    stream: Identifier,
    topic: Identifier,
    messages: readonly Message[],
    options: SendOptions = {},
  ): Promise<void> {
    const request = {
      streamId: stream,
      topicId: topic,
      partitioning: partitioningOf(options),
      messages: messages.map((message) => outgoingMessage(message)),
    };
    await this.#session.request(sendMessages, request, options);
  }

  /** Reads up to `count` messages of one partition, at once or within `waitMs`. */
  async poll(stream: Identifier, topic: Identifier, options: PollOptions = {}): Promise<Polled> {
    const target = {
      consumer: consumerOf(options),
      streamId: stream,
      topicId: topic,
      partitionId: options.partition ?? null,
    };
    const request = {
      ...target,
      strategy: strategyOf(options.strategy),
      count: integerOption('count', options.count, clientBatchLengthDefault, [
        0,
        clientBatchLengthMax,
      ]),
      autoCommit: options.autoCommit ?? false,
    };
    const waitMs = integerOption('waitMs', options.waitMs, 0, [0, pollWaitMsMax]);
    const polled = await this.#session.pollWaits.poll(waitMs, (allowedMs) =>
      this.#session.request(
        pollMessages,
        allowedMs === 0 ? request : { ...request, waitMs: allowedMs },
        options,
      ),
    );
    return received(polled, this.#committer(target));
  }

  /** Writes out what the broker holds in memory for a partition. */
  flush(
    stream: Identifier,
    topic: Identifier,
    partition: number,
    options: FlushOptions = {},
  ): Promise<void> {
    const target = { streamId: stream, topicId: topic, partitionId: partition };
    const request = { ...target, fsync: options.fsync ?? false };
    return this.#session.request(flushUnsavedBuffer, request, options);
  }

  #committer(target: ConsumerTarget): Commit {
    return async (partitionId, offset, options) => {
      const request = { ...target, partitionId, offset };
      await this.#session.request(storeConsumerOffset, request, options);
      this.#onCommitted(partitionId, offset);
    };
  }
}

function received(polled: PolledMessages, commit: Commit): Polled {
  const { partitionId, currentOffset, frames, messagesCount } = polled;
  const stored = translated(status.InvalidBytesResponse, () =>
    decodeMessages(frames, messagesCount),
  );
  const messages = stored.map((message) => new ReceivedMessage(partitionId, message, commit));
  return { partitionId, currentOffset, messages };
}
