import type { Clock } from './clock.ts';
import type { BatchShape, Stock } from './frames.ts';
import type { ActorPlan } from './plan.ts';

/** What a driver must know of the actor that it works for. */
export interface Workplace {
  readonly actor: ActorPlan;
  readonly shape: BatchShape;
  readonly stock: Stock;
  readonly clock: Clock;
  /** Whether messages say when they were made. */
  readonly stampsMessages: boolean;
  /** Whether bodies over HTTP are JSON. */
  readonly sendsJson: boolean;
  /** Offset that reading starts at. */
  readonly startOffset: number;
  /** Whether a warm-up reads what is then read again. */
  readonly readsTwice: boolean;
  /** How many messages the next poll asks for. */
  readonly drawCount: () => number;
}
