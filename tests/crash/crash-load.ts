import assert from 'node:assert/strict';
import { type Client, connect } from '../../src/client/client.ts';
import type { SeededRandom } from '../support/random.ts';

const PRODUCER_BITS = 64n;
const CONSUMER = 7;

interface PartitionView {
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

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, () => ({
      next: 0n,
      lastSequence: new Map(),
      stored: -1n,
    }));
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Sends and commits until the broker is gone. */
  async run(url: string, random: SeededRandom): Promise<void> {
    const workers = this.#partitions.map((_, partition) => this.#produce(url, partition, random));
    await Promise.all([...workers, this.#commit(url)]);
  }

  /** Reads what came since the last call and checks it, with everything that was acknowledged. */
  async verifyNew(url: string): Promise<void> {
    await using client = await connect(url);
    for (const [partition, view] of this.#partitions.entries()) {
      for await (const message of read(client, partition, view.next)) {
        assert.equal(message.offset, view.next, `partition ${partition} has a gap`);
        assert.ok(!this.#seen.has(message.id), `message ${message.id} is there twice`);
        assert.equal(message.payload.readBigUInt64LE(), message.id & 0xffff_ffff_ffff_ffffn);
        this.#checkOrder(view, message.id);
        this.#seen.add(message.id);
        view.next++;
      }
      const offset = await client.offsets.get('crash', 'events', { partition, consumer: CONSUMER });
      const stored = offset?.storedOffset ?? -1n;
      assert.ok(
        stored >= view.stored,
        `offset ${view.stored} was acknowledged, ${stored} is stored`,
      );
    }
    for (const id of this.#acknowledged) assert.ok(this.#seen.has(id), `message ${id} is lost`);
  }

  /** Reads everything from the start: the same messages in the same order. */
  async verifyAll(url: string): Promise<void> {
    await using client = await connect(url);
    const all = new Set<bigint>();
    for (const [partition, view] of this.#partitions.entries()) {
      let next = 0n;
      for await (const message of read(client, partition, 0n)) {
        assert.equal(message.offset, next++, `partition ${partition} has a gap`);
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

  async #produce(url: string, partition: number, random: SeededRandom): Promise<void> {
    const producer = this.#nextProducer++;
    let sequence = 0n;
    await untilGone(url, async (client) => {
      const isLarge = random.next() < 0.3;
      const count = isLarge ? random.integer(100, 1000) : random.integer(1, 20);
      const ids = Array.from({ length: count }, () => (producer << PRODUCER_BITS) | sequence++);
      const bytes = isLarge ? 1000 : random.integer(8, 400);
      const messages = ids.map((id) => ({ id, payload: payloadOf(id, bytes) }));
      await client.messages.send('crash', 'events', messages, { partition });
      for (const id of ids) this.#acknowledged.add(id);
    });
  }

  async #commit(url: string): Promise<void> {
    await untilGone(url, async (client) => {
      for (const [partition, view] of this.#partitions.entries()) {
        const polled = await client.messages.poll('crash', 'events', {
          partition,
          consumer: CONSUMER,
          count: 50,
          autoCommit: true,
        });
        const last = polled.messages.at(-1);
        if (last !== undefined) view.stored = last.offset;
      }
    });
  }
}

/** Repeats an action on a connection of its own until the broker no longer answers. */
async function untilGone(url: string, action: (client: Client) => Promise<void>): Promise<void> {
  try {
    await using client = await connect(url, { reconnect: { enabled: false } });
    for (;;) await action(client);
  } catch (error) {
    // Only what a dead broker causes may end a worker: every other error is a finding.
    const { name } = error as Error;
    if (!['ConnectionClosed', 'CannotEstablishConnection', 'Disconnected'].includes(name))
      throw error;
  }
}

async function* read(client: Client, partition: number, from: bigint) {
  for (let offset = from; ; ) {
    const strategy = { offset };
    const options = { partition, strategy, count: 5000 };
    const { messages } = await client.messages.poll('crash', 'events', options);
    if (messages.length === 0) return;
    yield* messages;
    offset += BigInt(messages.length);
  }
}

function payloadOf(id: bigint, bytes: number): Buffer {
  const payload = Buffer.alloc(bytes, 0x2e);
  payload.writeBigUInt64LE(id & 0xffff_ffff_ffff_ffffn);
  return payload;
}
