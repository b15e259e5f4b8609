// Measures Veltro against the ceiling; benchmarks/README.md says what the figures mean.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../command-line.ts';
import { machine } from '../machine.ts';
import { touchPageCache } from '../page-cache.ts';
import { inTurn, measureRounds } from '../rounds.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type BenchmarkOptions, parseArguments, usage } from './arguments.ts';
import type { ContestantName, LoadMode, LoadResult, Measurement, Work } from './measurement.ts';
import { type RunningServer, runToEnd, startServer } from './processes.ts';
import { compare, formatTable } from './report.ts';
import { findTools, type Tools, veltroArguments, veltroProgram } from './tools.ts';

/** A batch with headers and index entries, generously. */
const BATCH_ON_DISK_BYTES = 1.1 * 1024 * 1024;
/** Deadline of one step of the load generator, which ends itself when it has passed. */
const LOAD_DEADLINE_SECONDS = 120;
/** Lets a server finish what it does after its last answer. */
const PAUSE_MS = 200;
/** Batches, of all producers together, that Veltro keeps in memory. */
const CACHED_BATCHES = 24;
/** Consumers read so much of what was sent, the oldest, which is no longer in memory. */
const OLD_SHARE = 1 / 2;

interface Contestant {
  readonly name: ContestantName;
  readonly server: RunningServer;
}

interface Bench {
  readonly options: BenchmarkOptions;
  readonly tools: Tools;
  readonly folder: string;
}

async function startVeltro({ options, folder }: Bench): Promise<Contestant> {
  const words = veltroArguments(join(folder, 'veltro'), options.threads);
  return { name: 'veltro', server: await startServer(veltroProgram, words) };
}

async function startCeiling({ options, tools, folder }: Bench): Promise<Contestant> {
  const data = join(folder, 'ceiling');
  mkdirSync(data);
  return { name: 'ceiling', server: await startServer(tools.server, [data, options.ceiling]) };
}

interface Load {
  readonly mode: LoadMode;
  readonly connections: number;
  /** Batches of each connection. */
  readonly batches: number;
  readonly passes?: number;
  readonly isFollowed?: boolean;
}

async function load(
  { options, tools }: Bench,
  { name, server }: Contestant,
  { mode, connections, batches, passes = 1, isFollowed = false }: Load,
): Promise<LoadResult> {
  const output = await runToEnd(tools.load, [
    ...[mode, String(server.port), '--connections', String(connections)],
    ...['--batches', String(batches), '--passes', String(passes)],
    ...(isFollowed ? ['--followed'] : []),
    ...['--depth', String(mode === 'send' ? options.depth : 1)],
    ...['--deadline', String(LOAD_DEADLINE_SECONDS)],
    ...['--offsets', name === 'ceiling' ? 'unassigned' : 'assigned'],
  ]);
  return JSON.parse(output) as LoadResult;
}

type Results = readonly (readonly [Work, LoadResult])[];

async function measureFile(
  bench: Bench,
  contestant: Contestant,
  connections: number,
): Promise<Results> {
  const batches = bench.options.batches / connections;
  touchPageCache(bench.folder, bench.options.batches * BATCH_ON_DISK_BYTES);
  const sent = await load(bench, contestant, { mode: 'send', connections, batches });
  const old = Math.ceil(batches * OLD_SHARE);
  const poll = { mode: 'poll', connections, batches: old, passes: 1 / OLD_SHARE } as const;
  const polled = await load(bench, contestant, poll);
  await cleanUp(bench, contestant);
  return [
    ['send', sent],
    ['poll from file', polled],
  ];
}

async function measureCache(
  bench: Bench,
  contestant: Contestant,
  connections: number,
): Promise<Results> {
  const batches = Math.ceil(CACHED_BATCHES / connections);
  // Veltro keeps in memory what is sent where somebody reads at the end.
  await load(bench, contestant, { mode: 'send', connections, batches, isFollowed: true });
  const passes = Math.ceil(bench.options.batches / (connections * batches));
  const polled = await load(bench, contestant, { mode: 'poll', connections, batches, passes });
  await cleanUp(bench, contestant);
  return [['poll from cache', polled]];
}

async function cleanUp({ tools }: Bench, { server }: Contestant): Promise<void> {
  await runToEnd(tools.load, ['delete', String(server.port)]);
  await sleep(PAUSE_MS);
}

async function runRound(
  bench: Bench,
  contestants: readonly Contestant[],
  round: number,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const connections of bench.options.connections) {
    for (const contestant of inTurn(contestants, round)) {
      const results = [
        ...(await measureFile(bench, contestant, connections)),
        ...(await measureCache(bench, contestant, connections)),
      ];
      const place = { round, contestant: contestant.name };
      measurements.push(...results.map(([work, result]) => ({ ...place, work, ...result })));
    }
  }
  return measurements;
}

function print({ options, tools }: Bench, measurements: readonly Measurement[]): void {
  const comparisons = compare(measurements);
  const environment = { ...machine(), tools: tools.description };
  if (options.json) {
    console.log(JSON.stringify({ environment, options, comparisons, measurements }, null, 2));
    return;
  }
  const { rounds, batches, depth, threads } = options;
  console.log(`${tools.description}\n${JSON.stringify(machine())}`);
  console.log(
    `Rounds: ${rounds}, of ${batches} MB. Depth: ${depth}. Threads: ${threads}. Medians:\n`,
  );
  console.log(formatTable(comparisons));
}

async function runBenchmark(options: BenchmarkOptions): Promise<void> {
  const folder = temporaryFolder(options.dataDir, 'ceiling');
  const bench: Bench = { options, tools: findTools(options.ceiling), folder };
  const contestants: Contestant[] = [];
  try {
    contestants.push(await startVeltro(bench));
    contestants.push(await startCeiling(bench));
    const { rounds, warmUpRounds } = options;
    const measure = (round: number) => runRound(bench, contestants, round);
    print(bench, await measureRounds(rounds, measure, warmUpRounds));
  } finally {
    await Promise.all(contestants.map(({ server }) => server.stop()));
  }
}

await runCommand({ usage, parse: parseArguments, run: runBenchmark });
