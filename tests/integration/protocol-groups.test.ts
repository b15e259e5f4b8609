import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConsumerGroup } from '../../src/wire/classic/commands/create-consumer-group.ts';
import { createPartitions } from '../../src/wire/classic/commands/create-partitions.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { deleteConsumerGroup } from '../../src/wire/classic/commands/delete-consumer-group.ts';
import { deleteConsumerOffset } from '../../src/wire/classic/commands/delete-consumer-offset.ts';
import { deletePartitions } from '../../src/wire/classic/commands/delete-partitions.ts';
import { deleteStream } from '../../src/wire/classic/commands/delete-stream.ts';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { getConsumerGroup } from '../../src/wire/classic/commands/get-consumer-group.ts';
import { getConsumerGroups } from '../../src/wire/classic/commands/get-consumer-groups.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { getStats } from '../../src/wire/classic/commands/get-stats.ts';
import { joinConsumerGroup } from '../../src/wire/classic/commands/join-consumer-group.ts';
import { leaveConsumerGroup } from '../../src/wire/classic/commands/leave-consumer-group.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { logoutUser } from '../../src/wire/classic/commands/logout-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { purgeTopic } from '../../src/wire/classic/commands/purge-topic.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import {
  assignmentsSeenBy,
  createGroup,
  groupOffset,
  groupPlace,
  groupPoll,
  groupPollRequest,
  joinAs,
  storeAs,
} from '../support/group-kit.ts';
import { RawClient, rootLogin } from '../support/raw-client.ts';
import { createPlace, place, sendRequest, strategy, topicRequest } from '../support/topic-kit.ts';

const EMPTY_POLL = { status: 0, payload: Buffer.alloc(16) };

/** A broker with the usual topic and the group `workers`. */
async function startWithGroup(partitionsCount: number, settings = {}) {
  const broker = await startBroker({ settings });
  const admin = await RawClient.login(broker);
  await createPlace(admin, partitionsCount);
  await createGroup(admin);
  const dispose = async () => {
    await admin[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  };
  return { broker, admin, [Symbol.asyncDispose]: dispose };
}

/** One message a partition, named by it, `rounds` times. */
async function fill(client: RawClient, partitionsCount: number, rounds = 1): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let id = 0; id < partitionsCount; id++) {
      await client.call(sendMessages, sendRequest([`p${id} m${round}`], id));
    }
  }
}

test('a group is created, found by number and name, listed and deleted', async () => {
  await using running = await startWithGroup(3);
  const { admin } = running;
  const workers = { id: 0, partitionsCount: 3, membersCount: 0, name: 'workers' };
  assert.deepEqual(await admin.call(createConsumerGroup, { ...place, name: 'audit' }), {
    ...workers,
    id: 1,
    name: 'audit',
  });
  for (const groupId of [0, 'workers']) {
    const found = await admin.call(getConsumerGroup, { ...place, groupId });
    assert.deepEqual(found, { ...workers, members: [] });
  }
  const names = async () => (await admin.call(getConsumerGroups, place)).map(({ name }) => name);
  assert.deepEqual(await names(), ['workers', 'audit']);
  await admin.call(deleteConsumerGroup, groupPlace);
  assert.deepEqual(await names(), ['audit']);
  assert.equal(await admin.call(getConsumerGroup, groupPlace), null);
  const again = await admin.call(createConsumerGroup, { ...place, name: 'new' });
  assert.equal(again.id, 0, 'the number that was freed is given again');
});

