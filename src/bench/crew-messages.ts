import type { Anchor } from './clock.ts';
import type { ActorPlan, BenchOptions, Budget } from './plan.ts';
import type { Recording } from './recorder.ts';

/** What the threads need to know of the options: functions cannot be handed over. */
export type WorkerOptions = Omit<BenchOptions, 'names' | 'counts'>;

/** An actor, its number in the plan, and where it begins to read. */
export interface PlacedActor {
  readonly actor: ActorPlan;
  readonly index: number;
  readonly startOffset: number;
}

/** What one thread is to do. */
export interface WorkerTask {
  /** `iggy://…` with credentials, unless there is a token. */
  readonly url: string;
  readonly token: string | undefined;
  readonly options: WorkerOptions;
  readonly actors: readonly PlacedActor[];
  readonly budgets: readonly Budget[];
  /** Of the whole run. */
  readonly producers: number;
  readonly measuresFromOrigin: boolean;
  readonly board: SharedArrayBuffer;
  /** What the time stamps of messages count from. */
  readonly anchor: Anchor;
}

/** What a thread is told: to begin, with the time that counts from then on. */
export interface ToWorker {
  readonly go: 'warm-up' | 'run';
  readonly anchor: Anchor;
}

/** What a thread tells. */
export type FromWorker =
  | { readonly state: 'ready' | 'warm' }
  | {
      readonly state: 'done';
      readonly recordings: readonly Recording[];
      /** The part of the time that the thread was busy. */
      readonly utilization: number;
    }
  | { readonly state: 'failed'; readonly message: string; readonly code: number | null };
