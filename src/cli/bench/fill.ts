import { kindOf, writes } from '../../bench/kinds.ts';
import { type Plan, planOf } from '../../bench/plan.ts';

/** Partitions of what members of groups read. */
const PARTITIONS = 24;

/** What must be written before a run that only reads, on a broker that is empty. */
export function fillPlanFor(plan: Plan): Plan | undefined {
  const { options, counts } = plan;
  const kind = kindOf(options.kind);
  if (writes(kind)) return undefined;
  const rest = { ...options, bytesPerSecond: null, warmUpMs: 0 };
  const { streams, consumers } = counts;
  if (kind.isPinned) {
    return planOf({ ...rest, kind: 'pinned-producer', counts: { streams, producers: streams } });
  }
  const balanced = { streams, producers: consumers, partitions: PARTITIONS };
  return planOf({ ...rest, kind: 'balanced-producer', counts: balanced });
}
