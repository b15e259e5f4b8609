// How the cost of a request, and the memory of an idle broker, depend on how much there is.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../ceiling/processes.ts';
import { markdownTable } from '../table.ts';
import type { RequestOptions } from './arguments.ts';
import {
  type Contestant,
  type Load,
  loadArguments,
  measure,
  prepare,
  type RequestTools,
  startVeltro,
} from './contestants.ts';
import type { Measurement } from './measurement.ts';
import { processorTime, residentBytes } from './processor-time.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const IDLE_MS = 3000;
const SETTLE_MS = 1500;
const SMALL_SEGMENT = '16 KiB';
/** The broker's own limit is 10,000. */
const IDLE_CONNECTIONS = [1, 1000, 9900] as const;

/** One line of the table. */
interface Case {
  readonly name: string;
  readonly connections: number;
  readonly topics: number;
  readonly partitions: number;
  readonly messages: number;
  readonly rotates?: boolean;
  /** Many segments in each partition, made by sends that come before the measurement. */
  readonly hasManySegments?: boolean;
}

const BASE = { connections: 32, topics: 1, partitions: 10, messages: 10 } as const;

const CASES: readonly Case[] = [
  { ...BASE, name: '10 connections', connections: 10 },
  { ...BASE, name: '1,000 connections', connections: 1000 },
  { ...BASE, name: '9,900 connections', connections: 9900 },
  { ...BASE, name: '10 partitions', rotates: true },
  { ...BASE, name: '1,000 partitions', partitions: 1000, rotates: true },
  { ...BASE, name: '10,000 partitions, 32 in use', topics: 10, partitions: 1000 },
  { ...BASE, name: '10,000 partitions, all in use', topics: 10, partitions: 1000, rotates: true },
  { ...BASE, name: '1,000 topics', topics: 1000, partitions: 1, rotates: true },
  { ...BASE, name: 'many segments', messages: 1000, hasManySegments: true },
];

interface Line {
  readonly name: string;
  readonly results: Readonly<Record<'send' | 'poll', Measurement>>;
  readonly residentMb: number;
}

interface IdleCost {
  readonly connections: number;
  readonly residentMb: number;
  readonly bytesEach: number;
  readonly coreShare: number;
}

function textOf(value: number, digits = 1): string {
  return value.toFixed(digits);
}

function cells({ name, results: { send, poll }, residentMb }: Line): string[] {
  const figures = [send, poll].flatMap((result) => [
    textOf(result.requestsPerSecond, 0),
    textOf(result.acceptorUs),
    textOf(result.othersUs),
  ]);
  return [name, ...figures, textOf(residentMb, 0)];
}

const HEADINGS = [
  'With',
  'Sends /s',
  'acceptor µs',
  'shard µs',
  'Polls /s',
  'acceptor µs',
  'shard µs',
  'Resident MB',
];

async function withBroker<Result>(
  { threads }: RequestOptions,
  tools: RequestTools,
  folder: string,
  use: (contestant: Contestant) => Promise<Result>,
): Promise<Result> {
  const own = join(folder, 'scaling');
  mkdirSync(own);
  const contestant = await startVeltro(tools, own, threads);
  try {
    return await use(contestant);
  } finally {
    await contestant.server.stop();
    rmSync(own, { recursive: true });
  }
}

async function measureCase(
  contestant: Contestant,
  one: Case,
  { milliseconds, rounds }: RequestOptions,
): Promise<Line> {
  await prepare(contestant, 'create', one);
  const load: Omit<Load, 'mode'> = { ...one, depth: 1, milliseconds };
  if (one.hasManySegments === true) {
    await measure(contestant, { ...load, mode: 'send', milliseconds: IDLE_MS }, 0);
  }
  const best = async (mode: 'send' | 'poll') => {
    const results: Measurement[] = [];
    for (let round = 0; round <= rounds; round++) {
      results.push(await measure(contestant, { ...load, mode }, round));
    }
    const [, ...counted] = results;
    // The least is what the work takes; other processes can only add to it.
    return counted.reduce((least, one) => (one.acceptorUs < least.acceptorUs ? one : least));
  };
  const results = { send: await best('send'), poll: await best('poll') };
  return { name: one.name, results, residentMb: residentBytes(contestant.server.pid) / MIB };
}

/** What connections cost that only exist. */
async function measureIdle(contestant: Contestant, connections: number): Promise<IdleCost> {
  const { server, tools } = contestant;
  const before = residentBytes(server.pid);
  const crowd = await startServer(tools.load, loadArguments(server.port, { connections }, 'idle'));
  await sleep(SETTLE_MS);
  const started = processorTime(server.pid);
  await sleep(IDLE_MS);
  const ended = processorTime(server.pid);
  const after = residentBytes(server.pid);
  await crowd.stop();
  const seconds = ended.main + ended.others - started.main - started.others;
  return {
    connections,
    residentMb: after / MIB,
    bytesEach: (after - before) / connections,
    coreShare: Math.max(0, (seconds * 1000) / IDLE_MS),
  };
}

function idleTable(costs: readonly IdleCost[]): string {
  const headings = ['Idle connections', 'Resident MB', 'KiB each', '% of a core'];
  const rows = costs.map(({ connections, residentMb, bytesEach, coreShare }) => [
    String(connections),
    textOf(residentMb, 0),
    textOf(bytesEach / KIB),
    textOf(coreShare * 100, 2),
  ]);
  return markdownTable(headings, rows);
}

/** Measures all cases, each with a broker of its own; returns two Markdown tables. */
export async function measureScaling(
  options: RequestOptions,
  tools: RequestTools,
  folder: string,
): Promise<string> {
  const lines: Line[] = [];
  for (const one of CASES.filter(({ name }) => name.includes(options.only))) {
    process.env.VELTRO_SYSTEM_SEGMENT_SIZE = one.hasManySegments ? SMALL_SEGMENT : '1 GiB';
    const run = (contestant: Contestant) => measureCase(contestant, one, options);
    lines.push(await withBroker(options, tools, folder, run));
    process.stderr.write(`${one.name} done.\n`);
  }
  const idle: IdleCost[] = [];
  const crowds = 'idle'.includes(options.only) ? IDLE_CONNECTIONS : [];
  for (const connections of crowds) {
    const run = (contestant: Contestant) => measureIdle(contestant, connections);
    idle.push(await withBroker(options, tools, folder, run));
  }
  const tables = [
    lines.length === 0 ? '' : markdownTable(HEADINGS, lines.map(cells)),
    idle.length === 0 ? '' : idleTable(idle),
  ];
  return tables.filter((text) => text !== '').join('\n\n');
}
