import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from '../client/client.ts';
import type { Consumer } from '../client/consumer.ts';
import type { Producer } from '../client/producer.ts';
import type { ReceivedMessage } from '../client/received-message.ts';
import { messageHeaderBytes } from '../wire/limits.ts';
import { type Batch, type Driver, nothingPolled, type PolledBatch } from './driver.ts';
import { drawBatch, letters } from './frames.ts';
import type { Workplace } from './workplace.ts';

/** A poll that brought nothing for so long is over. */
const EMPTY_POLL_MS = 20;

/** Works as a program does: with a producer and a consumer of the client library. */
export class LibraryDriver implements Driver {
  readonly #client: Client;
  readonly #workplace: Workplace;
  readonly #producer: Producer;
  readonly #payloads: readonly Buffer[];
  readonly #batch: Batch;
  #consumer: Consumer;
  #messages: AsyncIterator<ReceivedMessage>;
  #next: Promise<IteratorResult<ReceivedMessage>> | undefined;

  private constructor(client: Client, workplace: Workplace) {
    const { actor, shape } = workplace;
    this.#client = client;
    this.#workplace = workplace;
    this.#producer = client.producer(actor.stream, actor.topic, {
      batchLength: shape.batchLength.min,
      lingerMs: 0,
      partition: actor.partition ?? undefined,
    });
    const sizes = drawBatch(shape, Math.random);
    const text = letters(Math.max(...sizes));
    this.#payloads = sizes.map((size) => text.subarray(0, size));
    this.#batch = batchOf(
      sizes.length,
      sizes.reduce((total, size) => total + size, 0),
    );
    this.#consumer = this.#newConsumer(!workplace.readsTwice);
    this.#messages = this.#consumer[Symbol.asyncIterator]();
  }

  static async open(url: string, token: string | undefined, workplace: Workplace) {
    const client = await connect(url, { token, reconnect: { enabled: false } });
    const driver = new LibraryDriver(client, workplace);
    const { group, stream, topic } = workplace.actor;
    // A consumer joins when it is first asked, but all members should be there at the start.
    if (group !== null) await client.groups.join(stream, topic, group);
    return driver;
  }

  nextBatch(): Batch {
    return this.#batch;
  }

  async send(): Promise<void> {
    const originTimestamp = BigInt(this.#workplace.clock.epochMicros());
    const sent = this.#payloads.map((payload) => this.#producer.send({ payload, originTimestamp }));
    await Promise.all(sent);
  }

  async poll(wanted = this.#workplace.drawCount()): Promise<PolledBatch> {
    const stopping = new AbortController();
    const end = sleep(EMPTY_POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    let [messages, payloadBytes, originMicros] = [0, 0, 0];
    try {
      while (messages < wanted) {
        const message = await this.#within(end);
        if (message === undefined) break;
        if (messages === 0) originMicros = Number(message.originTimestamp);
        messages += 1;
        payloadBytes += message.payload.byteLength;
      }
    } finally {
      stopping.abort();
    }
    if (messages === 0) return nothingPolled;
    return { ...batchOf(messages, payloadBytes), originMicros };
  }

  async rewind(): Promise<void> {
    await this.#consumer.close();
    await this.#next;
    this.#next = undefined;
    this.#consumer = this.#newConsumer(true);
    this.#messages = this.#consumer[Symbol.asyncIterator]();
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** The next message, or undefined when `end` comes first; it is then the next one later. */
  async #within(end: Promise<undefined>): Promise<ReceivedMessage | undefined> {
    this.#next ??= this.#messages.next();
    const result = await Promise.race([this.#next, end]);
    if (result === undefined) return undefined;
    this.#next = undefined;
    return result.done === true ? undefined : result.value;
  }

  #newConsumer(commits: boolean): Consumer {
    const { actor, shape, startOffset } = this.#workplace;
    const { stream, topic, group, id, partition } = actor;
    const batchLength = shape.batchLength.min;
    if (group !== null) {
      const autoCommit = commits ? 'poll' : 'manual';
      return this.#client.consumer(stream, topic, { group, batchLength, autoCommit });
    }
    const start = { offset: BigInt(startOffset) };
    const place = { consumer: id, partition: partition ?? undefined };
    return this.#client.consumer(stream, topic, { ...place, start, batchLength });
  }
}

function batchOf(messages: number, payloadBytes: number): Batch {
  return { messages, payloadBytes, totalBytes: payloadBytes + messages * messageHeaderBytes };
}
