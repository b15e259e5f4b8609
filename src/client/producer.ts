import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import { assertMessage } from '../wire/classic/messages.ts';
import type { Partitioning } from '../wire/classic/structures/partitioning.ts';
import {
  clientBatchLengthDefault,
  clientBatchLengthMax,
  idempotentMessagesInFlightMax,
  producerBatchBytesDefault,
  producerBatchBytesMax,
  producerBatchesInFlightMax,
  producerBufferBytesDefault,
  producerBufferBytesMax,
  producerMessagesWaitingMax,
  timeoutMsMax,
} from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { abortable } from './abortable.ts';
import { Batch, Entry, laneOf } from './batch.ts';
import { integerOption } from './checks.ts';
import { translated, VeltroError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { outgoingMessage, partitioningOf } from './outgoing.ts';
import { PartitionTurns } from './partition-turns.ts';
import type { Session } from './session.ts';
import type { KeyedMessage, ProducerOptions, RequestOptions } from './types.ts';

const LINGER_MS = 5;

/**
 * Sends messages in batches, one lane of batches for each key. At least once: a batch whose answer
 * was lost with the connection goes again. Message ids are the producer's number and a counter, so
 * that a broker that removes duplicates recognizes them; an idempotent producer sends such a batch
 * to the same partition again, and only so much at once as a broker remembers.
 */
export class Producer implements AsyncDisposable {
  readonly #session: Session;
  readonly #stream: Identifier;
  readonly #topic: Identifier;
  readonly #partition: number | undefined;
  /** Of messages without a key. */
  readonly #partitioning: Partitioning;
  readonly #limits: ReturnType<typeof limitsOf>;
  readonly #onClosed: (producer: Producer) => void;
  /** Where batches go that may go anywhere, null where the broker decides. */
  readonly #turns: PartitionTurns | null;
  readonly #idBase = crypto.getRandomValues(new BigUint64Array(1))[0] << 64n;
  /** Batches that take messages, one a lane, oldest first. */
  readonly #open = new Map<string, Batch>();
  /** Batches that may go, in order. */
  readonly #ready = new Fifo<Batch>();
  readonly #inFlight = new Map<Batch, Promise<void>>();
  /** Messages that found the buffer full, in order. */
  readonly #waiting = new Fifo<Entry>();
  #bufferedBytes = 0;
  #messagesInFlight = 0;
  #sequence = 0;
  /** Cancels the wait for the oldest open batch, null while there is none. */
  #lingering: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  /** Made by `Client.producer`. */
  constructor(
    session: Session,
    target: readonly [stream: Identifier, topic: Identifier],
    options: ProducerOptions,
    onClosed: (producer: Producer) => void,
  ) {
    this.#session = session;
    [this.#stream, this.#topic] = target;
    this.#partition = options.partition;
    this.#partitioning = partitioningOf(options);
    this.#limits = limitsOf(options);
    const isIdempotent = options.idempotent ?? false;
    this.#turns = isIdempotent ? new PartitionTurns(session, this.#stream, this.#topic) : null;
    this.#onClosed = onClosed;
  }

  /**
   * Resolves when the broker has acknowledged the batch that holds the message; waits longer when
   * the buffer is full. The payload must not change until then. Rejects with what failed the batch,
   * with 4057 after `close`, with 4053 when a million messages wait already.
   */
  send(message: KeyedMessage, { signal }: RequestOptions = {}): Promise<void> {
    try {
      signal?.throwIfAborted();
      return abortable(this.#accept(message), signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends what is held and waits until everything sent so far has its outcome, good or bad. */
  async flush({ signal }: RequestOptions = {}): Promise<void> {
    const end = this.#sequence;
    while (this.#oldestSequence() <= end) {
      for (const batch of this.#open.values()) this.#release(batch);
      await abortable(Promise.all(this.#inFlight.values()), signal);
    }
  }

  /** Flushes, then refuses further messages. May be called any number of times. */
  close(): Promise<void> {
    this.#closing ??= this.flush().then(() => this.#onClosed(this));
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(message: KeyedMessage): Promise<void> {
    if (this.#closing !== null) {
      throw new VeltroError(status.ProducerClosed, 'The producer is closed.');
    }
    const entry = this.#newEntry(message);
    if (this.#waiting.length === 0 && this.#hasRoom(entry)) this.#admit(entry);
    else this.#wait(entry);
    return entry.outcome;
  }

  #newEntry(message: KeyedMessage): Entry {
    const sequence = this.#sequence + 1;
    const outgoing = outgoingMessage(message, this.#idBase | BigInt(sequence));
    translated(status.InvalidFormat, () => assertMessage(outgoing));
    const partitioning = this.#partitioningOf(message);
    this.#sequence = sequence;
    return new Entry(outgoing, partitioning, sequence);
  }

  #partitioningOf({ key }: KeyedMessage): Partitioning {
    if (key === undefined) return this.#partitioning;
    return partitioningOf({ partition: this.#partition, key });
  }

  /** A message that is larger than the whole buffer goes when nothing else is in it. */
  #hasRoom(entry: Entry): boolean {
    const bytes = this.#bufferedBytes + entry.bytes;
    return this.#bufferedBytes === 0 || bytes <= this.#limits.bufferBytesMax;
  }

  #wait(entry: Entry): void {
    if (this.#waiting.length >= producerMessagesWaitingMax) {
      const message = `${producerMessagesWaitingMax} messages wait for room in the producer.`;
      throw new VeltroError(status.BackgroundSendBufferFull, message);
    }
    this.#waiting.push(entry);
  }

  #admit(entry: Entry): void {
    this.#bufferedBytes += entry.bytes;
    const { batchLength, batchBytesMax } = this.#limits;
    const batch = this.#batchFor(entry);
    batch.add(entry);
    if (batch.entries.length >= batchLength || batch.bytes >= batchBytesMax) this.#release(batch);
    else this.#linger(this.#limits.lingerMs);
  }

  /** The open batch of the lane, or a new one where the message would make that one too large. */
  #batchFor({ partitioning, bytes }: Entry): Batch {
    const lane = laneOf(partitioning);
    const present = this.#open.get(lane);
    if (present !== undefined) {
      if (present.bytes + bytes <= this.#limits.batchBytesMax) return present;
      this.#release(present);
    }
    const batch = new Batch(lane, partitioning, performance.now() + this.#limits.lingerMs);
    this.#open.set(lane, batch);
    return batch;
  }

  #linger(delayMs: number): void {
    if (this.#lingering !== null) return;
    if (delayMs === 0) {
      const immediate = setImmediate(() => this.#onLingered());
      this.#lingering = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => this.#onLingered(), delayMs);
      this.#lingering = () => clearTimeout(timer);
    }
  }

  #onLingered(): void {
    this.#lingering = null;
    const nowMs = performance.now();
    for (const batch of this.#open.values()) {
      if (batch.deadlineMs > nowMs) {
        this.#linger(Math.ceil(batch.deadlineMs - nowMs));
        return;
      }
      this.#release(batch);
    }
  }

  #release(batch: Batch): void {
    this.#open.delete(batch.lane);
    if (this.#open.size === 0) {
      this.#lingering?.();
      this.#lingering = null;
    }
    this.#ready.push(batch);
    this.#transmitReady();
  }

  #transmitReady(): void {
    for (let next = this.#ready.peek(); next !== undefined; next = this.#ready.peek()) {
      if (!this.#mayTransmit(next)) return;
      this.#ready.shift();
      this.#messagesInFlight += next.entries.length;
      this.#inFlight.set(next, this.#transmit(next));
    }
  }

  #mayTransmit(batch: Batch): boolean {
    if (this.#inFlight.size >= producerBatchesInFlightMax) return false;
    if (this.#turns === null || this.#inFlight.size === 0) return true;
    return this.#messagesInFlight + batch.entries.length <= idempotentMessagesInFlightMax;
  }

  async #transmit(batch: Batch): Promise<void> {
    try {
      const place = this.#placeOf(batch);
      await this.#session.request(sendMessages, {
        streamId: this.#stream,
        topicId: this.#topic,
        partitioning: place instanceof Promise ? await place : place,
        messages: batch.entries.map((entry) => entry.message),
      });
      for (const entry of batch.entries) entry.resolve();
    } catch (error) {
      this.#turns?.recount();
      for (const entry of batch.entries) entry.reject(error);
    }
    this.#inFlight.delete(batch);
    this.#messagesInFlight -= batch.entries.length;
    this.#bufferedBytes -= batch.bytes;
    this.#transmitReady();
    this.#admitWaiting();
  }

  #placeOf({ partitioning }: Batch): Partitioning | Promise<Partitioning> {
    if (this.#turns === null || partitioning.kind !== 'balanced') return partitioning;
    return this.#turns.take().then((partitionId) => ({ kind: 'partition', partitionId }));
  }

  #admitWaiting(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (!this.#hasRoom(next)) return;
      this.#waiting.shift();
      this.#admit(next);
    }
  }

  #oldestSequence(): number {
    let oldest = this.#waiting.peek()?.sequence ?? Number.POSITIVE_INFINITY;
    oldest = Math.min(oldest, firstSequence(this.#ready.peek()));
    for (const batch of this.#open.values()) oldest = Math.min(oldest, firstSequence(batch));
    for (const batch of this.#inFlight.keys()) oldest = Math.min(oldest, firstSequence(batch));
    return oldest;
  }
}

function firstSequence(batch: Batch | undefined): number {
  return batch?.entries[0].sequence ?? Number.POSITIVE_INFINITY;
}

function limitsOf(options: ProducerOptions) {
  return {
    batchLength: integerOption('batchLength', options.batchLength, clientBatchLengthDefault, [
      1,
      clientBatchLengthMax,
    ]),
    batchBytesMax: integerOption(
      'batchBytesMax',
      options.batchBytesMax,
      producerBatchBytesDefault,
      [1, producerBatchBytesMax],
    ),
    lingerMs: integerOption('lingerMs', options.lingerMs, LINGER_MS, [0, timeoutMsMax]),
    bufferBytesMax: integerOption(
      'bufferBytesMax',
      options.bufferBytesMax,
      producerBufferBytesDefault,
      [1, producerBufferBytesMax],
    ),
  };
}