test('what is missing or there already has the status of the protocol', async () => {
  await using running = await startWithGroup(1);
  const { admin } = running;
  const noStream = { ...groupPlace, streamId: 'nowhere' };
  const noTopic = { ...groupPlace, topicId: 77 };
  const noGroup = { ...groupPlace, groupId: 'nobody' };
  for (const codec of [deleteConsumerGroup, joinConsumerGroup, leaveConsumerGroup]) {
    assert.equal(await admin.status(codec, noStream), status.StreamIdNotFound, codec.name);
    assert.equal(await admin.status(codec, noTopic), status.TopicIdNotFound, codec.name);
    assert.equal(await admin.status(codec, noGroup), status.ConsumerGroupIdNotFound, codec.name);
  }
  const create = (changes: object) =>
    admin.status(createConsumerGroup, { ...place, name: 'workers', ...changes });
  assert.equal(await create({ streamId: 'nowhere' }), status.StreamIdNotFound);
  assert.equal(await create({ topicId: 77 }), status.TopicIdNotFound);
  assert.equal(await create({}), status.ConsumerGroupNameAlreadyExists);
  const notMember = status.ConsumerGroupMemberNotFound;
  assert.equal(await admin.status(leaveConsumerGroup, groupPlace), notMember);
  for (const target of [noStream, noTopic, noGroup]) {
    assert.equal(await admin.call(getConsumerGroup, target), null);
  }
  assert.deepEqual(await admin.call(getConsumerGroups, noTopic), []);
});

test('a poll of a group asks for the group, then for the membership', async () => {
  await using running = await startWithGroup(1);
  const { admin } = running;
  const unknown = groupPollRequest({ consumer: { kind: 'group', id: 9 } });
  assert.equal(await admin.status(pollMessages, unknown), status.ConsumerGroupIdNotFound);
  assert.equal(
    await admin.status(pollMessages, groupPollRequest()),
    status.ConsumerGroupMemberNotFound,
  );
});

test('a member polls by number and by name, the partitions taking turns', async () => {
  await using running = await startWithGroup(3);
  const { broker, admin } = running;
  await fill(admin, 3);
  await using member = await joinAs(broker);
  const polled: string[] = [];
  for (const id of ['workers', 0, 'workers', 0]) {
    const answer = await groupPoll(member, { consumer: { kind: 'group', id }, autoCommit: true });
    polled.push(`${answer.partitionId}: ${answer.texts}`);
  }
  assert.deepEqual(polled, ['0: p0 m0', '1: p1 m0', '2: p2 m0', '0: ']);
});

test('a second member that joins late gets half, the first one keeps the rest', async () => {
  await using running = await startWithGroup(4);
  const { broker, admin } = running;
  await using first = await joinAs(broker);
  assert.deepEqual(await assignmentsSeenBy(admin), [[0, 1, 2, 3]]);
  await using second = await joinAs(broker);
  assert.deepEqual(await assignmentsSeenBy(admin), [
    [0, 1],
    [2, 3],
  ]);
  await fill(admin, 4);
  const seen: string[] = [];
  for (const member of [first, first, second, second]) {
    seen.push(...(await groupPoll(member, { autoCommit: true })).texts);
  }
  assert.deepEqual(seen, ['p0 m0', 'p1 m0', 'p2 m0', 'p3 m0']);
});

test('a partition of another member is empty to poll, and its offset is not to be stored', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await fill(admin, 2);
  await using first = await joinAs(broker);
  await using second = await joinAs(broker);
  const foreign = groupPollRequest({ partitionId: 1 });
  assert.deepEqual(await first.request(pollMessages, foreign), EMPTY_POLL);
  assert.deepEqual((await groupPoll(second, { partitionId: 1 })).texts, ['p1 m0']);
  for (const codec of [storeConsumerOffset, deleteConsumerOffset]) {
    const code = await first.status(codec as typeof storeConsumerOffset, groupOffset(1, 0));
    assert.equal(code, status.NotResolvedConsumer, codec.name);
  }
  const missing = groupOffset(9, 0);
  assert.equal(await first.status(storeConsumerOffset, missing), status.NotResolvedConsumer);
});

test('a member without partitions polls nothing and stores nothing', async () => {
  await using running = await startWithGroup(1);
  const { broker, admin } = running;
  await fill(admin, 1);
  await using _first = await joinAs(broker);
  await using second = await joinAs(broker);
  assert.deepEqual(await second.request(pollMessages, groupPollRequest()), EMPTY_POLL);
  const code = await second.status(storeConsumerOffset, groupOffset(null, 0));
  assert.equal(code, status.NotResolvedConsumer);
});

