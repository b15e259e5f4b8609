import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { createRing, RingConsumer, RingProducer, slotWords } from './ring.ts';

function push(producer: RingProducer, value: number): boolean {
  const slot = producer.reserve();
  if (slot < 0) return false;
  for (let word = 0; word < slotWords; word++) producer.words[slot + word] = value + word;
  producer.commit();
  if (producer.publish()) producer.wake();
  return true;
}

function pop(consumer: RingConsumer): number | undefined {
  const slot = consumer.next();
  if (slot < 0) return undefined;
  const value = consumer.words[slot];
  for (let word = 0; word < slotWords; word++) {
    assert.equal(consumer.words[slot + word], (value + word) | 0, 'a torn slot');
  }
  consumer.release();
  return value;
}

describe('Ring', () => {
  it('behaves as a queue of bounded length for any order of pushes and pops', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 8, 64),
        fc.array(fc.boolean(), { maxLength: 500 }),
        (slots, pushes) => {
          const memory = createRing(slots);
          const producer = new RingProducer(memory);
          const consumer = new RingConsumer(memory);
          const model: number[] = [];
          let value = 0;
          for (const isPush of pushes) {
            if (isPush) {
              assert.equal(push(producer, value), model.length < slots);
              if (model.length < slots) model.push(value);
              value++;
            } else {
              assert.equal(pop(consumer), model.shift());
            }
            assert.equal(producer.room() > 0, model.length < slots);
          }
        },
      ),
    );
  });

  it('shows nothing before it is published', () => {
    const memory = createRing(4);
    const producer = new RingProducer(memory);
    const consumer = new RingConsumer(memory);
    producer.words[producer.reserve()] = 7;
    producer.commit();
    assert.equal(consumer.next(), -1);
    producer.publish();
    assert.equal(consumer.words[consumer.next()], 7);
  });

  it('goes on when its positions wrap around 32 bits', () => {
    const memory = createRing(8);
    new Int32Array(memory).fill(0x7ffffffe, 0, 1).fill(0x7ffffffe, 32, 33);
    const producer = new RingProducer(memory);
    const consumer = new RingConsumer(memory);
    for (let value = 0; value < 100; value++) {
      assert.ok(push(producer, value));
      assert.equal(pop(consumer), value);
    }
    for (let value = 0; value < 8; value++) assert.ok(push(producer, value));
    assert.equal(push(producer, 8), false);
  });

  it('asks for a wake-up exactly when the consumer announced its sleep', () => {
    const memory = createRing(4);
    const producer = new RingProducer(memory);
    const consumer = new RingConsumer(memory);
    const publishOne = (isUrgent?: boolean) => {
      producer.reserve();
      producer.commit();
      return producer.publish(isUrgent);
    };
    const takeOne = () => {
      consumer.next();
      consumer.release();
    };
    assert.equal(publishOne(), false);
    assert.equal(consumer.announceSleep(), false, 'work is there');
    takeOne();
    assert.equal(consumer.announceSleep(), true);
    assert.equal(publishOne(), true);
    assert.equal(publishOne(), false, 'one wake-up is enough');
    takeOne();
    takeOne();
    assert.equal(consumer.announceSleep(true), true);
    assert.equal(publishOne(false), false, 'it wants to hear of urgent work only');
    assert.equal(consumer.announceSleep(true), false, 'but takes what is there');
    takeOne();
    assert.equal(consumer.announceSleep(true), true);
    assert.equal(publishOne(), true);
    takeOne();
    assert.equal(consumer.announceSleep(), true);
    assert.equal(publishOne(false), true);
  });

  it('asks for no wake-up while it is watched', () => {
    const memory = createRing(4);
    const producer = new RingProducer(memory);
    const consumer = new RingConsumer(memory);
    assert.equal(consumer.announceSleep(), true);
    consumer.announceWatch();
    producer.reserve();
    producer.commit();
    assert.equal(producer.publish(), false);
    assert.notEqual(consumer.next(), -1);
  });

  it('counts what is not published', () => {
    const producer = new RingProducer(createRing(4));
    producer.reserve();
    producer.commit();
    producer.reserve();
    producer.commit();
    assert.equal(producer.unpublished(), 2);
    producer.publish();
    assert.equal(producer.unpublished(), 0);
  });

  it('refuses a number of slots that is no power of two', () => {
    assert.throws(() => new RingProducer(createRing(12)), /12 slots/);
  });

  for (const [slots, entries, spinMs] of [
    [2, 200_000, 0],
    [2, 200_000, 0.1],
    [1024, 4_000_000, 0],
  ]) {
    const awake = `awake for ${spinMs} ms`;
    it(`carries ${entries} entries between threads through ${slots} slots, ${awake}`, async () => {
      const memory = createRing(slots);
      const worker = new Worker(new URL('./ring-test-worker.js', import.meta.url), {
        workerData: { memory, entries, spinMs },
      });
      const result = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        const producer = new RingProducer(memory);
        for (let value = 0; value < entries; value++) {
          while (!push(producer, value)) producer.waitForRoom(1000);
        }
      });
      assert.deepEqual(result, { torn: 0, outOfOrder: 0 });
      await worker.terminate();
    });
  }
});
