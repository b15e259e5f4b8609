import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, testSeed } from '../../tests/support/random.ts';
import { ConsumerGroup } from './consumer-group.ts';
import type { GroupMember } from './group-member.ts';
import type { PartitionLease } from './partition-lease.ts';

const STEPS = 20_000;
const MEMBERS_MAX = 9;
const PARTITIONS_MAX = 12;
const TIMEOUT_MS = 1000;

/** What the owner of a partition was given and has committed, told apart from the group's view. */
interface Progress {
  lease: PartitionLease;
  delivered: number;
  committed: number;
}

/** Does random things to a group and checks after each what must always hold. */
class GroupModel {
  readonly #random: SeededRandom;
  readonly #group = new ConsumerGroup({ streamId: 0, topicId: 0, groupId: 0 }, 4);
  readonly #progress = new Map<number, Progress>();
  #partitionsCount = 4;
  #clients: number[] = [];
  #nextClient = 1;
  #nowMs = 0;
  /** Partitions by the member that they were assigned to before the present step. */
  #before = new Map<number, number>();
  /** Partitions whose holder may be another one after the step. */
  #mayMove = new Set<number>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  step(): string {
    this.#before = this.#assigned();
    this.#mayMove = new Set();
    this.#nowMs += this.#random.integer(0, 50);
    const action = this.#pick();
    action.call(this);
    this.#check();
    return action.name;
  }

  /** When everybody commits, nothing waits to change hands any more. */
  settle(): void {
    for (const [partitionId, { delivered }] of this.#progress) this.#commit(partitionId, delivered);
    assert.equal(this.#group.isMoving, false, 'a partition still waits to change hands');
  }

  #pick(): () => void {
    const dice = this.#random.next();
    if (dice < 0.1) return this.join;
    if (dice < 0.17) return this.leave;
    if (dice < 0.2) return this.resize;
    if (dice < 0.21) return this.purge;
    if (dice < 0.24) return this.expire;
    if (dice < 0.65) return this.poll;
    return this.commit;
  }

  join(): void {
    if (this.#clients.length >= MEMBERS_MAX) return this.leave();
    const clientId = this.#nextClient++;
    this.#clients.push(clientId);
    assert.ok(this.#group.join(clientId, this.#nowMs));
    assert.ok(!this.#group.join(clientId, this.#nowMs), 'a second join changes nothing');
    this.#assertFewMoves();
  }

  leave(): void {
    if (this.#clients.length === 0) return;
    const index = this.#random.integer(0, this.#clients.length - 1);
    const [clientId] = this.#clients.splice(index, 1);
    for (const [partitionId, { lease }] of this.#progress) {
      if (lease.owner.clientId === clientId) this.#mayMove.add(partitionId);
    }
    assert.ok(this.#group.leave(clientId, this.#nowMs));
    assert.ok(!this.#group.leave(clientId, this.#nowMs), 'who has left is no member');
    this.#assertFewMoves();
  }

  resize(): void {
    this.#partitionsCount = this.#random.integer(0, PARTITIONS_MAX);
    for (const partitionId of [...this.#progress.keys()]) {
      if (partitionId >= this.#partitionsCount) this.#progress.delete(partitionId);
    }
    this.#group.resize(this.#partitionsCount, this.#nowMs);
  }

  purge(): void {
    for (const progress of this.#progress.values()) {
      progress.delivered = -1;
      progress.committed = -1;
    }
    this.#group.purge();
  }

  expire(): void {
    this.#nowMs += TIMEOUT_MS;
    for (const partitionId of this.#progress.keys()) this.#mayMove.add(partitionId);
    this.#group.expire(this.#nowMs, TIMEOUT_MS);
    assert.equal(this.#group.isMoving, false, 'the time is up for all');
  }

  poll(): void {
    const member = this.#anyMember();
    const lease = member && this.#leaseToPoll(member);
    if (lease === undefined) return;
    const progress = this.#progressOf(lease);
    lease.beginPoll();
    const delivered = progress.delivered + this.#random.integer(0, 3);
    if (this.#random.next() < 0.05) {
      lease.losePoll();
    } else {
      progress.delivered = delivered;
      if (this.#random.next() < 0.3) progress.committed = delivered;
      lease.endPoll(delivered, progress.committed);
    }
    this.#group.afterProgress(lease);
  }

  commit(): void {
    const partitionIds = [...this.#progress.keys()];
    if (partitionIds.length === 0) return;
    const partitionId = partitionIds[this.#random.integer(0, partitionIds.length - 1)];
    const { committed, delivered } = this.#progress.get(partitionId)!;
    this.#commit(partitionId, this.#random.integer(committed, Math.max(committed, delivered)));
  }

  #commit(partitionId: number, offset: number): void {
    const progress = this.#progress.get(partitionId)!;
    progress.committed = offset;
    progress.lease.commit(offset);
    this.#group.afterProgress(progress.lease);
  }

  #anyMember(): GroupMember | undefined {
    if (this.#clients.length === 0) return undefined;
    const clientId = this.#clients[this.#random.integer(0, this.#clients.length - 1)];
    return this.#group.member(clientId);
  }

  #leaseToPoll(member: GroupMember): PartitionLease | undefined {
    if (this.#random.next() < 0.5) return this.#group.nextLease(member);
    const partitionId = this.#random.integer(0, PARTITIONS_MAX);
    return this.#group.leaseOf(member, partitionId);
  }

  /** A lease that is new must have come by a hand-over that was allowed. */
  #progressOf(lease: PartitionLease): Progress {
    const known = this.#progress.get(lease.partitionId);
    if (known?.lease === lease) return known;
    const committed = known?.committed ?? -1;
    const progress = { lease, delivered: committed, committed };
    this.#progress.set(lease.partitionId, progress);
    return progress;
  }

  /** Client that each partition is assigned to. */
  #assigned(): Map<number, number> {
    const clientIds = [...this.#group.clientIds()];
    const assigned = new Map<number, number>();
    for (const [index, { partitions }] of this.#group.assignments().entries()) {
      for (const partitionId of partitions) assigned.set(partitionId, clientIds[index]);
    }
    return assigned;
  }

  #assertFewMoves(): void {
    const after = this.#assigned();
    const held = this.#clients.map((clientId) => {
      return [...this.#before.values()].filter((owner) => owner === clientId).length;
    });
    if (held.length === 0) return;
    const least = Math.floor(this.#partitionsCount / held.length);
    const larger = this.#partitionsCount % held.length;
    const kept = held
      .sort((a, b) => b - a)
      .map((count, rank) => Math.min(count, rank < larger ? least + 1 : least));
    const stayed = [...after].filter(([partitionId, clientId]) => {
      return this.#before.get(partitionId) === clientId;
    });
    const most = kept.reduce((sum, count) => sum + count, 0);
    assert.equal(stayed.length, most, 'more partitions moved than had to');
  }

  #check(): void {
    const { membersCount } = this.#group;
    assert.equal(membersCount, this.#clients.length);
    this.#checkEven();
    this.#checkHolders();
  }

  #checkEven(): void {
    const assignments = this.#group.assignments();
    const all = assignments.flatMap(({ partitions }) => partitions);
    const expected = this.#clients.length === 0 ? 0 : this.#partitionsCount;
    assert.equal(new Set(all).size, all.length, 'a partition is assigned twice');
    assert.equal(all.length, expected, 'a partition is assigned to nobody');
    const sizes = assignments.map(({ partitions }) => partitions.length);
    const isEven = sizes.length === 0 || Math.max(...sizes) - Math.min(...sizes) <= 1;
    assert.ok(isEven, `members have ${sizes.join(', ')} partitions`);
  }

  /** One reader a partition, and a new one only when the old one had nothing uncommitted. */
  #checkHolders(): void {
    const members = this.#clients.map((clientId) => this.#group.member(clientId)!);
    for (let partitionId = 0; partitionId < this.#partitionsCount; partitionId++) {
      const leases = members.flatMap((member) => this.#group.leaseOf(member, partitionId) ?? []);
      assert.ok(leases.length <= 1, `partition ${partitionId} has two readers`);
      const known = this.#progress.get(partitionId);
      if (known === undefined || leases[0] === known.lease) continue;
      const isSettled = known.delivered <= known.committed;
      const isAllowed = isSettled || this.#mayMove.has(partitionId);
      assert.ok(isAllowed, `partition ${partitionId} changed hands with messages uncommitted`);
      this.#progress.delete(partitionId);
    }
    for (const member of members) {
      for (const partitionId of member.readable) {
        assert.ok(
          this.#group.leaseOf(member, partitionId),
          `${partitionId} is not with its reader`,
        );
      }
    }
  }
}

test('whatever happens in a group, it stays even and partitions have one reader', () => {
  const seed = testSeed();
  const model = new GroupModel(new SeededRandom(seed));
  for (let step = 0; step < STEPS; step++) {
    try {
      model.step();
      if (step % 500 === 499) model.settle();
    } catch (error) {
      throw new Error(`Seed ${seed}, step ${step}: ${(error as Error).message}`, { cause: error });
    }
  }
});
