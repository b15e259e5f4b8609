// Measures Veltro against the ceiling; benchmarks/README.md says what the figures mean.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { touchPageCache } from '../page-cache.ts';
import { type BenchmarkOptions, parseArguments, usage } from './arguments.ts';
import type { ContestantName, LoadMode, LoadResult, Measurement } from './measurement.ts';
import { killChildrenAtExit, type RunningServer, runToEnd, startServer } from './processes.ts';
import { compare, formatTable } from './report.ts';
import { findTools, type Tools, veltroProgram } from './tools.ts';

/** A batch with headers and index entries, generously. */
const BATCH_ON_DISK_BYTES = 1.1 * 1024 * 1024;
/** Deadline of one step of the load generator, which ends itself when it has passed. */
const LOAD_DEADLINE_SECONDS = 120;
/** Lets a server finish what it does after its last answer. */
const PAUSE_MS = 200;
const WARM_UP_ROUND = 0;

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
  const server = await startServer(veltroProgram, [
    ...['--tcp', '127.0.0.1:0', '--data-dir', join(folder, 'veltro')],
    ...['--threads', String(options.threads), '--with-default-root-credentials'],
    ...['--http', 'off', '--quic', 'off', '--websocket', 'off', '--log-format', 'json'],
  ]);
  return { name: 'veltro', server };
}

async function startCeiling({ options, tools, folder }: Bench): Promise<Contestant> {
  const data = join(folder, 'ceiling');
  mkdirSync(data);
  return { name: 'ceiling', server: await startServer(tools.server, [data, options.ceiling]) };
}

async function load(
  { options, tools }: Bench,
  { name, server }: Contestant,
  mode: LoadMode,
  connections: number,
): Promise<LoadResult> {
  const output = await runToEnd(tools.load, [
    ...[mode, String(server.port), '--connections', String(connections)],
    ...['--batches', String(options.batches / connections)],
    ...['--depth', String(mode === 'send' ? options.depth : 1)],
    ...['--deadline', String(LOAD_DEADLINE_SECONDS)],
    ...['--offsets', name === 'ceiling' ? 'unassigned' : 'assigned'],
  ]);
  return JSON.parse(output) as LoadResult;
}

async function measure(
  bench: Bench,
  contestant: Contestant,
  connections: number,
): Promise<LoadResult[]> {
  touchPageCache(bench.folder, bench.options.batches * BATCH_ON_DISK_BYTES);
  const sent = await load(bench, contestant, 'send', connections);
  const polled = await load(bench, contestant, 'poll', connections);
  await runToEnd(bench.tools.load, ['delete', String(contestant.server.port)]);
  await sleep(PAUSE_MS);
  return [sent, polled];
}

async function runRound(
  bench: Bench,
  contestants: readonly Contestant[],
  round: number,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  // Whoever went first in the last round goes second in this one.
  const ordered = round % 2 === 0 ? contestants : [...contestants].reverse();
  for (const connections of bench.options.connections) {
    for (const contestant of ordered) {
      const results = await measure(bench, contestant, connections);
      const place = { round, contestant: contestant.name };
      measurements.push(...results.map((result) => ({ ...place, ...result })));
    }
  }
  return measurements;
}

async function runRounds(bench: Bench, contestants: readonly Contestant[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (let round = WARM_UP_ROUND; round <= bench.options.rounds; round++) {
    const results = await runRound(bench, contestants, round);
    if (round !== WARM_UP_ROUND) measurements.push(...results);
    process.stderr.write(`${round === WARM_UP_ROUND ? 'Warm-up' : `Round ${round}`} done.\n`);
  }
  return measurements;
}

function machine(): Record<string, string | number> {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    loadAverage: Number(loadavg()[0].toFixed(2)),
  };
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
  const folder = mkdtempSync(join(options.dataDir, 'veltro-ceiling-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const bench: Bench = { options, tools: findTools(options.ceiling), folder };
  const contestants: Contestant[] = [];
  try {
    contestants.push(await startVeltro(bench));
    contestants.push(await startCeiling(bench));
    print(bench, await runRounds(bench, contestants));
  } finally {
    await Promise.all(contestants.map(({ server }) => server.stop()));
  }
}

function readArguments(): BenchmarkOptions | undefined {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

const options = readArguments();
if (options?.help) console.log(usage);
else if (options) {
  killChildrenAtExit();
  await runBenchmark(options).catch((error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
  });
}
