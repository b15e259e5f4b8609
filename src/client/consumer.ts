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
import { assertExclusive, choiceOption, integerOption } from './checks.ts';
import { refusal, VeltroError } from './errors.ts';
import { isMembershipLost, Membership, type Requests } from './membership.ts';
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

/** In place of an answer that was lost. */
const NOTHING: Polled = { partitionId: 0, currentOffset: 0n, messages: [] };

/**
 * The messages of a topic as they come, for `for await`. Partitions take turns, a batch each. The
 * iteration ends when the signal aborts or the consumer is closed, and throws what a poll throws;
 * lost connections are waited out.
 *
 * A member of a group leaves the choice of the partition to the broker, which knows whose turn it
 * is and which partition is about to go to another member.
 */
export class Consumer implements AsyncIterable<ReceivedMessage>, AsyncDisposable {
  readonly #session: Session;
  readonly #membership: Membership | undefined;
  /** Where requests go that a member must have joined for. */
  readonly #requests: Requests;
  readonly #messages: Messages;
  readonly #stream: Identifier;
  readonly #topic: Identifier;
  readonly #options: ReturnType<typeof checkedOptions>;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #onClosed: (consumer: Consumer) => void;
  /** Offset behind the last message that was handed out, by partition. */
  readonly #positions = new Map<number, bigint>();
  /** Offset that was stored for a message not yet noted as handed out, by partition. */
  readonly #committed = new Map<number, bigint>();
  /** Last message that was handed out and is not committed, by partition. */
  readonly #uncommitted = new Map<number, bigint>();
  /** The message that was handed out last, when the maps do not have it yet. */
  #current: ReceivedMessage | null = null;
  /** Polls that wait at the broker. */
  readonly #pending = new PendingPolls<Polled>();
  /** Partitions that take turns. */
  #partitions: readonly number[] = [];
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
    [this.#stream, this.#topic] = target;
    this.#options = checkedOptions(options);
    this.#membership = this.#newMembership();
    this.#requests = this.#membership ?? session;
    this.#messages = new Messages(this.#requests, (...stored) => this.#noteCommit(...stored));
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

  /**
   * Stores the offsets of the last messages that were handed out, one of each partition. Status
   * 3022 when a partition has gone to another member of the group meanwhile.
   */
  async commit(options?: RequestOptions): Promise<void> {
    this.#noteCurrent();
    const commits = [...this.#uncommitted].map(([partitionId, offset]) =>
      this.#store(partitionId, offset, options),
    );
    await Promise.all(commits);
  }

  /**
   * Ends the iteration and leaves the group; commits nothing, so that what was not committed is
   * read again. May be called any number of times.
   */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#onClosed(this);
    await this.#membership?.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #newMembership(): Membership | undefined {
    const { group, createGroup } = this.#options;
    if (group === undefined) return undefined;
    const place = { stream: this.#stream, topic: this.#topic, group, isCreated: createGroup };
    return new Membership(this.#session, place);
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
    this.#current = null;
    if (this.#committed.get(partitionId) === offset) {
      this.#uncommitted.delete(partitionId);
    } else {
      this.#committed.delete(partitionId);
      this.#uncommitted.set(partitionId, offset);
    }
  }

  #noteCommit(partitionId: number, offset: bigint): void {
    this.#committed.set(partitionId, offset);
    if (this.#uncommitted.get(partitionId) === offset) this.#uncommitted.delete(partitionId);
  }

  /** The next messages of any partition; none after a round in which there were none. */
  async #nextBatch(): Promise<readonly ReceivedMessage[]> {
    const { group, partition } = this.#options;
    const isChosenByBroker = group !== undefined && partition === undefined;
    const messages = await (isChosenByBroker ? this.#roundOfMember() : this.#round());
    if (messages.length > 0) return messages;
    return isChosenByBroker ? this.#waitAsMember() : this.#waitForAny();
  }

  async #round(): Promise<readonly ReceivedMessage[]> {
    await this.#refreshPartitions();
    for (let tried = 0; tried < this.#partitions.length; tried += 1) {
      const partition = this.#partitions[this.#turn % this.#partitions.length];
      this.#turn += 1;
      const { messages } = await this.#pollOrTake(partition);
      if (messages.length > 0) return messages;
    }
    return [];
  }

  /** A partition whose poll still waits has nothing to give. */
  async #pollOrTake(partition: number): Promise<Polled> {
    const taken = this.#pending.take(partition);
    if (taken !== undefined) return taken;
    return this.#pending.has(partition) ? NOTHING : this.#poll(partition);
  }

