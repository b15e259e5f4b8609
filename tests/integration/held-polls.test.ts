import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { deleteConsumerGroup } from '../../src/wire/classic/commands/delete-consumer-group.ts';
import { deletePartitions } from '../../src/wire/classic/commands/delete-partitions.ts';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { leaveConsumerGroup } from '../../src/wire/classic/commands/leave-consumer-group.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { createGroup, groupPlace, groupPollRequest, joinAs } from '../support/group-kit.ts';
import { decode, RawClient, type RawResponse } from '../support/raw-client.ts';
import {
  checkedMessages,
  createPlace,
  place,
  pollRequest,
  sendRequest,
  strategy,
  texts,
} from '../support/topic-kit.ts';

/** Longer than any test may take: who gets an answer was woken. */
const LONG_MS = 240_000;
const offering = { 'polling.max_wait': '5 m' };
const offeringFew = { ...offering, 'tcp.max_requests_in_flight': 4 };

async function startOffering(
  partitionsCount = 1,
  settings: Readonly<Record<string, string | number>> = offering,
) {
  const broker = await startBroker({ settings });
  const admin = await RawClient.login(broker);
  await createPlace(admin, partitionsCount);
  const dispose = async () => {
    await admin[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  };
  return { broker, admin, [Symbol.asyncDispose]: dispose };
}

/** A connection that has said that it knows of waiting polls. */
async function loginGreeting(broker: TestBroker): Promise<RawClient> {
  const client = await RawClient.login(broker);
  await client.call(ping, { knowsExtensions: true });
  return client;
}

async function joinGreeting(broker: TestBroker): Promise<RawClient> {
  const client = await joinAs(broker);
  await client.call(ping, { knowsExtensions: true });
  return client;
}

/** A poll behind the last message of partition 0, which waits. */
function waitingPoll(changes: Partial<PollMessagesRequest> = {}): Buffer {
  const request = pollRequest({ strategy: strategy('next'), waitMs: LONG_MS, ...changes });
  return encodeRequest(pollMessages, request);
}

function textsOf(response: RawResponse): string[] {
  return texts(checkedMessages(decode(pollMessages, response)));
}

/** Resolves when polls wait for so many partitions and groups. */
async function watched(broker: TestBroker, count: number): Promise<void> {
  await eventually(`${count} things are waited for`, () => {
    return broker.statistics.watchedCount === count;
  });
}

test('a broker offers held polls to who asks, and none by default', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  assert.equal(await client.call(ping, undefined), undefined);
  const offer = await client.call(ping, { knowsExtensions: true });
  assert.deepEqual(offer, { pollWaitMsMax: 0, pollsWaitingMax: 128 });
});

test('a wait counts neither without a greeting nor at a broker that does not offer it', async () => {
  await using running = await startOffering();
  await using client = await RawClient.login(running.broker);
  assert.deepEqual(textsOf(await client.exchange(waitingPoll())), []);
  await using refusing = await startOffering(1, {});
  await using greeting = await loginGreeting(refusing.broker);
  assert.deepEqual(textsOf(await greeting.exchange(waitingPoll())), []);
});

test('an empty poll waits for the next message and commits it', async () => {
  await using running = await startOffering();
  const { broker, admin } = running;
  await using client = await loginGreeting(broker);
  for (const text of ['one', 'two']) {
    const answer = client.exchange(waitingPoll({ autoCommit: true }));
    await watched(broker, 1);
    await admin.call(sendMessages, sendRequest([text]));
    assert.deepEqual(textsOf(await answer), [text]);
  }
  assert.equal(broker.statistics.watchedCount, 0);
});

test('a poll that finds messages does not wait', async () => {
  await using running = await startOffering();
  await running.admin.call(sendMessages, sendRequest(['there']));
  await using client = await loginGreeting(running.broker);
  assert.deepEqual(textsOf(await client.exchange(waitingPoll())), ['there']);
  const none = decode(pollMessages, await client.exchange(waitingPoll({ count: 0 })));
  assert.deepEqual([none.messagesCount, none.currentOffset], [0, 0n]);
});

