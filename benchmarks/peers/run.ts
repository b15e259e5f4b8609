// Compares Veltro with other brokers; docs/benchmarks.md has the figures and says what they mean.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../ceiling/processes.ts';
import { projectFolder } from '../ceiling/tools.ts';
import { runCommand } from '../command-line.ts';
import { machine } from '../machine.ts';
import { type PeersOptions, parseArguments, usage } from './arguments.ts';
import { pageFiles, withFigures } from './page.ts';
import type { Installation } from './peer.ts';
import { peers } from './peers.ts';
import { type Results, readResults } from './results.ts';
import { summarizeIdle, summarizeWorks } from './summary.ts';
import {
  idleTable,
  latencyTable,
  rateTable,
  ratioTable,
  toolTable,
  worksOfKind,
} from './tables.ts';
import { summarizeTool, type ToolPeer, type ToolRound } from './tool.ts';
import type { PeerName, PeerRound } from './work.ts';

const toolPeers: readonly ToolPeer[] = ['veltro', 'reference'];

type Installations = ReadonlyMap<PeerName, Installation>;
type Absent = Partial<Record<PeerName, string>>;

interface Contest {
  readonly options: PeersOptions;
  readonly installations: Installations;
  readonly absent: Absent;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function prepare(options: PeersOptions): Contest {
  const installations = new Map<PeerName, Installation>();
  const absent: Absent = {};
  for (const name of options.peers) {
    try {
      installations.set(name, peers[name].install(options));
    } catch (error) {
      absent[name] = (error as Error).message;
      say(`${peers[name].title} is left out: ${absent[name]}`);
    }
  }
  return { options, installations, absent };
}

/** Runs one of the programs beside this file with a request, and reads what it prints. */
async function runSlice<Result>(
  script: string,
  request: unknown,
  through: readonly string[],
): Promise<Result> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const [command, ...args] = [...through, process.execPath, path, JSON.stringify(request)];
  return JSON.parse(await runToEnd({ command, arguments: args }, [])) as Result;
}

/** Whoever went first in one round goes last in the next. */
function inTurns<Item>(items: readonly Item[], round: number): Item[] {
  return round % 2 === 0 ? [...items].reverse() : [...items];
}

async function measureRound(contest: Contest, round: number): Promise<PeerRound[]> {
  const { options, installations } = contest;
  const { threads, dataDir, through } = options;
  const done: PeerRound[] = [];
  for (const [peer, installation] of inTurns([...installations], round)) {
    const request = { peer, round, installation, sizes: options, threads, dataDir };
    done.push(await runSlice<PeerRound>('./slice.js', request, through));
    say(`Round ${round}: ${peers[peer].title} done.`);
  }
  return done;
}

async function measureToolRound(contest: Contest, round: number): Promise<ToolRound[]> {
  const { options, installations } = contest;
  const { threads, dataDir, through, warmUpSeconds, iggyBench: tool } = options;
  const done: ToolRound[] = [];
  for (const peer of inTurns(toolPeers, round)) {
    const installation = installations.get(peer);
    if (tool === undefined || installation === undefined) continue;
    const request = { peer, round, tool, installation, threads, warmUpSeconds, dataDir };
    done.push(await runSlice<ToolRound>('./tool-slice.js', request, through));
    say(`Round ${round}: the reference's tool against ${peers[peer].title} done.`);
  }
  return done;
}

async function measure(options: PeersOptions): Promise<Results> {
  const contest = prepare(options);
  const before = machine();
  const rounds: PeerRound[] = [];
  const tool: ToolRound[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    rounds.push(...(await measureRound(contest, round)));
    tool.push(...(await measureToolRound(contest, round)));
  }
  const { batches, clients, requests, threads, warmUpSeconds } = options;
  const versions = Object.fromEntries(
    [...contest.installations].map(([name, { version }]) => [name, version]),
  );
  const sizes = { batches, clients, requests, threads, warmUpSeconds, rounds: options.rounds };
  return { machine: before, sizes, versions, absent: contest.absent, rounds, tool };
}

function print(results: Results): void {
  const works = summarizeWorks(results.rounds);
  const [batches, singles] = [worksOfKind(works, false), worksOfKind(works, true)];
  console.log(JSON.stringify(results.machine));
  console.log(`\nMB/s, median (smallest–largest) of the rounds:\n\n${rateTable(batches)}`);
  console.log(`\nVeltro's rate divided by the other's:\n\n${ratioTable(batches)}`);
  console.log(`\nSingle messages a second:\n\n${rateTable(singles)}`);
  console.log(`\nMedian / 99th percentile of a request in µs:\n\n${latencyTable(works)}`);
  console.log(`\nStart and rest:\n\n${idleTable(summarizeIdle(results.rounds))}`);
  if (results.tool.length === 0) return;
  console.log(`\nThe reference's own tool:\n\n${toolTable(summarizeTool(results.tool))}`);
}

function writeDocs(results: Results): void {
  const files = pageFiles(results).map(({ path, text }) => ({ path: join('docs', path), text }));
  const data = { path: 'benchmarks/peers/results.json', text: `${JSON.stringify(results)}\n` };
  const old = readFileSync(join(projectFolder, 'README.md'), 'utf8');
  const readme = { path: 'README.md', text: withFigures(old, results) };
  for (const { path, text } of [...files, data, readme]) {
    const file = join(projectFolder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

async function compare(options: PeersOptions): Promise<void> {
  const results =
    options.results === undefined ? await measure(options) : readResults(options.results);
  if (options.json) console.log(JSON.stringify(results));
  else print(results);
  if (options.writeDocs) writeDocs(results);
}

await runCommand({ usage, parse: parseArguments, run: compare });
