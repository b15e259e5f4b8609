// What a request allocates on the heaps of acceptor and shard, with one message and with a thousand
// of them, and how long the collector stops the acceptor; benchmarks/README.md has what came of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHistogram, PerformanceObserver } from 'node:perf_hooks';
import { Broker } from '../../src/broker/broker.ts';
import { killChildrenAtExit, runToEnd } from '../ceiling/processes.ts';
import { findTools } from '../ceiling/tools.ts';
import { machine } from '../machine.ts';
import { markdownTable } from '../table.ts';
import { type Allocations, HeapSampler } from './heap-sampler.ts';

const CONNECTIONS = 4;
/** Of each connection: enough to compile what is hot before it is watched, and to average. */
const WARM_UP_REQUESTS = 4000;
const REQUESTS = 4000;
/** Batches of a thousand take a MB each: fewer of them are enough. */
const LARGE_REQUESTS = 120;
const SIZES = [
  { messages: 1, requests: REQUESTS },
  { messages: 1000, requests: LARGE_REQUESTS },
] as const;
const MODES = ['send', 'poll'] as const;
const PLACES_SHOWN = 12;
const NANOS_PER_MS = 1e6;

const { load } = findTools('threads');

function run(mode: string, port: number, requests: number, messages: number): Promise<unknown> {
  return runToEnd(load, [
    ...[mode, String(port), '--connections', String(CONNECTIONS)],
    ...['--batches', String(requests), '--messages', String(messages), '--offsets', 'assigned'],
  ]);
}

async function warmUp(port: number): Promise<void> {
  for (const mode of MODES) await run(mode, port, WARM_UP_REQUESTS, 1);
  await runToEnd(load, ['delete', String(port)]);
}

interface Row {
  readonly work: string;
  readonly requests: number;
  readonly threads: readonly Allocations[];
}

async function measure(sampler: HeapSampler, port: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { messages, requests } of SIZES) {
    for (const mode of MODES) {
      const threads = await sampler.watch(async () => {
        await run(mode, port, requests, messages);
      });
      const work = `${mode}, ${messages} message${messages === 1 ? '' : 's'}`;
      rows.push({ work, requests: requests * CONNECTIONS, threads });
    }
    await runToEnd(load, ['delete', String(port)]);
  }
  return rows;
}

/** How long the collector stops this thread, in nanoseconds. */
function watchCollector() {
  const pauses = createHistogram();
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      pauses.record(Math.max(1, Math.round(duration * NANOS_PER_MS)));
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return pauses;
}

function perRequest({ total }: Allocations, requests: number): string {
  return (total / requests).toFixed(0);
}

function places({ work, requests, threads }: Row): string {
  const tables = threads.map(({ bytes: allocated }, thread) => {
    const sorted = [...allocated].sort(([, a], [, b]) => b - a).slice(0, PLACES_SHOWN);
    const rows = sorted.map(([place, bytes]) => [(bytes / requests).toFixed(1), place]);
    const who = thread === 0 ? 'acceptor' : 'shard';
    return markdownTable([`${work}, ${who}: bytes a request`, 'allocated by'], rows);
  });
  return tables.join('\n\n');
}

async function main(): Promise<void> {
  killChildrenAtExit();
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-heap-'));
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  await using broker = await Broker.start({ dataDir, threads: 1, tcp: { port: 0 } });
  const port = Number(new URL(`tcp://${broker.addresses.tcp}`).port);
  const sampler = new HeapSampler();
  await sampler.attach();
  await warmUp(port);
  const rows = await measure(sampler, port);
  await sampler.detach();
  const pauses = watchCollector();
  for (const mode of MODES) await run(mode, port, 10 * REQUESTS, 1);
  const table = rows.map(({ work, requests, threads }) => [
    work,
    ...threads.map((thread) => perRequest(thread, requests)),
  ]);
  console.log(JSON.stringify(machine()), '\n');
  console.log(markdownTable(['Request', 'Acceptor: bytes', 'Shard: bytes'], table), '\n');
  console.log(rows.map(places).join('\n\n'), '\n');
  const ms = (nanos: number) => (nanos / NANOS_PER_MS).toFixed(2);
  console.log(
    `Pauses of the acceptor's collector, ${2 * 10 * REQUESTS * CONNECTIONS} small requests: ` +
      `${pauses.count}, p50 ${ms(pauses.percentile(50))} ms, p99 ${ms(pauses.percentile(99))} ms, ` +
      `p99.9 ${ms(pauses.percentile(99.9))} ms, longest ${ms(pauses.max)} ms`,
  );
}

await main();
