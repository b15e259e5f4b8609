import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import type { Caller } from '../suite/caller.ts';
import type { Group, Identifier } from '../suite/operations.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createTopic, numbersOf, type Place, sendNumbers } from './stock.ts';
import { numbers } from './texts.ts';

const PARTITIONS = 4;
/** Messages of one partition in one round. */
const ROUND = 10;
/** Polls without a message until a reader may stop: members take their partitions in turn. */
const IDLE_POLLS = 2 * PARTITIONS;

/** Partitions are dealt evenly, also to members that come late, and go back from those that go. */
export const groupAssignment: Scenario = {
  title: 'consumer groups: assignment',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, PARTITIONS);
    await create(scene, root, place);
    const members: Caller[] = [];
    for (const sizes of [[4], [2, 2], [1, 1, 2], [1, 1, 1, 1], [0, 1, 1, 1, 1]]) {
      const member = await scene.open(`member-${sizes.length}`);
      await member.call('group.join', { ...place, group: 'mail' });
      members.push(member);
      await isDealt(scene, root, place, sizes);
    }
    if (await isGone(scene, members[0])) {
      await isDealt(scene, root, place, [1, 1, 1, 1]);
      for (const member of members.slice(1, 3)) await hasLeft(scene, member, place);
      await isDealt(scene, root, place, [2, 2]);
    }
    await remove(scene, root, place);
  },
};

/** Closes a member, where the client can do that. */
async function isGone(scene: Scene, member: Caller): Promise<boolean> {
  const isClosed = await member.close();
  if (!isClosed) scene.quirk('cannot be closed, so members never go');
  return isClosed;
}

async function create(scene: Scene, root: Caller, place: Place): Promise<void> {
  const created = await scene.arrange(root, 'group.create', { ...place, name: 'mail' });
  scene.shows('group', created, { name: 'mail', partitionsCount: PARTITIONS, membersCount: 0 });
  const listed = await root.optional('group.list', place);
  if (listed) scene.shows('group', listed, [{ name: 'mail', membersCount: 0 }]);
}

/** Waits until the members have as many partitions each as the sizes say, and all of them. */
async function isDealt(
  scene: Scene,
  root: Caller,
  place: Place,
  sizes: readonly number[],
): Promise<void> {
  let group: Group | null = null;
  await eventually(`${sizes.length} members share the partitions as ${sizes}`, async () => {
    group = await groupWithMembers(scene, root, place);
    const dealt = group.members.map(({ partitions }) => partitions.length).sort();
    return String(dealt) === String(sizes);
  });
  const { membersCount, members } = group!;
  if (membersCount !== undefined) assert.equal(membersCount, sizes.length);
  const owned = members.flatMap(({ partitions }) => partitions).sort();
  assert.deepEqual(owned, numbers(0, PARTITIONS));
}

/** A client may show groups without their members. */
async function groupWithMembers(scene: Scene, root: Caller, place: Place): Promise<Group> {
  const request = { ...place, group: 'mail' };
  const group = await scene.arrange(root, 'group.get', request);
  scene.shows('group', group, { members: () => true });
  if (group!.members !== undefined) return group!;
  return (await (await scene.helper()).call('group.get', request))!;
}

async function remove(scene: Scene, root: Caller, place: Place): Promise<void> {
  if ((await root.optional('group.delete', { ...place, group: 'mail' })) === undefined) return;
  assert.equal(await scene.arrange(root, 'group.get', { ...place, group: 'mail' }), null);
  await root.refused('group.delete', { ...place, group: 'mail' }, 5000);
}

/** Leaves the group, or goes as a whole, where the client can do either. */
async function hasLeft(scene: Scene, member: Caller, place: Place): Promise<boolean> {
  const left = await member.optional('group.leave', { ...place, group: 'mail' });
  return left === null || isGone(scene, member);
}

