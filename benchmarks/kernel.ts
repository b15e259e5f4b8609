// Throughput of the WebAssembly kernel on one thread. After `npm run build`:
// node dist/benchmarks/kernel.js
import { xxh3 } from '@node-rs/xxhash';
import { Bench } from 'tinybench';
import { compileKernel, instantiateKernel } from '../src/memory/kernel.ts';
import { arenaPageBytes, indexEntryBytes, messageHeaderBytes } from '../src/wire/limits.ts';

const MESSAGES = 1000;
const PAYLOAD_BYTES = [16, 100, 1000, 10_000];
/** The checksum in front of each message covers what follows it. */
const CHECKSUM_BYTES = 8;
const BASE_OFFSET = 1_000_000n;
const SEPARATOR = 0x2c;

const pages = 512;
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
const kernel = instantiateKernel(await compileKernel(), memory);
const bytes = Buffer.from(memory.buffer);

const indexes = arenaPageBytes;
const messages = indexes + MESSAGES * indexEntryBytes;

/** Lays out a batch as a client sends it. */
function layOut(payloadBytes: number): void {
  const frameBytes = messageHeaderBytes + payloadBytes;
  bytes.fill(0, indexes, messages + MESSAGES * frameBytes);
  for (let i = 0; i < MESSAGES; i++) {
    bytes.writeUInt32LE((i + 1) * frameBytes, indexes + i * indexEntryBytes + 4);
    bytes.writeUInt32LE(payloadBytes, messages + i * frameBytes + 52);
  }
}

async function measure(payloadBytes: number): Promise<void> {
  const length = MESSAGES * (messageHeaderBytes + payloadBytes);
  const bench = new Bench({ time: 500 });
  layOut(payloadBytes);
  const entries = bytes.subarray(indexes, messages);
  const asSent = Buffer.from(entries);
  bench.add('accept', () => {
    // A stamped batch is refused: only its index entries tell.
    entries.set(asSent);
    const status = kernel.accept(indexes, MESSAGES, messages, length, BASE_OFFSET, 0n, 0, 1n);
    if (status !== 0) throw new Error(`The batch is not valid: status ${status}.`);
  });
  bench.add('scan', () => {
    const count = kernel.scan(messages, length, BASE_OFFSET, 0n, 0, indexes, MESSAGES);
    if (count !== MESSAGES) throw new Error(`Only ${count} messages hold.`);
  });
  const text = messages + length;
  bench.add('print', () => {
    const printed = kernel.print(messages, length, MESSAGES, SEPARATOR, text);
    if (printed < length) throw new Error(`Only ${printed} bytes were printed.`);
  });
  // The checksums alone by native code, called once a message, on memory that is not shared:
  // shared memory it would copy first.
  const frames = Buffer.from(bytes.subarray(messages, messages + length));
  bench.add('native XXH3', () => {
    const frameBytes = messageHeaderBytes + payloadBytes;
    for (let at = 0; at < length; at += frameBytes) {
      xxh3.xxh64(frames.subarray(at + CHECKSUM_BYTES, at + frameBytes));
    }
  });
  await bench.run();
  for (const { name, result } of bench.tasks) {
    if (result.state !== 'completed') throw new Error(`${name} of ${payloadBytes} bytes failed.`);
    const gigabytes = (length / result.latency.p50 / 1e6).toFixed(2);
    const nanoseconds = ((result.latency.p50 * 1e6) / MESSAGES).toFixed(1);
    console.log(`${name}\t${payloadBytes} B\t${gigabytes} GB/s\t${nanoseconds} ns a message`);
  }
}

for (const payloadBytes of PAYLOAD_BYTES) await measure(payloadBytes);
