import type { TopicRecord } from '../catalog/state.ts';
import { type ConsumerKind, consumerKind } from '../storage/consumer-offsets.ts';
import type { PermissionClass } from '../wire/classic/codec.ts';
import type { Consumer, ConsumerTarget } from '../wire/classic/structures/consumer.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

/** A consumer and a partition, as a shard knows them. */
export interface ResolvedTarget {
  readonly topic: TopicRecord;
  readonly partitionId: number;
  readonly handle: number;
  readonly kind: ConsumerKind;
  readonly id: number;
}

/** Finds what a request names. Throws a `WireError`: 1009, 2010, 41, 5000, 3007. */
export function resolveTarget(
  { access, handles }: Services,
  session: Session,
  command: { readonly permission: PermissionClass },
  target: ConsumerTarget,
): ResolvedTarget {
  const topic = access.topic(session, command, target);
  const id = consumerNumber(target.consumer);
  const partitionId = target.partitionId ?? 0;
  const handle = handles.handle(topic, partitionId);
  return { topic, partitionId, handle, kind: consumerKind.consumer, id };
}

/** A plain consumer's name counts as its XXH32, so that both spellings agree across clients. */
function consumerNumber({ kind, id }: Consumer): number {
  if (kind === 'group') throw new WireError(status.ConsumerGroupIdNotFound, `group ${id}`);
  return typeof id === 'number' ? id : xxhash32(Buffer.from(id));
}

/** An offset or time of 64 bits as a number: what is beyond 2^53 is beyond everything stored. */
export function clampToSafe(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
