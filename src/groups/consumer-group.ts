import { type Assignable, assign } from './assignment.ts';
import { GroupMember, type PartitionWalk } from './group-member.ts';
import { PartitionLease } from './partition-lease.ts';

/** Where a group is, by numbers. */
export interface GroupPlace {
  readonly streamId: number;
  readonly topicId: number;
  readonly groupId: number;
}

/** A member and the partitions that are assigned to it, ascending. */
export interface MemberAssignment {
  readonly id: number;
  readonly partitions: readonly number[];
}

/** One partition: who may read it, and whose it is to be. */
class Slot implements Assignable {
  lease: PartitionLease | undefined;
  assignee: GroupMember | undefined;
  /** When the holder was to give it up; undefined while it may keep it. */
  movingSinceMs: number | undefined;

  get holder(): GroupMember | undefined {
    return this.lease?.owner;
  }

  get isSettled(): boolean {
    return this.lease?.isSettled ?? true;
  }
}

/**
 * The members of one consumer group and who reads which partition. The assignment is even after
 * every change. A partition that changes hands stays with its holder until the holder has committed
 * what it was given, leaves, or a time has passed; until then the next one waits, so that no
 * partition ever has two readers. Nothing here is kept over a restart: members are connections.
 */
export class ConsumerGroup {
  readonly place: GroupPlace;
  readonly #onChange: (group: ConsumerGroup) => void;
  readonly #members = new Map<number, GroupMember>();
  #slots: Slot[] = [];
  #generation = 0;
  #movingCount = 0;

  /** `onChange` hears when a member may read other partitions than before. */
  constructor(
    place: GroupPlace,
    partitionsCount: number,
    onChange: (group: ConsumerGroup) => void = () => {},
  ) {
    this.place = place;
    this.#onChange = onChange;
    this.#slots = Array.from({ length: partitionsCount }, () => new Slot());
  }

  get membersCount(): number {
    return this.#members.size;
  }

  /** Counts the changes of who is a member and of how many partitions there are. */
  get generation(): number {
    return this.#generation;
  }

  /** True while a partition waits to change hands. */
  get isMoving(): boolean {
    return this.#movingCount > 0;
  }

  member(clientId: number): GroupMember | undefined {
    return this.#members.get(clientId);
  }

  /** False when the connection is a member already, and then nothing changes. */
  join(clientId: number, nowMs: number): boolean {
    if (this.#members.has(clientId)) return false;
    let id = 0;
    for (const member of this.#members.values()) id = Math.max(id, member.id + 1);
    this.#members.set(clientId, new GroupMember(id, clientId));
    this.#rebalance(nowMs);
    return true;
  }

  /** What the member held goes to others at once. False when the connection is no member. */
  leave(clientId: number, nowMs: number): boolean {
    const member = this.#members.get(clientId);
    if (member === undefined) return false;
    this.#members.delete(clientId);
    for (const slot of this.#slots) if (slot.holder === member) slot.lease = undefined;
    this.#rebalance(nowMs);
    return true;
  }

  /** The topic has so many partitions now. */
  resize(partitionsCount: number, nowMs: number): void {
    if (partitionsCount === this.#slots.length) return;
    this.#slots.length = Math.min(this.#slots.length, partitionsCount);
    while (this.#slots.length < partitionsCount) this.#slots.push(new Slot());
    this.#rebalance(nowMs);
  }

  /** The lease of a member on a partition that it names; undefined when it is not its own. */
  leaseOf(member: GroupMember, partitionId: number): PartitionLease | undefined {
    const lease = this.#slots[partitionId]?.lease;
    return lease?.owner === member ? lease : undefined;
  }

  /** The lease on the next partition of a member, or of one walk over them. */
  nextLease(member: GroupMember, walk?: PartitionWalk): PartitionLease | undefined {
    const partitionId = member.takeNext(walk);
    return partitionId === undefined ? undefined : this.#slots[partitionId].lease;
  }

  /** A poll or a commit under this lease ended: what it kept back may go on. */
  afterProgress(lease: PartitionLease): void {
    if (this.#movingCount === 0) return;
    const slot = this.#slots[lease.partitionId];
    if (slot?.lease === lease && this.#settle(slot)) this.#refresh();
  }

  /** Partitions that have waited for so long change hands whatever was committed. */
  expire(nowMs: number, timeoutMs: number): void {
    if (this.#movingCount === 0) return;
    let hasMoved = false;
    for (const [partitionId, slot] of this.#slots.entries()) {
      if (slot.movingSinceMs === undefined || nowMs - slot.movingSinceMs < timeoutMs) continue;
      this.#handOver(slot, partitionId);
      hasMoved = true;
    }
    if (hasMoved) this.#refresh();
  }

  /** All partitions were emptied, and the stored offsets with them. */
  purge(): void {
    for (const slot of this.#slots) {
      slot.lease?.reset();
      this.#settle(slot);
    }
    this.#refresh();
  }

  /** Everybody in the order they joined, with what is assigned to them. */
  assignments(): MemberAssignment[] {
    const partitions = new Map<GroupMember, number[]>();
    for (const member of this.#members.values()) partitions.set(member, []);
    for (const [id, { assignee }] of this.#slots.entries()) {
      if (assignee !== undefined) partitions.get(assignee)?.push(id);
    }
    return [...partitions].map(([{ id }, own]) => ({ id, partitions: own }));
  }

  /** The connections that are members. */
  clientIds(): IterableIterator<number> {
    return this.#members.keys();
  }

  #rebalance(nowMs: number): void {
    this.#generation++;
    assign(this.#slots, [...this.#members.values()]);
    for (const [partitionId, slot] of this.#slots.entries()) {
      this.#settle(slot, partitionId);
      slot.movingSinceMs =
        slot.holder === slot.assignee ? undefined : (slot.movingSinceMs ?? nowMs);
    }
    this.#refresh();
  }

  /** Gives a partition to the one it is assigned to, if its holder need not keep it any more. */
  #settle(slot: Slot, partitionId = slot.lease?.partitionId): boolean {
    if (partitionId === undefined || slot.holder === slot.assignee) return false;
    if (!slot.isSettled) return false;
    this.#handOver(slot, partitionId);
    return true;
  }

  #handOver(slot: Slot, partitionId: number): void {
    const { assignee } = slot;
    slot.lease = assignee && new PartitionLease(partitionId, assignee);
    slot.movingSinceMs = undefined;
  }

  /** Works out anew what follows from leases and assignment. */
  #refresh(): void {
    const readable = new Map<GroupMember, number[]>();
    for (const member of this.#members.values()) readable.set(member, []);
    this.#movingCount = 0;
    for (const [partitionId, slot] of this.#slots.entries()) {
      if (slot.holder !== slot.assignee) this.#movingCount++;
      else if (slot.assignee !== undefined) readable.get(slot.assignee)!.push(partitionId);
    }
    for (const [member, partitions] of readable) member.setReadable(partitions);
    this.#onChange(this);
  }
}
