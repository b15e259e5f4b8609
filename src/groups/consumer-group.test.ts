import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsumerGroup } from './consumer-group.ts';
import type { GroupMember } from './group-member.ts';
import type { PartitionLease } from './partition-lease.ts';

const place = { streamId: 1, topicId: 2, groupId: 3 };
const [ALICE, BOB, CAROL] = [11, 22, 33];

function groupOf(partitionsCount: number, ...clientIds: number[]): ConsumerGroup {
  const group = new ConsumerGroup(place, partitionsCount);
  for (const clientId of clientIds) group.join(clientId, 0);
  return group;
}

function shown(group: ConsumerGroup): Record<number, readonly number[]> {
  return Object.fromEntries(group.assignments().map(({ id, partitions }) => [id, partitions]));
}

function memberOf(group: ConsumerGroup, clientId: number): GroupMember {
  const member = group.member(clientId);
  assert.ok(member);
  return member;
}

function readableBy(group: ConsumerGroup, clientId: number): readonly number[] {
  return memberOf(group, clientId).readable;
}

function leaseOf(group: ConsumerGroup, clientId: number, partitionId: number): PartitionLease {
  const lease = group.leaseOf(memberOf(group, clientId), partitionId);
  assert.ok(lease, `client ${clientId} does not hold partition ${partitionId}`);
  return lease;
}

/** A poll that gave messages up to an offset and committed up to another. */
function poll(group: ConsumerGroup, lease: PartitionLease, delivered: number, committed = -1) {
  lease.beginPoll();
  lease.endPoll(delivered, committed);
  group.afterProgress(lease);
}

/** A group of two partitions whose one member has polled both and committed nothing. */
function groupAtWork(): ConsumerGroup {
  const group = groupOf(2, ALICE);
  poll(group, leaseOf(group, ALICE, 0), 9);
  poll(group, leaseOf(group, ALICE, 1), 9);
  return group;
}

function commit(group: ConsumerGroup, lease: PartitionLease, offset: number): void {
  lease.commit(offset);
  group.afterProgress(lease);
}

test('two members on four partitions hold two and two, also when the second joins late', () => {
  const group = groupOf(4, ALICE);
  assert.deepEqual(shown(group), { 0: [0, 1, 2, 3] });
  group.join(BOB, 1000);
  assert.deepEqual(shown(group), { 0: [0, 1], 1: [2, 3] });
  assert.deepEqual(readableBy(group, BOB), [2, 3]);
});

test('with more members than partitions the last ones wait without any', () => {
  const group = groupOf(2, ALICE, BOB, CAROL);
  assert.deepEqual(shown(group), { 0: [0], 1: [1], 2: [] });
  assert.equal(group.nextLease(memberOf(group, CAROL)), undefined);
  group.leave(ALICE, 0);
  assert.deepEqual(shown(group), { 1: [1], 2: [0] });
});

test('a member that joins again changes nothing', () => {
  const group = groupOf(4, ALICE, BOB);
  const generation = group.generation;
  assert.equal(group.join(ALICE, 0), false);
  assert.equal(group.generation, generation);
  assert.deepEqual(shown(group), { 0: [0, 1], 1: [2, 3] });
});

test('each member gets the number behind the highest', () => {
  const group = groupOf(1, ALICE, BOB, CAROL);
  group.leave(BOB, 0);
  group.join(BOB, 0);
  assert.deepEqual(Object.keys(shown(group)), ['0', '2', '3']);
  group.leave(BOB, 0);
  group.leave(CAROL, 0);
  group.join(CAROL, 0);
  assert.deepEqual(Object.keys(shown(group)), ['0', '1']);
});

test('a partition changes hands only when what was polled is committed', () => {
  const group = groupAtWork();
  const lease = leaseOf(group, ALICE, 1);
  group.join(BOB, 0);
  assert.deepEqual(shown(group), { 0: [0], 1: [1] }, 'the assignment is even at once');
  assert.deepEqual(readableBy(group, BOB), [], 'but the partition is not handed over');
  assert.deepEqual(readableBy(group, ALICE), [0]);
  assert.equal(leaseOf(group, ALICE, 1), lease, 'the holder may still name it');
  commit(group, lease, 8);
  assert.deepEqual(readableBy(group, BOB), []);
  commit(group, lease, 9);
  assert.deepEqual(readableBy(group, BOB), [1]);
  assert.equal(group.leaseOf(memberOf(group, ALICE), 1), undefined);
  assert.equal(group.isMoving, false);
});

