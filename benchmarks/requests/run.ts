// Measures small requests; benchmarks/README.md says what the figures mean.
import { runCommand } from '../command-line.ts';
import { machine } from '../machine.ts';
import { inTurn, measureRounds } from '../rounds.ts';
import { temporaryFolder } from '../temporary-folder.ts';
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

async function runRound(
  { shapes, milliseconds }: RequestOptions,
  contestants: readonly Contestant[],
  round: number,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const shape of shapes) {
    for (const mode of ['send', 'poll'] as const) {
      for (const contestant of inTurn(contestants, round)) {
        const load = { ...PLACE, ...shape, mode, milliseconds };
        measurements.push(await measure(contestant, load, round));
      }
    }
  }
  return measurements;
}

/** Every round has messages of its own, so that the page cache does not grow. */
async function runFreshRound(
  options: RequestOptions,
  contestants: readonly Contestant[],
  round: number,
): Promise<Measurement[]> {
  const stored = contestants.filter(({ name }) => name !== 'echo');
  for (const contestant of stored) await prepare(contestant, 'create', PLACE);
  const results = await runRound(options, contestants, round);
  for (const contestant of stored) await prepare(contestant, 'delete', PLACE);
  return results;
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
    const measurements = await measureRounds(options.rounds, (round) =>
      runFreshRound(options, contestants, round),
    );
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
  const folder = temporaryFolder(options.dataDir, 'requests');
  const tools = findRequestTools();
  if (!options.json) console.log(`${tools.description}\n${JSON.stringify(machine())}\n`);
  if (options.scaling) console.log(await measureScaling(options, tools, folder));
  else await compare(options, tools, folder);
}

await runCommand({ usage, parse: parseArguments, run: runBenchmark });
