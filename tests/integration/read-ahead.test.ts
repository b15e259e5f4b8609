import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { deleteConsumerOffset } from '../../src/wire/classic/commands/delete-consumer-offset.ts';
import { deleteSegments } from '../../src/wire/classic/commands/delete-segments.ts';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../src/wire/classic/commands/poll-messages.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { STATUS_OK } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { decode, RawClient, statusOf } from '../support/raw-client.ts';
import {
  checkedMessages,
  createPlace,
  place,
  poll,
  pollFrame,
  pollRequest,
  sendFrame,
  sendRequest,
  strategy,
  texts,
  topicRequest,
} from '../support/topic-kit.ts';

const STEPS = 1200;
const PAYLOAD_BYTES = 100;
const settings = { 'system.segment.size': '2 KiB' };

/** One connection that reads in sequence, by offsets of its own or behind a stored one. */
class Reader {
  readonly client: RawClient;
  readonly consumer: number;
  readonly follows: 'offset' | 'next';
  readonly autoCommit: boolean;
  count = 3;
  offset = 0;

  constructor(client: RawClient, consumer: number) {
    this.client = client;
    this.consumer = consumer;
    this.follows = consumer % 2 === 0 ? 'offset' : 'next';
    this.autoCommit = consumer >= 2;
  }
}

/** A partition, what it must hold, and everybody who reads and changes it. */
class Model {
  readonly #broker: TestBroker;
  readonly #random: SeededRandom;
  readonly #other: RawClient;
  readonly #readers: readonly Reader[];
  /** Of all messages since the last purge, by their offsets. */
  #texts: string[] = [];
  #first = 0;
  readonly #stored = new Map<number, number>();
  #sent = 0;

  constructor(
    broker: TestBroker,
    random: SeededRandom,
    other: RawClient,
    readers: readonly Reader[],
  ) {
    this.#broker = broker;
    this.#random = random;
    this.#other = other;
    this.#readers = readers;
  }

  async step(): Promise<void> {
    const reader = this.#readers[this.#random.integer(0, this.#readers.length - 1)];
    const pick = this.#random.integer(0, 999);
    if (pick < 700) return this.#read(reader);
    if (pick < 850) return this.#send();
    if (pick < 880) return this.#sendAndRead(reader);
    if (pick < 910) return this.#storeAndRead(reader);
    if (pick < 930) return this.#store(reader.consumer);
    if (pick < 940) return this.#deleteOffset(reader.consumer);
    if (pick < 960) return this.#getOffset(reader.consumer);
    if (pick < 975) return this.#deleteSegments();
    if (pick < 985) return this.#purge();
    if (pick < 990) return this.#begin(reader);
    if (pick < 998) return this.#replaceTopic();
    return this.#crash();
  }