test('a wait ends with its time, with an empty answer that tells the newest offset', async () => {
  await using running = await startOffering();
  await running.admin.call(sendMessages, sendRequest(['a', 'b', 'c']));
  await using client = await loginGreeting(running.broker);
  const behind = { strategy: strategy('offset', 3), waitMs: 20 };
  const answer = decode(pollMessages, await client.exchange(waitingPoll(behind)));
  assert.deepEqual([answer.messagesCount, answer.currentOffset], [0, 2n]);
  assert.equal(running.broker.statistics.watchedCount, 0);
});

test('other consumers of a partition wake as well, each with all of it', async () => {
  await using running = await startOffering();
  const clients = await Promise.all([1, 2, 3].map(() => loginGreeting(running.broker)));
  const answers = clients.map((client) => client.exchange(waitingPoll()));
  await watched(running.broker, 1);
  await running.admin.call(sendMessages, sendRequest(['to all']));
  for (const answer of answers) assert.deepEqual(textsOf(await answer), ['to all']);
  for (const client of clients) client.destroy();
});

test('a command that must come alone ends the wait in front of it', async () => {
  await using running = await startOffering();
  await using client = await loginGreeting(running.broker);
  client.socket.write(waitingPoll());
  client.socket.write(encodeRequest(getStreams, undefined));
  const [poll, streams] = await client.take(2);
  assert.deepEqual(textsOf(poll), []);
  assert.equal(decode(getStreams, streams).length, 1);
});

test('an answer ends the waits in front of it, but none behind it', async () => {
  await using running = await startOffering(3);
  const { broker, admin } = running;
  await using client = await loginGreeting(broker);
  for (const partitionId of [0, 1, 2]) client.socket.write(waitingPoll({ partitionId }));
  await watched(broker, 3);
  await admin.call(sendMessages, sendRequest(['to the second'], 1));
  const [first, second] = await client.take(2);
  assert.deepEqual([textsOf(first), textsOf(second)], [[], ['to the second']]);
  assert.deepEqual(client.received(), []);
  assert.equal(broker.statistics.watchedCount, 1);
  await admin.call(sendMessages, sendRequest(['to the third'], 2));
  assert.deepEqual(textsOf(await client.next()), ['to the third']);
});

test('as many polls wait as may be under way; one more ends them', async () => {
  await using running = await startOffering(1, offeringFew);
  await using client = await loginGreeting(running.broker);
  for (let count = 0; count < 5; count++) client.socket.write(waitingPoll());
  for (const answer of await client.take(4)) assert.deepEqual(textsOf(answer), []);
  await watched(running.broker, 1);
});

test('a member of a group waits for all its partitions', async () => {
  await using running = await startOffering(3);
  const { broker, admin } = running;
  await createGroup(admin);
  await using member = await joinGreeting(broker);
  const poll = { ...groupPollRequest({ autoCommit: true }), waitMs: LONG_MS };
  for (const partitionId of [2, 0, 1, 1]) {
    const answer = member.exchange(encodeRequest(pollMessages, poll));
    await watched(broker, 4);
    await admin.call(sendMessages, sendRequest([`p${partitionId}`], partitionId));
    const polled = decode(pollMessages, await answer);
    assert.equal(polled.partitionId, partitionId);
    assert.deepEqual(texts(checkedMessages(polled)), [`p${partitionId}`]);
  }
});

test('a member without partitions wakes when it gets one', async () => {
  await using running = await startOffering(1);
  const { broker, admin } = running;
  await createGroup(admin);
  await using owner = await joinGreeting(broker);
  await using second = await joinGreeting(broker);
  await admin.call(sendMessages, sendRequest(['handed over']));
  const poll = { ...groupPollRequest(), waitMs: LONG_MS };
  const answer = second.exchange(encodeRequest(pollMessages, poll));
  await watched(broker, 1);
  await owner.call(leaveConsumerGroup, groupPlace);
  assert.deepEqual(textsOf(await answer), ['handed over']);
});

