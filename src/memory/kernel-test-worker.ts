import { parentPort, workerData } from 'node:worker_threads';
import { instantiateKernel } from './kernel.ts';

// Stamps its own batch again and again while others stamp theirs, and counts the messages that did
// not hold afterwards.
const { module, memory, barrier, workers, rounds, batch } = workerData;
const kernel = instantiateKernel(module, memory);
const { indexes, count, messages, length } = batch;
const entries = Buffer.from(memory.buffer, indexes, messages - indexes);
const asSent = Buffer.from(entries);

const arrivals = new Int32Array(barrier);
Atomics.add(arrivals, 0, 1);
Atomics.notify(arrivals, 0);
for (let seen = Atomics.load(arrivals, 0); seen < workers; seen = Atomics.load(arrivals, 0)) {
  Atomics.wait(arrivals, 0, seen);
}

let broken = 0;
for (let round = 0; round < rounds; round++) {
  const offset = BigInt(round * count);
  entries.set(asSent);
  kernel.accept(indexes, count, messages, length, offset, 0n, 0, BigInt(round));
  broken += count - kernel.scan(messages, length, offset, 0n, 0, indexes, count);
}
parentPort!.postMessage(broken);