  #begin(reader: Reader): void {
    reader.count = this.#random.integer(1, 5);
    reader.offset = this.#random.integer(0, this.#texts.length);
  }

  async #read(reader: Reader): Promise<void> {
    const request = this.#requestOf(reader);
    this.#check(reader, request, await reader.client.request(pollMessages, request));
  }

  async #send(): Promise<void> {
    await this.#other.call(sendMessages, sendRequest(this.#payloads()));
  }

  /** In one write: the poll must know of the messages in front of it. */
  async #sendAndRead(reader: Reader): Promise<void> {
    const request = this.#requestOf(reader);
    const frames = [sendFrame(this.#payloads()), encodeRequest(pollMessages, request)];
    reader.client.socket.write(Buffer.concat(frames));
    assert.equal((await reader.client.next()).status, STATUS_OK);
    this.#check(reader, request, await reader.client.next());
  }

  /** In one write: the poll must begin behind the offset in front of it. */
  async #storeAndRead(reader: Reader): Promise<void> {
    if (this.#texts.length === 0) return;
    const offset = this.#random.integer(0, this.#texts.length - 1);
    const request = this.#requestOf(reader);
    const stored = { ...this.#target(reader.consumer), offset: BigInt(offset) };
    const frames = [
      encodeRequest(storeConsumerOffset, stored),
      encodeRequest(pollMessages, request),
    ];
    reader.client.socket.write(Buffer.concat(frames));
    assert.equal((await reader.client.next()).status, STATUS_OK);
    this.#stored.set(reader.consumer, offset);
    this.#check(reader, request, await reader.client.next());
  }

  async #store(consumer: number): Promise<void> {
    if (this.#texts.length === 0) return;
    const offset = this.#random.integer(0, this.#texts.length - 1);
    const request = { ...this.#target(consumer), offset: BigInt(offset) };
    await this.#other.call(storeConsumerOffset, request);
    this.#stored.set(consumer, offset);
  }

  async #deleteOffset(consumer: number): Promise<void> {
    const response = await this.#other.request(deleteConsumerOffset, this.#target(consumer));
    assert.equal(statusOf(response) === STATUS_OK, this.#stored.delete(consumer));
  }

  async #getOffset(consumer: number): Promise<void> {
    const found = await this.#other.call(getConsumerOffset, this.#target(consumer));
    const stored = this.#stored.get(consumer);
    assert.equal(found?.storedOffset, stored === undefined ? undefined : BigInt(stored));
  }

  async #deleteSegments(): Promise<void> {
    await this.#other.call(deleteSegments, { ...place, partitionId: 0, segmentsCount: 2 });
    const [oldest] = await poll(this.#other, { count: 1 });
    if (oldest !== undefined) this.#first = Number(oldest.offset);
  }

  async #purge(): Promise<void> {
    await this.#other.call(purgeTopic, place);
    this.#forgetAll();
  }

  async #replaceTopic(): Promise<void> {
    await this.#other.call(deleteTopic, place);
    await this.#other.call(createTopic, topicRequest(place.streamId, place.topicId));
    this.#forgetAll();
  }

  async #crash(): Promise<void> {
    this.#broker.crashShard(0);
    await eventually('the shard is back', async () => {
      const { status } = await this.#other.request(pollMessages, pollRequest({ count: 1 }));
      return status === STATUS_OK;
    });
  }

  #forgetAll(): void {
    this.#texts = [];
    this.#first = 0;
    this.#stored.clear();
  }

  #payloads(): string[] {
    const count = this.#random.integer(1, 12);
    const payloads = Array.from({ length: count }, () =>
      String(this.#sent++).padEnd(PAYLOAD_BYTES, '.'),
    );
    this.#texts.push(...payloads);
    return payloads;
  }

  #target(id: number) {
    return { ...place, consumer: { kind: 'consumer', id }, partitionId: 0 } as const;
  }

  #requestOf({ consumer, follows, autoCommit, count, offset }: Reader): PollMessagesRequest {
    return pollRequest({
      ...this.#target(consumer),
      strategy: strategy(follows, follows === 'offset' ? offset : 0),
      count,
      autoCommit,
    });
  }

  #check(reader: Reader, request: PollMessagesRequest, response: { status: number }): void {
    const answer = decode(pollMessages, response as Parameters<typeof decode>[1]);
    const wanted =
      reader.follows === 'offset' ? reader.offset : (this.#stored.get(reader.consumer) ?? -1) + 1;
    const start = Math.max(wanted, this.#first);
    const expected = this.#texts.slice(start, start + request.count);
    const messages = checkedMessages(answer);
    assert.deepEqual(texts(messages), expected);
    assert.equal(answer.currentOffset, BigInt(Math.max(0, this.#texts.length - 1)));
    if (expected.length === 0) return this.#begin(reader);
    assert.equal(messages[0].offset, BigInt(start));
    reader.offset = start + expected.length;
    if (reader.autoCommit) this.#stored.set(reader.consumer, reader.offset - 1);
  }
}

test('what was read ahead is what would be found now, whatever happens in between', async (t) => {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  await using broker = await startBroker({ threads: 1, settings });
  await using other = await RawClient.login(broker);
  await createPlace(other);
  const clients = await Promise.all([0, 1, 2, 3].map(() => RawClient.login(broker)));
  const readers = clients.map((client, consumer) => new Reader(client, consumer));
  const model = new Model(broker, random, other, readers);
  for (let step = 0; step < STEPS; step++) await model.step();
  for (const client of clients) client.destroy();
  assert.ok(broker.messagesReadAhead > STEPS / 10, `only ${broker.messagesReadAhead} messages`);
  await eventually('all memory is back', () => broker.statistics.repliesOut === 0);
});

test('what nobody asks for is given up, whether its connection stays or goes', async () => {
  await using broker = await startBroker({ threads: 1 });
  for (const isKept of [true, false]) {
    await using other = await RawClient.login(broker);
    if (isKept) await createPlace(other);
    await other.call(sendMessages, sendRequest(Array.from({ length: 50 }, String)));
    const client = await RawClient.login(broker);
    for (const offset of [0, 5]) await client.exchange(pollFrame(0, offset, 5));
    await eventually('the next poll is found', () => broker.statistics.repliesOut === 1);
    if (!isKept) client.destroy();
    await eventually('its memory is back', () => broker.statistics.repliesOut === 0);
    client.destroy();
  }
});
