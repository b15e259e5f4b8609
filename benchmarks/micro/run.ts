// Measures parts of the broker one by one; benchmarks/README.md says what the figures mean.
import { Bench } from 'tinybench';
import { runCommand } from '../command-line.ts';
import { allocatorSuite } from './allocator.ts';
import { type MicroOptions, parseArguments, usage } from './arguments.ts';
import { catalogSuite } from './catalog.ts';
import { codecSuite } from './codec.ts';
import { frameReaderSuite } from './frame-reader.ts';
import { indexSuite } from './index-search.ts';
import { formatResults, type MicroResult } from './report.ts';
import { ringSuite } from './ring.ts';
import type { MicroSuite, MicroTask } from './suite.ts';

const openers: readonly (() => MicroSuite | Promise<MicroSuite>)[] = [
  codecSuite,
  frameReaderSuite,
  ringSuite,
  allocatorSuite,
  indexSuite,
  catalogSuite,
];

const KERNEL = 'kernel';

async function measure(part: string, task: MicroTask, timeMs: number): Promise<MicroResult> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 5 });
  bench.add(task.name, () => task.run());
  await bench.run();
  const { result } = bench.tasks[0];
  if (result.state !== 'completed') throw new Error(`${part}, ${task.name}: ${result.state}.`);
  const { p50, p99, samplesCount } = result.latency;
  const nanoseconds = (milliseconds: number) => (milliseconds * 1e6) / task.operations;
  return {
    part,
    work: task.name,
    calls: samplesCount,
    nanosecondsP50: nanoseconds(p50),
    nanosecondsP99: nanoseconds(p99),
    bytes: task.bytes,
  };
}

async function measureSuite(suite: MicroSuite, options: MicroOptions): Promise<MicroResult[]> {
  const isWanted = ({ name }: MicroTask) =>
    `${suite.name} ${name}`.toLowerCase().includes(options.filter);
  const results: MicroResult[] = [];
  try {
    for (const task of suite.tasks.filter(isWanted)) {
      results.push(await measure(suite.name, task, options.timeMs));
    }
  } finally {
    await suite.close?.();
  }
  return results;
}

async function runAll(options: MicroOptions): Promise<void> {
  const results: MicroResult[] = [];
  for (const open of openers) results.push(...(await measureSuite(await open(), options)));
  const withKernel = KERNEL.includes(options.filter) && !options.json;
  if (results.length === 0 && !withKernel)
    throw new Error(`Nothing is called '${options.filter}'.`);
  if (options.json) console.log(JSON.stringify(results, null, 2));
  else if (results.length > 0) console.log(formatResults(results));
  // A program with a table of its own, which runs when it is loaded.
  if (withKernel) await import('../kernel.ts');
}

await runCommand({ usage, parse: parseArguments, run: runAll });
