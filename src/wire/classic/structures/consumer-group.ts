import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { readCounted } from './list.ts';

/** A consumer group as a list of groups tells it (protocol section 8.7). */
export interface ConsumerGroup {
  readonly id: number;
  /** Partitions of the topic. */
  readonly partitionsCount: number;
  readonly membersCount: number;
  /** Unique within the topic, 1..255 bytes of UTF-8. */
  readonly name: string;
}

/** A connection in a group, with the partitions that are assigned to it. */
export interface ConsumerGroupMember {
  readonly id: number;
  /** Ascending; none when there are more members than partitions. */
  readonly partitions: readonly number[];
}

/** A group with its members in the order they joined; `membersCount` is their number. */
export interface ConsumerGroupDetails extends ConsumerGroup {
  readonly members: readonly ConsumerGroupMember[];
}

export function writeConsumerGroup(writer: Writer, group: ConsumerGroup): void {
  writer.u32(group.id).u32(group.partitionsCount).u32(group.membersCount);
  writer.name8(group.name, 'group name');
}

export function readConsumerGroup(reader: Reader): ConsumerGroup {
  return {
    id: reader.u32('group id'),
    partitionsCount: reader.u32('partitions count'),
    membersCount: reader.u32('members count'),
    name: reader.name8('group name'),
  };
}

export function writeConsumerGroupDetails(writer: Writer, group: ConsumerGroupDetails): void {
  writeConsumerGroup(writer, group);
  for (const { id, partitions } of group.members) {
    writer.u32(id).u32(partitions.length);
    for (const partitionId of partitions) writer.u32(partitionId);
  }
}

export function readConsumerGroupDetails(reader: Reader): ConsumerGroupDetails {
  const group = readConsumerGroup(reader);
  return { ...group, members: readCounted(reader, group.membersCount, readMember) };
}

function readMember(reader: Reader): ConsumerGroupMember {
  const id = reader.u32('member id');
  const count = reader.u32('member partitions');
  return { id, partitions: readCounted(reader, count, () => reader.u32('partition id')) };
}
