import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Assignable, assign } from './assignment.ts';
import { GroupMember } from './group-member.ts';

interface Partition extends Assignable {
  assignee: GroupMember | undefined;
}

function membersNumbered(count: number): GroupMember[] {
  return Array.from({ length: count }, (_, id) => new GroupMember(id, id + 1));
}

function freePartitions(count: number): Partition[] {
  return Array.from({ length: count }, () => ({
    holder: undefined,
    isSettled: true,
    assignee: undefined,
  }));
}

function counts(partitions: readonly Partition[], members: readonly GroupMember[]): number[] {
  return members.map((member) => partitions.filter(({ assignee }) => assignee === member).length);
}

/** As few as can change hands: what nobody has, and what each has above the best share for it. */
function fewestMoves(partitionsCount: number, held: readonly number[]): number {
  const least = Math.floor(partitionsCount / held.length);
  const larger = partitionsCount % held.length;
  const kept = [...held]
    .sort((a, b) => b - a)
    .map((count, rank) => Math.min(count, rank < larger ? least + 1 : least));
  return partitionsCount - kept.reduce((sum, count) => sum + count, 0);
}

test('the first member gets all, the second half of them, from the end', () => {
  const partitions = freePartitions(4);
  const [first, second] = membersNumbered(2);
  assign(partitions, [first]);
  assert.deepEqual(counts(partitions, [first]), [4]);
  assign(partitions, [first, second]);
  assert.deepEqual(
    partitions.map(({ assignee }) => assignee?.id),
    [0, 0, 1, 1],
  );
});

test('without members nothing is assigned', () => {
  const partitions = freePartitions(3);
  const [member] = membersNumbered(1);
  assign(partitions, [member]);
  assign(partitions, []);
  assert.deepEqual(
    partitions.map(({ assignee }) => assignee),
    [undefined, undefined, undefined],
  );
});

test('a member above its share gives what it never got, then what it need not commit', () => {
  const [first, second, third] = membersNumbered(3);
  const partitions: Partition[] = [
    { holder: first, isSettled: true, assignee: first },
    { holder: first, isSettled: false, assignee: first },
    { holder: second, isSettled: false, assignee: first },
    { holder: second, isSettled: true, assignee: second },
    { holder: second, isSettled: false, assignee: second },
    { holder: second, isSettled: false, assignee: second },
  ];
  assign(partitions, [first, second, third]);
  assert.deepEqual(
    partitions.map(({ assignee }) => assignee?.id),
    [0, 0, 2, 2, 1, 1],
  );
});

test('a partition that is free goes back to the one who still holds it', () => {
  const [stays, joined, left] = membersNumbered(3);
  const partitions: Partition[] = [
    { holder: stays, isSettled: false, assignee: left },
    { holder: undefined, isSettled: true, assignee: undefined },
  ];
  assign(partitions, [joined, stays]);
  assert.deepEqual(
    partitions.map(({ assignee }) => assignee?.id),
    [0, 1],
  );
});

test('any change leaves it even, with as few moves as can be', () => {
  const change = fc.record({ joins: fc.nat({ max: 3 }), leaves: fc.array(fc.nat({ max: 20 })) });
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.array(change, { maxLength: 8 }), (size, changes) => {
      const partitions = freePartitions(size);
      let members: GroupMember[] = [];
      let nextId = 0;
      for (const { joins, leaves } of changes) {
        const gone = new Set(leaves);
        members = members.filter((_, position) => !gone.has(position));
        for (let i = 0; i < joins; i++) members.push(new GroupMember(nextId, ++nextId));
        if (members.length === 0) continue;
        const before = partitions.map(({ assignee }) => assignee);
        const held = counts(partitions, members);
        assign(partitions, members);
        const after = counts(partitions, members);
        assert.ok(Math.max(...after) - Math.min(...after) <= 1, `uneven: ${after}`);
        assert.equal(
          after.reduce((sum, count) => sum + count, 0),
          size,
        );
        const moved = partitions.filter(({ assignee }, i) => assignee !== before[i]).length;
        assert.equal(moved, fewestMoves(size, held));
      }
    }),
  );
});
