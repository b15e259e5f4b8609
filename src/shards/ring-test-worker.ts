import { parentPort, workerData } from 'node:worker_threads';
import { RingConsumer, slotWords } from './ring.ts';

// Takes every entry of a ring and says how many were torn or came out of order.
const consumer = new RingConsumer(workerData.memory, workerData.spinMs);
let torn = 0;
let outOfOrder = 0;
for (let expected = 0; expected < workerData.entries; ) {
  const slot = consumer.next();
  if (slot < 0) {
    consumer.waitForWork(50);
    continue;
  }
  const value = consumer.words[slot];
  if (value !== expected) outOfOrder++;
  for (let word = 1; word < slotWords; word++) {
    if (consumer.words[slot + word] !== ((value + word) | 0)) torn++;
  }
  consumer.release();
  expected++;
}
parentPort!.postMessage({ torn, outOfOrder });
