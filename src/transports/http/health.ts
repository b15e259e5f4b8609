import type { WriteRefusals } from '../../commands/write-refusals.ts';
import type { ShardRouter } from '../../shards/shard-router.ts';
import { statusName } from '../../wire/status.ts';

/** One reason why a broker should be given no requests. */
export interface HealthProblem {
  readonly code: (typeof problemCodes)[number];
  /** One sentence. */
  readonly reason: string;
}

/** What may be wrong. */
export const problemCodes = [
  'recovering',
  'draining',
  'shard_down',
  'partition_refuses_writes',
] as const;

/** What a broker is doing. */
export type Phase = 'recovering' | 'serving' | 'draining';

const phaseReasons = {
  recovering: 'The broker is opening its partitions.',
  draining: 'The broker is stopping.',
} as const;

/** Partitions that an answer names. */
const NAMED_MAX = 10;

/** Why a broker in a phase should be given no requests; empty when it should. */
export function healthProblems(
  phase: Phase,
  router: ShardRouter,
  refusals: WriteRefusals,
): readonly HealthProblem[] {
  if (phase !== 'serving') return [{ code: phase, reason: phaseReasons[phase] }];
  const down = router.links.filter((link) => !link.isUp);
  return [...down.map(({ shard }) => shardDown(shard)), ...refusing(router, refusals)];
}

function shardDown(shard: number): HealthProblem {
  return { code: 'shard_down', reason: `Shard ${shard} is being replaced.` };
}

function refusing(router: ShardRouter, refusals: WriteRefusals): HealthProblem[] {
  return refusals
    .recent()
    .slice(0, NAMED_MAX)
    .flatMap(([handle, code]) => {
      const place = router.placeOf(handle);
      if (place === undefined) return [];
      const { streamId, topicId, partitionId } = place;
      const name = `Partition ${partitionId} of topic ${topicId} of stream ${streamId}`;
      return [
        {
          code: 'partition_refuses_writes',
          reason: `${name} refuses writes: ${statusName(code)}.`,
        },
      ];
    });
}
