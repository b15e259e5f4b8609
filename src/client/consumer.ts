import { setTimeout as sleep } from 'node:timers/promises';
import { storeConsumerOffset } from '../wire/classic/commands/store-consumer-offset.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import {
  clientBatchLengthDefault,
  clientBatchLengthMax,
  pollWaitMsMax,
  timeoutMsMax,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { choiceOption, integerOption } from './checks.ts';
import { refusal, VeltroError } from './errors.ts';
import { Messages, type Polled } from './messages.ts';
import { PendingPolls } from './pending-polls.ts';
import { consumerOf, strategyOf } from './readings.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { Session } from './session.ts';
import { Topics } from './topics.ts';
import type { ConsumerOptions, PollOptions, PollStart, RequestOptions } from './types.ts';

const WAIT_MS = 20_000;
const POLL_INTERVAL_MS = 50;
/** How often an idle consumer of a whole topic looks for new partitions. */
const PARTITIONS_REFRESH_MS = 5000;

/**
 * The messages of a topic as they come, for `for await`. Partitions take turns, a batch each. The
 * iteration ends when the signal aborts or the consumer is closed, and throws what a poll throws;
 * lost connections are waited out.
 */
export class Consumer implements AsyncIterable<ReceivedMessage>, AsyncDisposable {
  readonly #session: Session;
  readonly #messages: Messages;
  readonly #stream: Identifier;
  readonly #topic: Identifier;
  readonly #options: ReturnType<typeof checkedOptions>;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #onClosed: (consumer: Consumer) => void;
  /** Offset behind the last message that was handed out, by partition. */
  readonly #positions = new Map<number, bigint>();
  /** Last message that was handed out and is not committed, by partition. */
  readonly #uncommitted = new Map<number, bigint>();
  /** The message that was handed out last, when the maps do not have it yet. */
  #current: ReceivedMessage | null = null;
  /** Polls that wait at the broker. */
  readonly #pending = new PendingPolls<readonly ReceivedMessage[]>();
  /** Partitions that take turns; undefined leaves the choice to the broker. */
  #partitions: readonly (number | undefined)[] = [];
  #turn = 0;
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #isIterating = false;

  /** Made by `Client.consumer`. */
  constructor(
    session: Session,
    target: readonly [stream: Identifier, topic: Identifier],
    options: ConsumerOptions,
    onClosed: (consumer: Consumer) => void,
  ) {
    this.#session = session;
    this.#messages = new Messages(session);
    [this.#stream, this.#topic] = target;
    this.#options = checkedOptions(options);
    this.#onClosed = onClosed;
    const stopping = this.#stopping.signal;
    this.#signal = options.signal ? AbortSignal.any([stopping, options.signal]) : stopping;
  }

  /** One iteration at a time; a later one continues where the last one ended. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReceivedMessage, void, undefined> {
    if (this.#isIterating) {
      throw new VeltroError(status.Error, 'The consumer is being iterated already.');
    }
    this.#isIterating = true;
    try {
      while (!this.#signal.aborted) yield* this.#handOut(await this.#nextBatch());
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    } finally {
      this.#isIterating = false;
    }
  }

  /** Stores the offsets of the last messages that were handed out, one of each partition. */
  async commit(options?: RequestOptions): Promise<void> {
    this.#noteCurrent();
    const commits = [...this.#uncommitted].map(async ([partitionId, offset]) => {
      await this.#store(partitionId, offset, options);
      if (this.#uncommitted.get(partitionId) === offset) this.#uncommitted.delete(partitionId);
    });
    await Promise.all(commits);
  }

  /** Ends the iteration; commits nothing. May be called any number of times. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#onClosed(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  *#handOut(messages: readonly ReceivedMessage[]): Generator<ReceivedMessage, void, undefined> {
    try {
      for (const message of messages) {
        if (this.#signal.aborted) return;
        this.#current = message;
        yield message;
      }
    } finally {
      this.#noteCurrent();
    }
  }

  /** Done once a batch or commit and not once a message. */
  #noteCurrent(): void {
    if (this.#current === null) return;
    const { partitionId, offset } = this.#current;
    this.#positions.set(partitionId, offset + 1n);
    this.#uncommitted.set(partitionId, offset);
    this.#current = null;
  }

  /** The next messages of any partition; none after a round in which there were none. */
  async #nextBatch(): Promise<readonly ReceivedMessage[]> {
    await this.#refreshPartitions();
    for (let tried = 0; tried < this.#partitions.length; tried += 1) {
      const partition = this.#partitions[this.#turn % this.#partitions.length];
      this.#turn += 1;
      const messages = await this.#pollOrTake(partition);
      if (messages.length > 0) return messages;
    }
    await this.#waitForMessages();
    return [];
  }