test('the offset of a group is shared, outlives its members, and anybody may read it', async () => {
  await using running = await startWithGroup(1);
  const { broker, admin } = running;
  await fill(admin, 1, 5);
  const first = await joinAs(broker);
  await groupPoll(first, { count: 3 });
  await storeAs(first, 0, 2);
  await first[Symbol.asyncDispose]();
  const stored = await admin.call(getConsumerOffset, groupOffset(null, 0, 0));
  assert.deepEqual(stored, { partitionId: 0, currentOffset: 4n, storedOffset: 2n });
  await using second = await joinAs(broker);
  assert.deepEqual((await groupPoll(second)).texts, ['p0 m3', 'p0 m4']);
});

test('an offset without a partition is stored where the member polled last', async () => {
  await using running = await startWithGroup(3);
  const { broker, admin } = running;
  await fill(admin, 3);
  await using member = await joinAs(broker);
  await groupPoll(member);
  assert.equal((await groupPoll(member)).partitionId, 1);
  await storeAs(member, null, 0);
  const stored = async (partitionId: number) =>
    (await admin.call(getConsumerOffset, groupOffset(partitionId, 0)))?.storedOffset;
  assert.deepEqual([await stored(0), await stored(1), await stored(2)], [undefined, 0n, undefined]);
  await member.call(deleteConsumerOffset, groupOffset(null, 0));
  assert.equal(await stored(1), undefined);
});

test('a partition is handed over when its old owner has committed what it polled', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await fill(admin, 2, 2);
  await using first = await joinAs(broker);
  for (const partitionId of [0, 1]) await groupPoll(first, { partitionId });
  await using second = await joinAs(broker);
  assert.deepEqual(await assignmentsSeenBy(admin), [[0], [1]]);
  assert.deepEqual(await second.request(pollMessages, groupPollRequest()), EMPTY_POLL);
  await storeAs(first, 1, 0);
  assert.deepEqual(await second.request(pollMessages, groupPollRequest()), EMPTY_POLL);
  await storeAs(first, 1, 1);
  await fill(admin, 2);
  assert.deepEqual(await groupPoll(second), { partitionId: 1, texts: ['p1 m0'] });
  assert.deepEqual(await first.request(pollMessages, groupPollRequest({ partitionId: 1 })), {
    ...EMPTY_POLL,
  });
});

test('a poll that commits by itself hands a partition over at once', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await fill(admin, 2, 2);
  await using first = await joinAs(broker);
  for (const partitionId of [0, 1]) await groupPoll(first, { partitionId, count: 1 });
  await using second = await joinAs(broker);
  await groupPoll(first, { partitionId: 1, strategy: strategy('offset', 0), autoCommit: true });
  assert.equal((await groupPoll(second)).partitionId, 1);
});

test('after the time-out a partition is handed over without a commit', async () => {
  const settings = {
    'consumer_group.rebalancing_timeout': '50 ms',
    'consumer_group.rebalancing_check_interval': '10 ms',
  };
  await using running = await startWithGroup(2, settings);
  const { broker, admin } = running;
  await fill(admin, 2);
  await using first = await joinAs(broker);
  for (const partitionId of [0, 1]) await groupPoll(first, { partitionId });
  await using second = await joinAs(broker);
  const polled = async () => (await groupPoll(second)).texts.join();
  await eventually('the partition is handed over', async () => (await polled()) === 'p1 m0');
});

test('a member that disconnects leaves what it had not committed to the others', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await fill(admin, 2);
  await using first = await joinAs(broker);
  const second = await joinAs(broker);
  assert.deepEqual((await groupPoll(second)).texts, ['p1 m0']);
  second.socket.destroy();
  const membersCount = async () => (await assignmentsSeenBy(admin)).length;
  await eventually('the member is gone', async () => (await membersCount()) === 1);
  assert.deepEqual(await assignmentsSeenBy(admin), [[0, 1]]);
  assert.deepEqual((await groupPoll(first, { partitionId: 1 })).texts, ['p1 m0']);
});

