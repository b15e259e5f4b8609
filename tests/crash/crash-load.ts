import assert from 'node:assert/strict';
import { type Client, connect } from '../../src/client/client.ts';
import type { ReceivedMessage } from '../../src/client/received-message.ts';
import type { SeededRandom } from '../support/random.ts';

const PRODUCER_BITS = 64n;
const CONSUMER = 7;
const PARTITIONS = 2;
/** Bytes of a payload in a large batch. Only smaller ones have headers. */
const LARGE_BYTES = 1000;
/** In every payload, in every header, in the names of topics that come and go. */
export const PLAINTEXT_MARKER = 'plaintext of the load;';
/** What the load is sent to: a topic of each level, all in one stream. */
const levels = ['written', 'synced', 'interval'] as const;
const places = levels.flatMap((topic) =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
);
/** What a topic that came and went must be after a start. */
type Fate = 'there' | 'gone' | 'unknown';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

interface PartitionView extends Place {
  /** Offset behind the last message that was verified. */
  next: bigint;
  /** The last sequence number seen of each producer. */
  readonly lastSequence: Map<bigint, bigint>;
  /** The last stored consumer offset that was acknowledged. */
  stored: bigint;
}

/**
 * Producers and a committing consumer that remember what was acknowledged to them, and a check that
 * compares it with what the broker has. Every message has an id of its own, so a repetition shows.
 */
export class CrashLoad {
  readonly #partitions: PartitionView[];
  readonly #acknowledged = new Set<bigint>();
  readonly #seen = new Set<bigint>();
  #nextProducer = 1n;
  /** Topics that come and go, by their names. */
  readonly #fates = new Map<string, Fate>();
  /** Acknowledged changes of the catalog. */
  changes = 0;