  /** A partition whose poll still waits has nothing to give. */
  async #pollOrTake(partition: number | undefined): Promise<readonly ReceivedMessage[]> {
    const taken = this.#pending.take(partition);
    if (taken !== undefined) return taken;
    return this.#pending.has(partition) ? [] : this.#poll(partition, 0);
  }

  /** Leaves polls with the broker until one of them has messages, or lets time pass. */
  async #waitForMessages(): Promise<void> {
    const { waitMs, pollIntervalMs } = this.#options;
    const idle = this.#partitions.filter((partition) => !this.#pending.has(partition));
    const room = waitMs === 0 ? 0 : await this.#roomForWaits();
    if (idle.length > room || this.#partitions.length === 0) {
      await sleep(pollIntervalMs, undefined, { signal: this.#signal });
      return;
    }
    for (const partition of idle) this.#pending.add(partition, this.#poll(partition, waitMs));
    await this.#pending.anySettled();
  }

  async #roomForWaits(): Promise<number> {
    try {
      return await this.#session.pollWaits.room();
    } catch (error) {
      if (this.#isLostButOpen(error)) return 0;
      throw error;
    }
  }

  async #refreshPartitions(): Promise<void> {
    const { partition, group } = this.#options;
    if (partition !== undefined || group !== undefined) {
      this.#partitions = [partition];
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#refreshedMs < PARTITIONS_REFRESH_MS) return;
    const options = { signal: this.#signal };
    const topic = await new Topics(this.#session).get(this.#stream, this.#topic, options);
    if (topic === null) throw refusal('message.poll', status.TopicIdNotFound);
    this.#partitions = topic.partitions.map(({ id }) => id);
    this.#refreshedMs = nowMs;
  }

  async #poll(partition: number | undefined, waitMs: number): Promise<readonly ReceivedMessage[]> {
    try {
      const options = { ...this.#pollOptions(partition), waitMs };
      return this.#unseen(await this.#messages.poll(this.#stream, this.#topic, options));
    } catch (error) {
      // Polls that commit are not repeated by the session, but here the own position is known.
      if (this.#isLostButOpen(error)) return [];
      throw error;
    }
  }

  /** True for an error that passes with the next connection. */
  #isLostButOpen(error: unknown): boolean {
    const isLost = error instanceof VeltroError && error.code === status.ConnectionClosed;
    return isLost && this.#session.isOpen;
  }

  #pollOptions(partition: number | undefined): PollOptions {
    const { reading, start, batchLength, autoCommit } = this.#options;
    const position = partition === undefined ? undefined : this.#positions.get(partition);
    const isNewest = position === undefined && start === 'last';
    return {
      ...reading,
      partition,
      strategy: position === undefined ? start : { offset: position },
      count: isNewest ? 1 : batchLength,
      autoCommit: autoCommit === 'poll',
      signal: this.#signal,
    };
  }

  /** A group is given uncommitted messages again; an empty partition has no newest message. */
  #unseen({ partitionId, currentOffset, messages }: Polled): readonly ReceivedMessage[] {
    const position = this.#positions.get(partitionId);
    if (position !== undefined) return messages.filter(({ offset }) => offset >= position);
    if (messages.length === 0 && this.#options.start === 'last') {
      this.#positions.set(partitionId, currentOffset === 0n ? 0n : currentOffset + 1n);
    }
    return messages;
  }

  #store(partitionId: number, offset: bigint, options?: RequestOptions): Promise<void> {
    const target = { streamId: this.#stream, topicId: this.#topic, partitionId };
    const request = { ...target, consumer: consumerOf(this.#options.reading), offset };
    return this.#session.request(storeConsumerOffset, request, options);
  }
}

function checkedOptions(options: ConsumerOptions) {
  const { partition, consumer, group } = options;
  const reading = { consumer, group };
  const start: PollStart = options.start ?? 'next';
  consumerOf(reading);
  strategyOf(start);
  return {
    partition,
    group,
    reading,
    start,
    batchLength: integerOption('batchLength', options.batchLength, clientBatchLengthDefault, [
      1,
      clientBatchLengthMax,
    ]),
    waitMs: integerOption('waitMs', options.waitMs, WAIT_MS, [0, pollWaitMsMax]),
    pollIntervalMs: integerOption('pollIntervalMs', options.pollIntervalMs, POLL_INTERVAL_MS, [
      0,
      timeoutMsMax,
    ]),
    autoCommit: choiceOption('autoCommit', options.autoCommit, ['manual', 'poll']),
  };
}
