const MICROS_PER_MS = 1000;
/** A thread that is busy for more of its time has no room to be faster. */
const BUSY_SHARE = 0.9;

/** How hard the generator of the load had to work. */
export interface Generator {
  readonly threads: number;
  /** The part of the time that each thread was busy, 0 to 1. */
  readonly utilization: readonly number[];
  /** Cores that the whole process used on average. */
  readonly cpu_cores_used: number;
  /** Whether the figures say more about the generator than about the broker. */
  readonly was_limit: boolean;
}

/** Judges by the busiest half of the threads: a single busy one among many does not count. */
export function generatorOf(
  utilization: readonly number[],
  { user, system }: NodeJS.CpuUsage,
  wallMs: number,
): Generator {
  const busy = utilization.filter((share) => share >= BUSY_SHARE).length;
  return {
    threads: utilization.length,
    utilization,
    cpu_cores_used: (user + system) / MICROS_PER_MS / Math.max(1, wallMs),
    was_limit: busy * 2 >= utilization.length,
  };
}

/** One sentence for people, or undefined when there is nothing to say. */
export function generatorWarning(generator: Generator): string | undefined {
  if (!generator.was_limit) return undefined;
  const most = Math.round(Math.max(...generator.utilization) * 100);
  const { threads } = generator;
  return (
    `The generator was the limit: its ${threads === 1 ? 'thread was' : `${threads} threads were`} ` +
    `up to ${most} % busy. The broker may be faster than these figures; try more --workers, ` +
    'or another machine for the generator.'
  );
}