test('a member that leaves is refused, one that joins twice is one member', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await using member = await joinAs(broker);
  await member.call(joinConsumerGroup, groupPlace);
  assert.deepEqual(await assignmentsSeenBy(admin), [[0, 1]]);
  await member.call(leaveConsumerGroup, groupPlace);
  assert.deepEqual(await assignmentsSeenBy(admin), []);
  const notMember = status.ConsumerGroupMemberNotFound;
  assert.equal(await member.status(pollMessages, groupPollRequest()), notMember);
  assert.equal(await member.status(storeConsumerOffset, groupOffset(0, 0)), notMember);
  assert.equal(await member.status(leaveConsumerGroup, groupPlace), notMember);
});

test('a logout keeps the membership', async () => {
  await using running = await startWithGroup(2);
  await using member = await joinAs(running.broker);
  await member.call(logoutUser, undefined);
  assert.deepEqual(await assignmentsSeenBy(running.admin), [[0, 1]]);
  await member.call(loginUser, rootLogin);
  assert.equal((await groupPoll(member)).partitionId, 0);
});

test('a connection shows the groups it is in, the statistics count all', async () => {
  await using running = await startWithGroup(1);
  const { broker, admin } = running;
  await admin.call(createConsumerGroup, { ...place, name: 'audit' });
  await using member = await joinAs(broker);
  await member.call(joinConsumerGroup, { ...place, groupId: 'audit' });
  const at = { streamId: 0, topicId: 0 };
  const { consumerGroups } = await member.call(getMe, undefined);
  assert.deepEqual(consumerGroups, [
    { ...at, groupId: 0 },
    { ...at, groupId: 1 },
  ]);
  assert.equal((await admin.call(getStats, undefined)).consumerGroupsCount, 2);
  await admin.call(deleteConsumerGroup, groupPlace);
  assert.deepEqual((await member.call(getMe, undefined)).consumerGroups, [{ ...at, groupId: 1 }]);
  await admin.call(deleteTopic, place);
  assert.deepEqual((await member.call(getMe, undefined)).consumerGroups, []);
});

test('a deleted group takes its offsets along; one with its number begins anew', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await fill(admin, 2, 3);
  await using member = await joinAs(broker);
  for (const partitionId of [0, 1]) await storeAs(member, partitionId, 2);
  await admin.call(deleteConsumerGroup, groupPlace);
  const gone = status.ConsumerGroupIdNotFound;
  assert.equal(await member.status(pollMessages, groupPollRequest()), gone);
  await createGroup(admin);
  assert.equal(await admin.call(getConsumerOffset, groupOffset(1, 0)), null);
  const stranger = status.ConsumerGroupMemberNotFound;
  assert.equal(await member.status(pollMessages, groupPollRequest()), stranger);
  await member.call(joinConsumerGroup, groupPlace);
  assert.equal((await groupPoll(member, { partitionId: 1 })).texts.length, 3);
});

test('partitions that come and go are dealt again', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await using _first = await joinAs(broker);
  await using _second = await joinAs(broker);
  await admin.call(createPartitions, { ...place, partitionsCount: 3 });
  assert.deepEqual(await assignmentsSeenBy(admin), [
    [0, 2, 3],
    [1, 4],
  ]);
  await admin.call(deletePartitions, { ...place, partitionsCount: 4 });
  assert.deepEqual(await assignmentsSeenBy(admin), [[0], []]);
});

test('a purge keeps members and takes offsets; what was polled before holds nothing up', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await fill(admin, 2);
  await using first = await joinAs(broker);
  for (const partitionId of [0, 1]) await groupPoll(first, { partitionId });
  await using second = await joinAs(broker);
  await admin.call(purgeTopic, place);
  assert.equal((await groupPoll(second)).partitionId, 1);
  assert.equal(await admin.call(getConsumerOffset, groupOffset(0, 0)), null);
});