test('a poll under way keeps a partition until its answer is committed', () => {
  const group = groupOf(1, ALICE);
  const lease = leaseOf(group, ALICE, 0);
  lease.beginPoll();
  group.join(BOB, 0);
  group.leave(ALICE, 0);
  assert.deepEqual(readableBy(group, BOB), [0], 'unless the holder leaves');

  const other = groupAtWork();
  const second = leaseOf(other, ALICE, 1);
  commit(other, second, 9);
  leaseOf(other, ALICE, 0).beginPoll();
  second.beginPoll();
  second.beginPoll();
  second.endPoll(12, 12);
  other.join(BOB, 0);
  assert.deepEqual(readableBy(other, BOB), []);
  second.endPoll(14, 14);
  other.afterProgress(second);
  assert.deepEqual(readableBy(other, BOB), [1]);
});

test('after the time-out a partition changes hands without a commit', () => {
  const group = groupAtWork();
  group.join(BOB, 1000);
  group.expire(30_999, 30_000);
  assert.deepEqual(readableBy(group, BOB), []);
  group.expire(31_000, 30_000);
  assert.deepEqual(readableBy(group, BOB), [1]);
});

test('what an earlier holder does later does not count for the next one', () => {
  const group = groupAtWork();
  const lease = leaseOf(group, ALICE, 1);
  lease.beginPoll();
  group.join(BOB, 0);
  group.expire(30_000, 30_000);
  lease.endPoll(99, -1);
  group.afterProgress(lease);
  group.leave(ALICE, 0);
  group.join(CAROL, 0);
  assert.deepEqual(readableBy(group, CAROL), [1], 'Bob had polled nothing');
});

test('a poll whose answer was lost does not keep the partition', () => {
  const group = groupOf(2, ALICE);
  poll(group, leaseOf(group, ALICE, 0), 9);
  const lease = leaseOf(group, ALICE, 1);
  lease.beginPoll();
  group.join(BOB, 0);
  assert.deepEqual(readableBy(group, BOB), []);
  lease.losePoll();
  group.afterProgress(lease);
  assert.deepEqual(readableBy(group, BOB), [1]);
});

test('a deleted offset does not count as committed', () => {
  const group = groupAtWork();
  const lease = leaseOf(group, ALICE, 1);
  commit(group, lease, 9);
  commit(group, lease, -1);
  group.join(BOB, 0);
  assert.deepEqual(readableBy(group, BOB), []);
});

test('the partitions of a member take turns, and those that are about to move are left out', () => {
  const group = groupOf(4, ALICE);
  const alice = memberOf(group, ALICE);
  const polled = () => group.nextLease(alice)?.partitionId;
  assert.deepEqual([polled(), polled(), polled(), polled(), polled()], [0, 1, 2, 3, 0]);
  poll(group, leaseOf(group, ALICE, 2), 1);
  poll(group, leaseOf(group, ALICE, 3), 1);
  group.join(BOB, 0);
  assert.deepEqual(shown(group), { 0: [2, 3], 1: [0, 1] }, 'idle partitions move first');
  assert.deepEqual([polled(), polled(), polled()], [2, 3, 2]);
});

test('a look at the time that moves nothing wakes nobody', () => {
  let changesCount = 0;
  const group = new ConsumerGroup(place, 2, () => changesCount++);
  group.join(ALICE, 0);
  for (const partitionId of [0, 1]) poll(group, leaseOf(group, ALICE, partitionId), 9);
  group.join(BOB, 0);
  assert.ok(group.isMoving);
  changesCount = 0;
  group.expire(29_999, 30_000);
  assert.equal(changesCount, 0);
  group.expire(30_000, 30_000);
  assert.equal(changesCount, 1);
});

test('an offset without a partition is about the one that was polled last', () => {
  const group = groupOf(3, ALICE);
  const alice = memberOf(group, ALICE);
  assert.equal(alice.current, 0);
  group.nextLease(alice);
  group.nextLease(alice);
  assert.equal(alice.current, 1);
});

test('new partitions are dealt, and those that are deleted leave the shares even', () => {
  const group = groupOf(2, ALICE, BOB);
  group.resize(5, 0);
  assert.deepEqual(shown(group), { 0: [0, 2, 3], 1: [1, 4] });
  group.resize(1, 0);
  assert.deepEqual(shown(group), { 0: [0], 1: [] });
  group.resize(0, 0);
  assert.deepEqual(shown(group), { 0: [], 1: [] });
});

test('a purge forgets what was delivered', () => {
  const group = groupAtWork();
  group.join(BOB, 0);
  assert.deepEqual(readableBy(group, BOB), []);
  group.purge();
  assert.deepEqual(readableBy(group, BOB), [1]);
});
