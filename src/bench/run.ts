import { setInterval } from 'node:timers';
import type { Client } from '../client/client.ts';
import { parseServerUrl } from '../client/server-url.ts';
import type { Stats } from '../wire/classic/structures/stats.ts';
import { Board, type Progress } from './board.ts';
import { anchorNow } from './clock.ts';
import { Crew } from './crew.ts';
import type { PlacedActor, WorkerTask } from './crew-messages.ts';
import { type Generator, generatorOf } from './generator.ts';
import { kindOf, writes } from './kinds.ts';
import type { ActorPlan, Plan } from './plan.ts';
import type { Recording } from './recorder.ts';
import { type Ends, setUp, type TopicOptions } from './setup.ts';

const PROGRESS_MS = 200;

/** Where a run goes to, and who hears of it. */
export interface RunOptions {
  /** Of the same broker, for what is made, asked and counted besides. */
  readonly client: Client;
  readonly url: string;
  readonly token?: string;
  /** Threads for the actors, at most one for each. */
  readonly workers: number;
  readonly topic: TopicOptions;
  readonly signal: AbortSignal;
  readonly onPhase?: (phase: BenchPhase) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a run has come. */
export type BenchPhase = 'setting up' | 'connecting' | 'warming up' | 'running' | 'done';

/** What a run has measured. */
export interface RunResult {
  /** In the order of the plan's actors. */
  readonly recordings: readonly Recording[];
  readonly generator: Generator;
  /** Of the broker, at the end. */
  readonly stats: Stats;
}

/** Runs a benchmark from its preparations to the end. Rejects with the first error of any actor. */
export async function runPlan(plan: Plan, run: RunOptions): Promise<RunResult> {
  const { client, signal, onPhase = () => {} } = run;
  onPhase('setting up');
  const ends = await setUp(client, plan, run.topic);
  signal.throwIfAborted();
  onPhase('connecting');
  const writers = plan.actors.filter(({ sendBudget }) => sendBudget !== null).length;
  const board = Board.create(plan.budgets, plan.actors.length, writers);
  const crew = new Crew(tasksOf(plan, run, ends, board), signal);
  try {
    const { recordings, generator } = await work(plan, crew, board, run, onPhase);
    onPhase('done');
    return { recordings, generator, stats: await client.stats({ signal }) };
  } finally {
    await crew.end();
  }
}

async function work(
  { options }: Plan,
  crew: Crew,
  board: Board,
  { onProgress }: RunOptions,
  onPhase: (phase: BenchPhase) => void,
): Promise<Omit<RunResult, 'stats'>> {
  await crew.all('ready');
  if (options.warmUpMs > 0) {
    onPhase('warming up');
    const warm = crew.all('warm');
    crew.tell({ go: 'warm-up', anchor: anchorNow() });
    await warm;
  }
  onPhase('running');
  const usage = process.cpuUsage();
  const anchor = anchorNow();
  const done = crew.all('done');
  const timer = setInterval(() => onProgress?.(board.total()), PROGRESS_MS);
  try {
    crew.tell({ go: 'run', anchor });
    const messages = await done;
    onProgress?.(board.total());
    const recordings = messages.flatMap((message) => message.recordings);
    recordings.sort((left, right) => left.index - right.index);
    const wallMs = anchorNow().monotonicMs - anchor.monotonicMs;
    const utilizations = messages.map(({ utilization }) => utilization);
    return { recordings, generator: generatorOf(utilizations, process.cpuUsage(usage), wallMs) };
  } finally {
    clearInterval(timer);
  }
}

/** Actors go to the threads in turn, so that producers and consumers are spread over all. */
function tasksOf(plan: Plan, run: RunOptions, ends: Ends, board: Board): WorkerTask[] {
  const { names: _names, counts: _counts, ...options } = plan.options;
  const shared = {
    url: run.url,
    token: run.token,
    options,
    budgets: plan.budgets,
    producers: plan.actors.filter(({ sendBudget }) => sendBudget !== null).length,
    measuresFromOrigin: plan.measuresFromOrigin,
    board: board.buffer,
    anchor: anchorNow(),
  };
  const placed = plan.actors.map((actor, index) => ({
    actor,
    index,
    startOffset: startOf(plan, actor, ends),
  }));
  const threads = Math.min(run.workers, placed.length, threadsMax(run.url));
  const inThread = (thread: number): PlacedActor[] =>
    placed.filter(({ index }) => index % threads === thread);
  return Array.from({ length: threads }, (_, thread) => ({ ...shared, actors: inThread(thread) }));
}

/** The library for QUIC may end the process when one of several threads that use it ends. */
function threadsMax(url: string): number {
  return parseServerUrl(url).transport === 'quic' ? 1 : Number.POSITIVE_INFINITY;
}

/** Who reads what is being written begins at the end of what is there already. */
function startOf({ options }: Plan, { stream, partition }: ActorPlan, ends: Ends): number {
  if (partition === null || !writes(kindOf(options.kind))) return 0;
  return ends.get(stream)![partition];
}
