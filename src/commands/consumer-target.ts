import type { GroupRecord, TopicRecord } from '../catalog/state.ts';
import type { ConsumerGroup } from '../groups/consumer-group.ts';
import type { GroupMember, PartitionWalk } from '../groups/group-member.ts';
import type { PartitionLease } from '../groups/partition-lease.ts';
import { type ConsumerKind, consumerKind } from '../storage/consumer-offsets.ts';
import type { PermissionClass } from '../wire/classic/codec.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { Consumer, ConsumerTarget } from '../wire/classic/structures/consumer.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

/** A consumer and a partition, as a shard knows them. */
export interface ResolvedTarget {
  readonly partitionId: number;
  readonly handle: number;
  readonly kind: ConsumerKind;
  readonly id: number;
  /** For a member of a group: its hold on the partition, and the group. */
  readonly held?: HeldPartition;
}

/** A partition in the hands of a member of a group. */
export interface HeldPartition {
  readonly group: ConsumerGroup;
  readonly lease: PartitionLease;
}

/** A command as far as finding its topic goes. */
interface TopicCommand {
  readonly permission: PermissionClass;
}

/**
 * Where a poll reads. Undefined for a member of a group that names a partition of another, or has
 * none: its answer is empty. `walk` is of a poll that asks one partition after the other. Throws a
 * `WireError`: 1009, 2010, 41, 5000, 5006, 3007.
 */
export function resolvePoll(
  services: Services,
  session: Session,
  command: TopicCommand,
  target: ConsumerTarget,
  walk?: PartitionWalk,
): ResolvedTarget | undefined {
  const topic = services.access.topic(session, command, target);
  if (target.consumer.kind === 'consumer') return plainTarget(services, topic, target);
  const { record, group, member } = membership(services, session, topic, target.consumer.id);
  const lease =
    target.partitionId === null
      ? group.nextLease(member, walk)
      : group.leaseOf(member, target.partitionId);
  return lease && heldTarget(services, topic, record, { group, lease });
}

/**
 * Whose offset on which partition is changed. A member of a group that names no partition means the
 * one it polled last. Throws a `WireError`: 1009, 2010, 41, 5000, 5006, 3022, 3007.
 */
export function resolveOffset(
  services: Services,
  session: Session,
  command: TopicCommand,
  target: ConsumerTarget,
): ResolvedTarget {
  const topic = services.access.topic(session, command, target);
  if (target.consumer.kind === 'consumer') return plainTarget(services, topic, target);
  const { record, group, member } = membership(services, session, topic, target.consumer.id);
  const partitionId = target.partitionId ?? member.current;
  const lease = partitionId === undefined ? undefined : group.leaseOf(member, partitionId);
  if (lease === undefined) {
    throw new WireError(
      status.NotResolvedConsumer,
      `partition ${partitionId} is not with member ${member.id} of group ${record.name}`,
    );
  }
  return heldTarget(services, topic, record, { group, lease });
}

/**
 * Whose offset is read: that of a group may be read by everybody. Throws a `WireError`: 1009, 2010,
 * 41, 5000, 3007.
 */
export function resolveReading(
  services: Services,
  session: Session,
  command: TopicCommand,
  target: ConsumerTarget,
): ResolvedTarget {
  const topic = services.access.topic(session, command, target);
  if (target.consumer.kind === 'consumer') return plainTarget(services, topic, target);
  const { id } = findGroup(topic, target.consumer.id);
  const partitionId = target.partitionId ?? 0;
  const handle = services.handles.handle(topic, partitionId);
  return { partitionId, handle, kind: consumerKind.group, id };
}

/** The group, or a `WireError` with status 5000. */
export function findGroup(topic: TopicRecord, id: Identifier): GroupRecord {
  const record = topic.groups.find(id);
  if (record === undefined) {
    throw new WireError(status.ConsumerGroupIdNotFound, `group ${id} of topic ${topic.name}`);
  }
  return record;
}

/** The status of a request of one who is no member of the group that it is about. */
export function notMember({ clientId }: Session, { name }: GroupRecord): WireError {
  return new WireError(status.ConsumerGroupMemberNotFound, `client ${clientId} in group ${name}`);
}

/**
 * A caller as a member of the group that it names. Throws a `WireError`: 1009, 2010, 41, 5000,
 * 5006.
 */
export function resolveMembership(
  services: Services,
  session: Session,
  command: TopicCommand,
  target: ConsumerTarget,
): { group: ConsumerGroup; member: GroupMember } {
  const topic = services.access.topic(session, command, target);
  return membership(services, session, topic, target.consumer.id);
}

function membership(
  { groups }: Services,
  session: Session,
  topic: TopicRecord,
  id: Identifier,
): { record: GroupRecord; group: ConsumerGroup; member: GroupMember } {
  const record = findGroup(topic, id);
  const group = groups.find(record);
  const member = group?.member(session.clientId);
  if (group === undefined || member === undefined) throw notMember(session, record);
  return { record, group, member };
}

function heldTarget(
  { handles }: Services,
  topic: TopicRecord,
  { id }: GroupRecord,
  held: HeldPartition,
): ResolvedTarget {
  const { partitionId } = held.lease;
  const handle = handles.handle(topic, partitionId);
  return { partitionId, handle, kind: consumerKind.group, id, held };
}

function plainTarget(
  { handles }: Services,
  topic: TopicRecord,
  { consumer, partitionId: wanted }: ConsumerTarget,
): ResolvedTarget {
  const partitionId = wanted ?? 0;
  const handle = handles.handle(topic, partitionId);
  return { partitionId, handle, kind: consumerKind.consumer, id: consumerNumber(consumer) };
}

/** A plain consumer's name counts as its XXH32, so that both spellings agree across clients. */
function consumerNumber({ id }: Consumer): number {
  return typeof id === 'number' ? id : xxhash32(Buffer.from(id));
}

/** An offset or time of 64 bits as a number: what is beyond 2^53 is beyond everything stored. */
export function clampToSafe(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