  constructor() {
    this.#partitions = places.map((place) => ({
      ...place,
      next: 0n,
      lastSequence: new Map(),
      stored: -1n,
    }));
  }

  /** Messages. */
  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** The stream and the topics that the load needs. */
  async createTopics(url: string): Promise<void> {
    await using client = await connect(url);
    await client.streams.create('crash');
    for (const acknowledgement of levels) {
      const options = { partitions: PARTITIONS, acknowledgement };
      await client.topics.create('crash', acknowledgement, options);
    }
  }

  /** Logs in, then sends, commits and changes until the broker is gone, which `ended` tells. */
  async begin(url: string, random: SeededRandom): Promise<{ readonly ended: Promise<void> }> {
    const options = { reconnect: { enabled: false } };
    const [producer, consumer, admin] = await Promise.all([
      connect(url, options),
      connect(url, options),
      connect(url, options),
    ]);
    const workers = [
      ...this.#partitions.map((place) => this.#produce(producer, place, random)),
      this.#commit(consumer),
      this.#change(admin),
    ];
    const close = () => Promise.all([producer, consumer, admin].map((client) => client.close()));
    return {
      ended: Promise.all(workers)
        .then(close)
        .then(() => {}),
    };
  }

  /** Reads what came since the last call and checks it, with everything that was acknowledged. */
  async verifyNew(url: string): Promise<void> {
    await using client = await connect(url);
    for (const view of this.#partitions) {
      const { topic, partition } = view;
      for await (const message of read(client, view, view.next)) {
        assert.equal(message.offset, view.next, `${topic}/${partition} has a gap`);
        assert.ok(!this.#seen.has(message.id), `message ${message.id} is there twice`);
        assertContent(message);
        this.#checkOrder(view, message.id);
        this.#seen.add(message.id);
        view.next++;
      }
      const offset = await client.offsets.get('crash', topic, { partition, consumer: CONSUMER });
      const stored = offset?.storedOffset ?? -1n;
      assert.ok(
        stored >= view.stored,
        `offset ${view.stored} was acknowledged, ${stored} is stored`,
      );
    }
    for (const id of this.#acknowledged) assert.ok(this.#seen.has(id), `message ${id} is lost`);
    await this.#verifyTopics(client);
  }

  async #verifyTopics(client: Client): Promise<void> {
    const names = new Set((await client.topics.list('crash')).map(({ name }) => name));
    for (const [name, fate] of this.#fates) {
      if (fate === 'there') assert.ok(names.has(name), `topic ${name} is lost`);
      if (fate === 'gone') assert.ok(!names.has(name), `topic ${name} is back`);
      this.#fates.set(name, names.has(name) ? 'there' : 'gone');
    }
  }

  /** Reads everything from the start: the same messages in the same order. */
  async verifyAll(url: string): Promise<void> {
    await using client = await connect(url);
    const all = new Set<bigint>();
    for (const view of this.#partitions) {
      let next = 0n;
      for await (const message of read(client, view, 0n)) {
        assert.equal(message.offset, next++, `${view.topic}/${view.partition} has a gap`);
        assert.ok(!all.has(message.id), `message ${message.id} is there twice`);
        all.add(message.id);
      }
      assert.equal(next, view.next);
    }
    assert.equal(all.size, this.#seen.size);
  }

  #checkOrder(view: PartitionView, id: bigint): void {
    const producer = id >> PRODUCER_BITS;
    const last = view.lastSequence.get(producer) ?? -1n;
    assert.ok(id > last, `message ${id} comes after ${last}`);
    view.lastSequence.set(producer, id);
  }

  async #produce(client: Client, { topic, partition }: Place, random: SeededRandom): Promise<void> {
    const producer = this.#nextProducer++;
    let sequence = 0n;
    await untilGone(async () => {
      const isLarge = random.next() < 0.3;
      const count = isLarge ? random.integer(100, 1000) : random.integer(1, 20);
      const ids = Array.from({ length: count }, () => (producer << PRODUCER_BITS) | sequence++);
      const bytes = isLarge ? LARGE_BYTES : random.integer(8, 400);
      const messages = ids.map((id) => messageOf(id, bytes));
      await client.messages.send('crash', topic, messages, { partition });
      for (const id of ids) this.#acknowledged.add(id);
    });
  }

  async #commit(client: Client): Promise<void> {
    await untilGone(async () => {
      for (const view of this.#partitions) {
        const polled = await client.messages.poll('crash', view.topic, {
          partition: view.partition,
          consumer: CONSUMER,
          count: 50,
          autoCommit: true,
        });
        const last = polled.messages.at(-1);
        if (last !== undefined) view.stored = last.offset;
      }
    });
  }

  /** Creates topics and deletes every second one of them. */
  async #change(client: Client): Promise<void> {
    await untilGone(async () => {
      const name = `${PLAINTEXT_MARKER} ${this.#fates.size}`;
      await this.#note(name, 'there', client.topics.create('crash', name));
      await client.messages.send('crash', name, [{ payload: name }]);
      if (this.#fates.size % 2 === 0) return;
      await this.#note(name, 'gone', client.topics.delete('crash', name));
    });
  }

  async #note(name: string, fate: Fate, change: Promise<unknown>): Promise<void> {
    this.#fates.set(name, 'unknown');
    await change;
    this.#fates.set(name, fate);
    this.changes++;
  }
}

/** Repeats an action until the broker no longer answers. */
async function untilGone(action: () => Promise<void>): Promise<void> {
  try {
    for (;;) await action();
  } catch (error) {
    // Only what a dead broker causes may end a worker: every other error is a finding.
    const { name } = error as Error;
    if (!['ConnectionClosed', 'CannotEstablishConnection', 'Disconnected'].includes(name))
      throw error;
  }
}

async function* read(client: Client, { topic, partition }: Place, from: bigint) {
  for (let offset = from; ; ) {
    const strategy = { offset };
    const options = { partition, strategy, count: 5000 };
    const { messages } = await client.messages.poll('crash', topic, options);
    if (messages.length === 0) return;
    yield* messages;
    offset += BigInt(messages.length);
  }
}

/** A message as its id and its length make it. */
function messageOf(id: bigint, bytes: number) {
  const payload = Buffer.alloc(bytes, PLAINTEXT_MARKER);
  payload.writeBigUInt64LE(id & 0xffff_ffff_ffff_ffffn);
  const headers = bytes < LARGE_BYTES ? { marker: PLAINTEXT_MARKER } : undefined;
  return { id, payload, headers };
}

function assertContent({ id, payload, headers }: ReceivedMessage): void {
  const sent = messageOf(id, payload.byteLength);
  assert.ok(payload.equals(sent.payload), `message ${id} has another payload`);
  assert.equal(headers.get('marker'), sent.headers?.marker, `message ${id} has other headers`);
}
