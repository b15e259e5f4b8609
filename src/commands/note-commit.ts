import { STATUS_OK } from '../wire/status.ts';
import type { HeldPartition } from './consumer-target.ts';
import { type Exchange, readStatus } from './exchange.ts';

/** Stands for the offset of a group that has none. */
export const NO_OFFSET = -1;

/** Lets a group know its new offset once it is stored: a partition may wait for it. */
export function noteCommit(
  exchange: Exchange,
  { group, lease }: HeldPartition,
  offset: number,
): void {
  exchange.expect((answered, answer) => {
    if (answer.status === STATUS_OK) {
      lease.commit(offset);
      group.afterProgress(lease);
    }
    readStatus(answered, answer);
  }, lease.partitionId);
}
