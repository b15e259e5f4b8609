import type { ReconnectOptions } from './types.ts';

/**
 * Wait before an attempt, counted from 1: doubles up to `delayMsMax`. The upper half of it is
 * random, so that many clients do not come back at the same moment.
 */
export function backoffMs(
  attempt: number,
  { delayMs, delayMsMax }: Required<ReconnectOptions>,
  random: () => number = Math.random,
): number {
  const fullMs = Math.min(delayMsMax, delayMs * 2 ** (attempt - 1));
  return fullMs * (0.5 + random() / 2);
}
