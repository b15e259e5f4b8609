// Measures small requests; benchmarks/README.md says what the figures mean.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { killChildrenAtExit } from '../ceiling/processes.ts';
import { machine } from '../machine.ts';
import { parseArguments, type RequestOptions, usage } from './arguments.ts';
import {
  type Contestant,
  findRequestTools,
  measure,
  prepare,
  type RequestTools,
  startCeiling,
  startEcho,
  startVeltro,
} from './contestants.ts';
import type { Measurement } from './measurement.ts';
import { formatSummaries, summarize } from './report.ts';
import { measureScaling } from './scaling.ts';

/** One topic, as many partitions as the widest usual shape has connections, some messages each. */
const PLACE = { topics: 1, partitions: 64, messages: 100 } as const;
const WARM_UP_ROUND = 0;

async function runRound(
  { shapes, milliseconds }: RequestOptions,
  contestants: readonly Contestant[],
  round: number,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  // Whoever went first in the last round goes last in this one.
  const ordered = round % 2 === 0 ? contestants : [...contestants].reverse();
  for (const shape of shapes) {
    for (const mode of ['send', 'poll'] as const) {
      for (const contestant of ordered) {
        const load = { ...PLACE, ...shape, mode, milliseconds };
        measurements.push(await measure(contestant, load, round));
      }
    }
  }
  return measurements;
}

/** Every round has messages of its own, so that the page cache does not grow. */
async function runRounds(
  options: RequestOptions,
  contestants: readonly Contestant[],
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const stored = contestants.filter(({ name }) => name !== 'echo');
  for (let round = WARM_UP_ROUND; round <= options.rounds; round++) {
    for (const contestant of stored) await prepare(contestant, 'create', PLACE);
    const results = await runRound(options, contestants, round);
    for (const contestant of stored) await prepare(contestant, 'delete', PLACE);
    if (round !== WARM_UP_ROUND) measurements.push(...results);
    process.stderr.write(`${round === WARM_UP_ROUND ? 'Warm-up' : `Round ${round}`} done.\n`);
  }
  return measurements;
}

async function compare(
  options: RequestOptions,
  tools: RequestTools,
  folder: string,
): Promise<void> {
  const contestants: Contestant[] = [];
  try {
    contestants.push(await startVeltro(tools, folder, options.threads));
    contestants.push(await startCeiling(tools, folder));
    contestants.push(await startEcho(tools));
    const measurements = await runRounds(options, contestants);
    const summaries = summarize(measurements);
    if (options.json) {
      const environment = { ...machine(), tools: tools.description };
      console.log(JSON.stringify({ environment, options, summaries, measurements }, null, 2));
    } else console.log(formatSummaries(summaries));
  } finally {
    await Promise.all(contestants.map(({ server }) => server.stop()));
  }
}

async function runBenchmark(options: RequestOptions): Promise<void> {
  const folder = mkdtempSync(join(options.dataDir, 'veltro-requests-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const tools = findRequestTools();
  if (!options.json) console.log(`${tools.description}\n${JSON.stringify(machine())}\n`);
  if (options.scaling) console.log(await measureScaling(options, tools, folder));
  else await compare(options, tools, folder);
}

function readArguments(): RequestOptions | undefined {
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
