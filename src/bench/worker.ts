import { parentPort, workerData } from 'node:worker_threads';
import { resolveOptions } from '../client/connect-options.ts';
import { VeltroError } from '../client/errors.ts';
import { Actor } from './actor.ts';
import { Board } from './board.ts';
import { Clock } from './clock.ts';
import type { FromWorker, ToWorker, WorkerTask } from './crew-messages.ts';
import type { Driver } from './driver.ts';
import { FrameDriver } from './frame-driver.ts';
import { kindOf, writes } from './kinds.ts';
import { LibraryDriver } from './library-driver.ts';
import { draw } from './range.ts';
import type { Workplace } from './workplace.ts';

const { task } = workerData as { readonly task: WorkerTask };
const port = parentPort!;
const board = new Board(task.board, task.budgets.length);
const actors: Actor[] = [];

function tell(message: FromWorker): void {
  port.postMessage(message);
}

function fail(error: unknown): void {
  const { message } = error as Error;
  tell({ state: 'failed', message, code: error instanceof VeltroError ? error.code : null });
}

function workplaceOf(
  { actor, startOffset }: WorkerTask['actors'][number],
  clock: Clock,
): Workplace {
  const { options, producers, measuresFromOrigin } = task;
  const { messageBytes, batchLength, depth, warmUpMs } = options;
  return {
    actor,
    clock,
    startOffset,
    shape: { messageBytes, batchLength },
    stock: { least: depth, share: 1 / Math.max(1, producers) },
    stampsMessages: measuresFromOrigin,
    sendsJson: options.sendsJson,
    readsTwice: warmUpMs > 0 && !writes(kindOf(options.kind)),
    drawCount: () => draw(batchLength, Math.random),
  };
}

function openDriver(workplace: Workplace): Promise<Driver> {
  const { url, token, options } = task;
  if (options.isHighLevel) return LibraryDriver.open(url, token, workplace);
  return FrameDriver.open(resolveOptions(url, { token }), workplace);
}

async function open(): Promise<void> {
  const clock = new Clock(task.anchor);
  const { messageBytes, batchLength, samplingMs, depth } = task.options;
  const batchBytes =
    ((messageBytes.min + messageBytes.max) / 2) * ((batchLength.min + batchLength.max) / 2);
  for (const place of task.actors) {
    const workplace = workplaceOf(place, clock);
    const driver = await openDriver(workplace);
    actors.push(
      new Actor({
        actor: place.actor,
        index: place.index,
        driver,
        board,
        budgets: task.budgets,
        samplingMs,
        depth,
        batchBytes,
        isPinned: kindOf(task.options.kind).isPinned,
        readsTwice: workplace.readsTwice,
        measuresFromOrigin: task.measuresFromOrigin,
      }),
    );
  }
  tell({ state: 'ready' });
}

async function warmUp(clock: Clock): Promise<void> {
  await Promise.all(actors.map((actor) => actor.warmUp(clock, task.options.warmUpMs)));
  tell({ state: 'warm' });
}

async function run(clock: Clock): Promise<void> {
  const before = performance.eventLoopUtilization();
  await Promise.all(actors.map((actor) => actor.run(clock)));
  const { utilization } = performance.eventLoopUtilization(before);
  const recordings = actors.map((actor) => actor.finish());
  tell({ state: 'done', recordings, utilization });
  await Promise.all(actors.map((actor) => actor.close()));
}

port.on('message', ({ go, anchor }: ToWorker) => {
  const clock = new Clock(anchor);
  (go === 'warm-up' ? warmUp(clock) : run(clock)).catch(fail);
  if (go === 'run') port.unref();
});
open().catch(fail);