test('what a poll waits for can go away: it is told so', async () => {
  await using running = await startOffering(2);
  const { broker, admin } = running;
  await createGroup(admin);
  await using member = await joinGreeting(broker);
  const poll = { ...groupPollRequest(), waitMs: LONG_MS };
  const inGroup = member.exchange(encodeRequest(pollMessages, poll));
  await watched(broker, 3);
  await admin.call(deleteConsumerGroup, groupPlace);
  assert.equal((await inGroup).status, status.ConsumerGroupMemberNotFound);
  await using client = await loginGreeting(broker);
  const inPartition = client.exchange(waitingPoll({ partitionId: 1 }));
  await watched(broker, 1);
  await admin.call(deletePartitions, { ...place, partitionsCount: 1 });
  assert.equal((await inPartition).status, status.PartitionNotFound);
  const inTopic = client.exchange(waitingPoll());
  await watched(broker, 1);
  await admin.call(deleteTopic, place);
  assert.equal((await inTopic).status, status.TopicIdNotFound);
  assert.equal(broker.statistics.watchedCount, 0);
});

test('connections that end leave nothing behind, and a stop does not wait for polls', async () => {
  await using running = await startOffering();
  const { broker } = running;
  const gone = await loginGreeting(broker);
  gone.socket.write(waitingPoll());
  await watched(broker, 1);
  gone.destroy();
  await watched(broker, 0);
  const client = await loginGreeting(broker);
  client.socket.write(waitingPoll());
  await watched(broker, 1);
  await broker.stop();
  assert.deepEqual(textsOf(await client.next()), []);
  assert.equal((await client.next()).status, status.Disconnected);
});

test('a shard that dies answers the polls that wait for it when they are woken', async () => {
  await using running = await startOffering();
  const { broker, admin } = running;
  await using client = await loginGreeting(broker);
  const answer = client.exchange(waitingPoll());
  await watched(broker, 1);
  broker.crashShard(0);
  await eventually('the shard takes messages again', async () => {
    return (await admin.status(sendMessages, sendRequest(['after the crash']))) === 0;
  });
  assert.deepEqual(textsOf(await answer), ['after the crash']);
});

test('an idle consumer of ours leaves one poll a partition with the broker', async () => {
  await using running = await startOffering(3);
  const { broker, admin } = running;
  await using client = await connect(broker.url);
  const received: string[] = [];
  const consumer = client.consumer(place.streamId, place.topicId, { waitMs: 60_000 });
  const reading = (async () => {
    for await (const { partitionId, payload } of consumer) {
      received.push(`${partitionId} ${payload}`);
      if (received.length === 6) return;
    }
  })();
  for (let round = 0; round < 2; round++) {
    await watched(broker, 3);
    for (const partitionId of [1, 0, 2]) {
      await admin.call(sendMessages, sendRequest([`m${round}`], partitionId));
    }
    await eventually('all are received', () => received.length === 3 * (round + 1));
  }
  await reading;
  assert.deepEqual(received.sort(), ['0 m0', '0 m1', '1 m0', '1 m1', '2 m0', '2 m1']);
});

test('more consumers than may wait poll at intervals, and all get their messages', async () => {
  await using running = await startOffering(2, offeringFew);
  await using client = await connect(running.broker.url);
  const readings = [1, 2, 3].map(async (consumer) => {
    const options = { consumer, pollIntervalMs: 1 };
    for await (const { payload } of client.consumer(place.streamId, place.topicId, options)) {
      return payload.toString();
    }
    return undefined;
  });
  await watched(running.broker, 2);
  await running.admin.call(sendMessages, sendRequest(['for each'], 1));
  assert.deepEqual(await Promise.all(readings), ['for each', 'for each', 'for each']);
});
