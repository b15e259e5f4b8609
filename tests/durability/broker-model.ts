import assert from 'node:assert/strict';
import { type Client, connect } from '../../src/client/client.ts';
import { VeltroError } from '../../src/client/errors.ts';
import type { PollStart } from '../../src/client/types.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import type { SeededRandom } from '../support/random.ts';

const CONSUMERS = 3;
const STREAM = 'model';
const TOPIC = 'events';
const settings = { 'system.segment.size': '4 KiB' };

/** What a partition must hold. */
class PartitionModel {
  /** Ids of all messages since the last purge, by their offsets; removed ones included. */
  ids: bigint[] = [];
  /** Microseconds of each, as far as they were read: up to `timesKnown` for certain. */
  times: bigint[] = [];
  timesKnown = 0;
  first = 0;
  readonly stored = new Map<number, number>();
}

/** A broker and what it must answer: plain lists. Everything follows from the random numbers. */
export class BrokerModel {
  readonly #dataDir: string;
  readonly #random: SeededRandom;
  readonly #partitions: readonly PartitionModel[];
  #broker!: TestBroker;
  #client!: Client;
  #nextId = 1n;
  checked = 0;
  restarts = 0;

  constructor(dataDir: string, random: SeededRandom, partitions: number) {
    this.#dataDir = dataDir;
    this.#random = random;
    this.#partitions = Array.from({ length: partitions }, () => new PartitionModel());
  }

  async start(): Promise<void> {
    await this.#open();
    await this.#client.streams.create(STREAM);
    await this.#client.topics.create(STREAM, TOPIC, { partitions: this.#partitions.length });
  }

  async stop(): Promise<void> {
    await this.#client.close();
    await this.#broker.stop();
  }

  async step(): Promise<unknown> {
    const partition = this.#random.integer(0, this.#partitions.length - 1);
    const model = this.#partitions[partition];
    const pick = this.#random.integer(0, 9999);
    if (pick < 4500) return this.#send(partition, model);
    if (pick < 8800) return this.#poll(partition, model);
    if (pick < 9500) return this.#offset(partition, model);
    if (pick < 9800) {
      const fsync = pick < 9550;
      return this.#client.messages.flush(STREAM, TOPIC, partition, { fsync });
    }
    if (pick < 9950) return this.#deleteSegments(partition, model);
    if (pick < 9990) return this.#purge();
    if (pick < 9995) return this.#restart();
    return this.#crash();
  }

  /** Reads everything from the start. */
  async verifyAll(): Promise<void> {
    for (const [partition, model] of this.#partitions.entries()) {
      // An empty partition is polled as well: only an answer shows that its shard is there.
      let offset = model.first;
      do {
        await this.#expect(partition, model, { offset: BigInt(offset) }, offset, 500);
        offset += 500;
      } while (offset < model.ids.length);
    }
  }

  async #send(partition: number, model: PartitionModel): Promise<void> {
    const count = this.#random.integer(1, 5);
    const messages = Array.from({ length: count }, () => {
      const id = this.#nextId++;
      return { id, payload: Buffer.alloc(this.#random.integer(8, 400), Number(id & 0xffn)) };
    });
    await this.#client.messages.send(STREAM, TOPIC, messages, { partition });
    for (const { id } of messages) model.ids.push(id);
  }

  async #poll(partition: number, model: PartitionModel): Promise<unknown> {
    const count = this.#random.integer(1, 40);
    const { first, ids } = model;
    switch (this.#random.integer(0, 4)) {
      case 0: {
        const offset = this.#random.integer(0, ids.length + 2);
        const from = Math.max(offset, first);
        return this.#expect(partition, model, { offset: BigInt(offset) }, from, count);
      }
      case 1:
        return this.#expect(partition, model, 'first', first, count);
      case 2: {
        const from = Math.max(first, ids.length - count);
        return this.#expect(partition, model, 'last', from, count);
      }
      case 3:
        return this.#pollNext(partition, model, count);
      default:
        return this.#pollTime(partition, model, count);
    }
  }