test('a topic of the same number has none of the groups of the one before', async () => {
  await using running = await startWithGroup(1);
  const { broker, admin } = running;
  await using member = await joinAs(broker);
  await admin.call(deleteStream, place);
  await createPlace(admin);
  assert.deepEqual(await admin.call(getConsumerGroups, place), []);
  const gone = status.ConsumerGroupIdNotFound;
  assert.equal(await member.status(pollMessages, groupPollRequest()), gone);
});

test('groups and their offsets are there after a restart, members are not', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  const { dataDir } = broker;
  await fill(admin, 2, 2);
  await admin.call(createConsumerGroup, { ...place, name: 'gone' });
  await admin.call(createConsumerGroup, { ...place, name: 'audit' });
  await admin.call(deleteConsumerGroup, { ...place, groupId: 'gone' });
  const member = await joinAs(broker);
  await storeAs(member, 0, 1);
  await member[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await broker.stop();
  await using again = await startBroker({ dataDir });
  await using client = await RawClient.login(again);
  const groups = await client.call(getConsumerGroups, place);
  assert.deepEqual(
    groups.map(({ id, name, membersCount }) => [id, name, membersCount]),
    [
      [0, 'workers', 0],
      [2, 'audit', 0],
    ],
  );
  assert.equal((await client.call(getConsumerOffset, groupOffset(0, 0)))?.storedOffset, 1n);
  assert.equal((await client.call(createConsumerGroup, { ...place, name: 'x' })).id, 1);
});

test('a member whose shard died keeps its partitions', async () => {
  await using running = await startWithGroup(2);
  const { broker, admin } = running;
  await fill(admin, 2);
  await using member = await joinAs(broker);
  await groupPoll(member);
  broker.crashShard(0);
  const request = groupPollRequest({ partitionId: 0 });
  const isBack = async () => (await member.status(pollMessages, request)) === 0;
  await eventually('the shard is back', isBack);
  assert.deepEqual((await groupPoll(member, { partitionId: 0 })).texts, ['p0 m0']);
  assert.deepEqual(await assignmentsSeenBy(admin), [[0, 1]]);
});

test('who sends no pings is turned away: out of its groups, its next request is the last', async () => {
  const settings = { 'heartbeat.enabled': true, 'heartbeat.interval': '1 s' };
  const rows = [
    [(client: RawClient) => client.status(pollMessages, groupPollRequest()), status.StaleClient],
    [(client: RawClient) => client.status(createConsumerGroup, { ...place, name: 'x' }), 30],
    [(client: RawClient) => client.status(getMe, undefined), status.ClientNotFound],
    [(client: RawClient) => client.status(loginUser, rootLogin), status.ClientNotFound],
    [(client: RawClient) => client.status(logoutUser, undefined), status.ClientNotFound],
  ] as const;
  await using running = await startWithGroup(1, settings);
  const { broker, admin } = running;
  const pings = setInterval(() => void admin.status(ping, undefined).catch(() => {}), 20).unref();
  const members = await Promise.all(rows.map(() => joinAs(broker)));
  const membersCount = async () => (await assignmentsSeenBy(admin)).length;
  await eventually('the members are out', async () => (await membersCount()) === 0);
  assert.equal((await admin.call(getStats, undefined)).clientsCount, 1);
  for (const [index, [request, expected]] of rows.entries()) {
    const member = members[index];
    assert.equal(await member.status(ping, undefined), 0, 'a ping is always answered');
    assert.equal(await request(member), expected);
    await member.closed();
  }
  clearInterval(pings);
});

test('groups of different topics have numbers of their own', async () => {
  await using running = await startWithGroup(1);
  const { admin } = running;
  await admin.call(createTopic, topicRequest(place.streamId, 'second'));
  const second = { ...place, topicId: 'second' };
  assert.deepEqual(await admin.call(getConsumerGroups, second), []);
  assert.equal((await admin.call(createConsumerGroup, { ...second, name: 'workers' })).id, 0);
});
