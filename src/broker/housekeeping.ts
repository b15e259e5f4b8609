import type { Config } from '../../config/config.ts';
import type { ReadAheads } from '../commands/read-aheads.ts';
import type { Sessions } from '../commands/sessions.ts';
import type { ConsumerGroups } from '../groups/consumer-groups.ts';
import { readAheadIdleMs } from '../wire/limits.ts';
import { Cleaner, type CleanerParts } from './cleaner.ts';

/** Heartbeat intervals without a ping after which a connection counts as silent. */
const SILENT_INTERVALS = 1.2;

/** What a broker does now and then as long as it runs, without keeping the process alive. */
export class Housekeeping {
  readonly #timers: NodeJS.Timeout[] = [];

  /** Runs a task at every interval. */
  every(intervalMs: number, task: () => void): void {
    this.#timers.push(setInterval(task, intervalMs).unref());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

/** Whom the house is kept for. */
export interface HouseholdParts extends CleanerParts {
  readonly groups: ConsumerGroups;
  readonly sessions: Sessions;
  readonly readAheads: ReadAheads;
}

/** Begins with all that a broker does now and then. The cleaner is there if it may clean. */
export function keepHouse(
  housekeeping: Housekeeping,
  { consumerGroup, heartbeat, dataMaintenance }: Config,
  parts: HouseholdParts,
): Cleaner | undefined {
  const { groups, sessions, readAheads, logger } = parts;
  housekeeping.every(readAheadIdleMs, () => readAheads.dropIdle());
  housekeeping.every(consumerGroup.rebalancingCheckIntervalMs, () =>
    groups.expire(consumerGroup.rebalancingTimeoutMs),
  );
  if (heartbeat.enabled) {
    housekeeping.every(heartbeat.intervalMs, () => {
      for (const { clientId, address } of sessions.turnAwaySilent(silenceMs(heartbeat))) {
        logger.info({ clientId, address }, 'Turned a client away that sent no pings');
      }
    });
  }
  return clean(housekeeping, dataMaintenance.messages, parts);
}

function silenceMs({ intervalMs }: Config['heartbeat']): number {
  return intervalMs * SILENT_INTERVALS;
}

function clean(
  housekeeping: Housekeeping,
  { cleanerEnabled, intervalMs }: Config['dataMaintenance']['messages'],
  parts: CleanerParts,
): Cleaner | undefined {
  if (!cleanerEnabled) return undefined;
  const cleaner = new Cleaner(parts);
  housekeeping.every(intervalMs, () => cleaner.begin());
  return cleaner;
}
