// The ring between acceptor and shard, both ends on one thread: its cost without the wake-ups.
import { createRing, RingConsumer, RingProducer } from '../../src/shards/ring.ts';
import { ringSlots } from '../../src/wire/limits.ts';
import { type MicroSuite, type MicroTask, repeat } from './suite.ts';

const OPERATIONS = 1024;
/** Commands that become visible together, as in one turn of an event loop. */
const PER_PUBLISH = [1, 16, 256];

function passOn(producer: RingProducer, consumer: RingConsumer, count: number): void {
  for (let number = 0; number < count; number++) {
    const slot = producer.reserve();
    producer.words[slot] = number;
    producer.doubles[slot / 2 + 1] = number;
    producer.commit();
  }
  producer.publish();
  for (let number = 0; number < count; number++) {
    const slot = consumer.next();
    if (consumer.words[slot] !== number) throw new Error(`Slot ${number} is not what was written.`);
    consumer.release();
  }
}

function task(perPublish: number): MicroTask {
  const memory = createRing(ringSlots);
  const [producer, consumer] = [new RingProducer(memory), new RingConsumer(memory)];
  return {
    name: `write, publish and read, ${perPublish} at a time`,
    operations: OPERATIONS,
    run: repeat(OPERATIONS / perPublish, () => passOn(producer, consumer, perPublish)),
  };
}

export function ringSuite(): MicroSuite {
  return { name: 'ring', tasks: PER_PUBLISH.map(task) };
}