  /** Leaves a poll of each partition with the broker until one is answered, or lets time pass. */
  async #waitForAny(): Promise<readonly ReceivedMessage[]> {
    const idle = this.#partitions.filter((partition) => !this.#pending.has(partition));
    const isPossible = this.#partitions.length > 0 && idle.length <= (await this.#roomForWaits());
    if (!isPossible) return this.#pause();
    const { waitMs } = this.#options;
    for (const partition of idle) this.#pending.add(partition, this.#poll(partition, { waitMs }));
    await this.#pending.anySettled();
    return [];
  }

  /** The broker would give a member again, at once, what it has not committed. */
  async #waitAsMember(): Promise<readonly ReceivedMessage[]> {
    if (this.#uncommitted.size > 0 || (await this.#roomForWaits()) === 0) return this.#pause();
    return (await this.#poll(undefined, { waitMs: this.#options.waitMs })).messages;
  }

  async #roomForWaits(): Promise<number> {
    if (this.#options.waitMs === 0) return 0;
    try {
      return await this.#session.pollWaits.room();
    } catch (error) {
      if (this.#isTemporary(error)) return 0;
      throw error;
    }
  }

  async #pause(): Promise<readonly ReceivedMessage[]> {
    await sleep(this.#options.pollIntervalMs, undefined, { signal: this.#signal });
    return [];
  }

  /** A member does not know its partitions: the round is over when one comes again. */
  async #roundOfMember(): Promise<readonly ReceivedMessage[]> {
    const tried = new Set<number>();
    for (;;) {
      const { partitionId, messages } = await this.#poll(await this.#partitionOfMember());
      if (messages.length > 0 || tried.has(partitionId)) return messages;
      tried.add(partitionId);
    }
  }

  /**
   * The broker gives a member what is behind the stored offset. While something that was handed out
   * is not committed, it is asked whose turn it is, and then for what is behind that.
   */
  async #partitionOfMember(): Promise<number | undefined> {
    if (this.#uncommitted.size === 0) return undefined;
    return (await this.#poll(undefined, { count: 0 })).partitionId;
  }

  async #refreshPartitions(): Promise<void> {
    const { partition } = this.#options;
    if (partition !== undefined) {
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

  async #poll(partition: number | undefined, changes: PollOptions = {}): Promise<Polled> {
    try {
      const options = { ...this.#pollOptions(partition), ...changes };
      const polled = await this.#messages.poll(this.#stream, this.#topic, options);
      this.#notePolled(polled);
      return polled;
    } catch (error) {
      // Polls that commit are not repeated by the session, but here the own position is known.
      if (this.#isTemporary(error)) return NOTHING;
      throw error;
    }
  }

  /** True for an error that passes with the next connection or the next joining. */
  #isTemporary(error: unknown): boolean {
    const isLost = error instanceof VeltroError && error.code === status.ConnectionClosed;
    return (isLost || isMembershipLost(error)) && this.#session.isOpen;
  }

  #notePolled({ partitionId, currentOffset, messages }: Polled): void {
    const { start, autoCommit } = this.#options;
    const last = messages.at(-1);
    if (last !== undefined) {
      if (autoCommit === 'poll') this.#committed.set(partitionId, last.offset);
    } else if (start === 'last' && !this.#positions.has(partitionId)) {
      // An empty partition has no newest message: whatever comes is new.
      this.#positions.set(partitionId, currentOffset === 0n ? 0n : currentOffset + 1n);
    }
  }

  #pollOptions(partition: number | undefined) {
    const { reading, start, batchLength, autoCommit } = this.#options;
    const position = this.#positionIn(partition);
    const isNewest = position === undefined && start === 'last';
    return {
      ...reading,
      partition,
      strategy: position === undefined ? start : { offset: position },
      count: isNewest ? 1 : batchLength,
      autoCommit: autoCommit === 'poll',
      signal: this.#signal,
    } satisfies PollOptions;
  }

  /**
   * Where a poll of the partition goes on; undefined leaves it to the stored offset. That is what a
   * member goes by as soon as it has committed, because others may have read the partition since.
   */
  #positionIn(partition: number | undefined): bigint | undefined {
    if (partition === undefined) return undefined;
    if (this.#membership === undefined) return this.#positions.get(partition);
    const last = this.#uncommitted.get(partition);
    return last === undefined ? undefined : last + 1n;
  }

  async #store(partitionId: number, offset: bigint, options?: RequestOptions): Promise<void> {
    const target = { streamId: this.#stream, topicId: this.#topic, partitionId };
    const request = { ...target, consumer: consumerOf(this.#options.reading), offset };
    try {
      await this.#requests.request(storeConsumerOffset, request, options);
      this.#noteCommit(partitionId, offset);
    } catch (error) {
      const isTaken = error instanceof VeltroError && error.code === status.NotResolvedConsumer;
      if (isTaken) this.#uncommitted.delete(partitionId);
      throw error;
    }
  }
}

function checkedOptions(options: ConsumerOptions) {
  const { partition, consumer, group } = options;
  const reading = { consumer, group };
  const start: PollStart = options.start ?? 'next';
  consumerOf(reading);
  strategyOf(start);
  assertExclusive(['start', start === 'next' ? undefined : start], ['group', group]);
  return {
    partition,
    group,
    createGroup: options.createGroup ?? true,
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