  /** From behind the stored offset on, which moves when the poll commits. */
  async #pollNext(partition: number, model: PartitionModel, count: number): Promise<void> {
    const consumer = this.#random.integer(1, CONSUMERS);
    const autoCommit = this.#random.next() < 0.5;
    const from = Math.max(model.first, (model.stored.get(consumer) ?? -1) + 1);
    const found = await this.#expect(partition, model, 'next', from, count, consumer, autoCommit);
    if (autoCommit && found > 0) model.stored.set(consumer, from + found - 1);
  }

  async #pollTime(partition: number, model: PartitionModel, count: number): Promise<void> {
    model.timesKnown = Math.max(model.timesKnown, model.first);
    while (model.timesKnown < model.ids.length) {
      const offset = model.timesKnown;
      model.timesKnown += await this.#expect(
        partition,
        model,
        { offset: BigInt(offset) },
        offset,
        500,
      );
    }
    if (model.first === model.ids.length) return;
    const picked = model.times[this.#random.integer(model.first, model.ids.length - 1)];
    const timestamp = picked + BigInt(this.#random.integer(-1, 1));
    const from = model.times.findIndex((time, i) => i >= model.first && time >= timestamp);
    const start = from < 0 ? model.ids.length : from;
    await this.#expect(partition, model, { timestamp }, start, count);
  }

  async #expect(
    partition: number,
    model: PartitionModel,
    strategy: PollStart,
    from: number,
    count: number,
    consumer = 0,
    autoCommit = false,
  ): Promise<number> {
    const options = { partition, strategy, count, consumer, autoCommit };
    const { messages } = await this.#client.messages.poll(STREAM, TOPIC, options);
    const expected = model.ids.slice(from, from + count);
    assert.deepEqual(
      messages.map(({ offset, id }) => [Number(offset), id]),
      expected.map((id, i) => [from + i, id]),
    );
    for (const { offset, timestamp, payload, id } of messages) {
      model.times[Number(offset)] = timestamp;
      assert.ok(payload.every((byte) => byte === Number(id & 0xffn)));
    }
    this.checked += messages.length;
    return messages.length;
  }

  async #offset(partition: number, model: PartitionModel): Promise<void> {
    const consumer = this.#random.integer(1, CONSUMERS);
    const target = { partition, consumer };
    if (this.#random.next() < 0.5) {
      const offset = await this.#client.offsets.get(STREAM, TOPIC, target);
      const stored = model.stored.get(consumer);
      return assert.equal(offset?.storedOffset, stored === undefined ? undefined : BigInt(stored));
    }
    if (model.ids.length === 0) return;
    const offset = this.#random.integer(0, model.ids.length - 1);
    await this.#client.offsets.store(STREAM, TOPIC, { ...target, offset: BigInt(offset) });
    model.stored.set(consumer, offset);
  }

  async #deleteSegments(partition: number, model: PartitionModel): Promise<void> {
    await this.#client.segments.delete(STREAM, TOPIC, partition, this.#random.integer(1, 3));
    const { messages } = await this.#client.messages.poll(STREAM, TOPIC, {
      partition,
      strategy: 'first',
      count: 1,
    });
    const first = messages.length === 0 ? model.ids.length : Number(messages[0].offset);
    assert.ok(first >= model.first && (model.ids.length === 0 || first < model.ids.length));
    const passed = Math.min(...model.stored.values());
    assert.ok(first === model.first || first <= passed + 1, 'what nobody has passed is gone');
    model.first = first;
  }

  async #purge(): Promise<void> {
    await this.#client.topics.purge(STREAM, TOPIC);
    for (const model of this.#partitions) {
      model.ids = [];
      model.times = [];
      model.timesKnown = 0;
      model.first = 0;
      model.stored.clear();
    }
  }

  async #open(): Promise<void> {
    const threads = this.#random.integer(1, 3);
    this.#broker = await startBroker({ dataDir: this.#dataDir, threads, settings });
    this.#client = await connect(this.#broker.url);
  }

  async #restart(): Promise<void> {
    this.restarts++;
    await this.stop();
    await this.#open();
    await this.verifyAll();
  }

  /** Shards die; what they had acknowledged is in their files. */
  async #crash(): Promise<void> {
    this.restarts++;
    this.#broker.crashShard(this.#random.integer(0, this.#broker.threads - 1));
    await eventually('a dead shard is replaced', async () => {
      try {
        await this.verifyAll();
        return true;
      } catch (error) {
        if (error instanceof VeltroError && error.code === status.ShardCommunicationError) {
          return false;
        }
        throw error;
      }
    });
  }
}