/** Members read every message once, also when the second joins late; ids and names are equal. */
export const groupReading: Scenario = {
  title: 'consumer groups: reading',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, PARTITIONS);
    await create(scene, root, place);
    const { id } = (await scene.arrange(root, 'group.get', { ...place, group: 'mail' }))!;
    const first = { caller: await scene.open('first'), group: 'mail' };
    await first.caller.call('group.join', { ...place, group: 'mail' });
    await send(scene, root, place, 0);
    const [alone] = await readAll([first], place);
    assert.deepEqual(alone.toSorted(ascending), numbers(0, PARTITIONS * ROUND));
    const second = await joinById(await scene.open('second'), place, id);
    await isDealt(scene, root, place, [2, 2]);
    await send(scene, root, place, 1);
    const both = await readAll([first, second], place);
    const wanted = numbers(PARTITIONS * ROUND, PARTITIONS * ROUND);
    assert.deepEqual(both.flat().toSorted(ascending), wanted);
    assert.deepEqual(lengths(both), [2 * ROUND, 2 * ROUND]);
    if (await isGone(scene, second.caller)) {
      await isDealt(scene, root, place, [4]);
      await send(scene, root, place, 2);
      assert.deepEqual(lengths(await readAll([first], place)), [PARTITIONS * ROUND]);
    }
    await isForMembers(scene, place);
  },
};

interface Member {
  readonly caller: Caller;
  readonly group: Identifier;
}

/** A group has a number as well as a name; some clients know names only. */
async function joinById(caller: Caller, place: Place, id: number): Promise<Member> {
  const joined = await caller.optional('group.join', { ...place, group: id });
  if (joined === null) return { caller, group: id };
  await caller.call('group.join', { ...place, group: 'mail' });
  return { caller, group: 'mail' };
}

/** One batch to every partition. */
async function send(scene: Scene, root: Caller, place: Place, round: number): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const first = (round * PARTITIONS + partition) * ROUND;
    await sendNumbers(scene, root, place, partition, numbers(first, ROUND));
  }
}

/** Lets the members poll in turn until none has got a message for long; answers what each got. */
async function readAll(members: readonly Member[], place: Place): Promise<number[][]> {
  const received: number[][] = members.map(() => []);
  for (let idle = 0; idle < IDLE_POLLS; idle++) {
    for (const [index, { caller, group }] of members.entries()) {
      const request = { ...place, group, from: 'next', count: 7, autoCommit: true } as const;
      const polled = numbersOf(await caller.call('message.poll', request));
      received[index].push(...polled);
      if (polled.length > 0) idle = -1;
    }
  }
  return received;
}

async function isForMembers(scene: Scene, place: Place): Promise<void> {
  const outsider = await scene.open('outsider');
  const request = { ...place, from: 'next', count: 7, autoCommit: true } as const;
  await outsider.refused('message.poll', { ...request, group: 'mail' }, 5006);
  await outsider.refused('message.poll', { ...request, group: 'missing' }, 5000);
  await outsider.refused('group.join', { ...place, group: 'missing' }, 5000);
  await outsider.refused('group.leave', { ...place, group: 'mail' }, 5006);
}

function lengths(lists: readonly number[][]): number[] {
  return lists.map(({ length }) => length);
}

function ascending(left: number, right: number): number {
  return left - right;
}

/** What a group has stored belongs to the group and not to its members. */
export const groupOffsets: Scenario = {
  title: 'consumer groups: offsets',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    await sendNumbers(scene, root, place, 0, numbers(0, 20));
    await scene.arrange(root, 'group.create', { ...place, name: 'mail' });
    const stored = { ...place, partition: 0, group: 'mail' };
    await root.refused('offset.store', { ...stored, offset: '5' }, 5006);
    const member = await scene.open('member');
    await member.call('group.join', { ...place, group: 'mail' });
    await member.call('offset.store', { ...stored, offset: '5' });
    await isStored(scene, root, stored, '5');
    const polled = await member.optional('message.poll', {
      ...stored,
      from: 'next',
      count: 3,
      autoCommit: true,
    });
    if (polled !== undefined) {
      assert.deepEqual(numbersOf(polled), [6, 7, 8]);
      await isStored(scene, root, stored, '8');
    }
    const other = (await hasLeft(scene, member, place)) ? await scene.open('other') : member;
    await isStored(scene, root, stored, polled === undefined ? '5' : '8');
    if (other !== member) await other.call('group.join', { ...place, group: 'mail' });
    if ((await other.optional('offset.delete', stored)) === undefined) return;
    assert.equal(await scene.arrange(root, 'offset.get', stored), null);
  },
};

async function isStored(
  scene: Scene,
  root: Caller,
  stored: Place & { partition: number; group: string },
  storedOffset: string,
): Promise<void> {
  const found = await scene.arrange(root, 'offset.get', stored);
  scene.shows('stored offset', found, { partition: 0, storedOffset, currentOffset: '19' });
}
