import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPartitions } from '../../src/wire/classic/commands/create-partitions.ts';
import { joinConsumerGroup } from '../../src/wire/classic/commands/join-consumer-group.ts';
import { leaveConsumerGroup } from '../../src/wire/classic/commands/leave-consumer-group.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import {
  assignmentsSeenBy,
  createGroup,
  groupOffset,
  groupPlace,
  groupPollRequest,
} from '../support/group-kit.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { checkedMessages, createPlace, place, sendRequest, texts } from '../support/topic-kit.ts';

const STEPS = 3000;
const MEMBERS_MAX = 6;
const PARTITIONS_MAX = 8;

/** What the group was given of a partition, by whom, and what it has committed; −1 for nothing. */
interface PartitionModel {
  length: number;
  committed: number;
  delivered: number;
  holder: RawClient | undefined;
}

/**
 * Does random things as the members of a group and knows what each answer may be. Every poll must
 * go on behind the committed offset, and nobody may be given what another member still has to
 * commit.
 */
class GroupTraffic {
  readonly #random: SeededRandom;
  readonly #broker: TestBroker;
  readonly #admin: RawClient;
  readonly #members: RawClient[] = [];
  readonly #partitions: PartitionModel[];

  constructor(random: SeededRandom, broker: TestBroker, admin: RawClient, partitions: number) {
    this.#random = random;
    this.#broker = broker;
    this.#admin = admin;
    this.#partitions = Array.from({ length: partitions }, emptyPartition);
  }

  async step(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.05) await this.#join();
    else if (dice < 0.08) await this.#leave();
    else if (dice < 0.1) await this.#crash();
    else if (dice < 0.105) await this.#addPartition();
    else if (dice < 0.3) await this.#send();
    else if (dice < 0.7) await this.#poll();
    else await this.#commit();
    await this.#checkAssignment();
  }

  /** Everybody reads and commits until nothing is left; then every message was delivered. */
  async drain(): Promise<void> {
    if (this.#members.length === 0) await this.#join();
    const isLeft = () => this.#partitions.some(({ length, committed }) => committed < length - 1);
    for (let rounds = 0; isLeft(); rounds++) {
      assert.ok(rounds < 1000, `messages stay undelivered: ${JSON.stringify(this.#shown())}`);
      for (const [partitionId, { holder, delivered }] of this.#partitions.entries()) {
        if (holder !== undefined) await this.#store(holder, partitionId, delivered);
      }
      for (const member of this.#members) await this.#pollAs(member, null, true);
    }
  }

  close(): void {
    for (const member of this.#members) member.destroy();
  }

  #shown() {
    return this.#partitions.map(({ length, committed, delivered }) => [
      length,
      committed,
      delivered,
    ]);
  }

  async #join(): Promise<void> {
    if (this.#members.length >= MEMBERS_MAX) return this.#leave();
    const member = await RawClient.login(this.#broker);
    await member.call(joinConsumerGroup, groupPlace);
    this.#members.push(member);
  }

  async #leave(): Promise<void> {
    const member = this.#takeAny();
    if (member === undefined) return;
    await member.call(leaveConsumerGroup, groupPlace);
    assert.equal(
      await member.status(pollMessages, groupPollRequest()),
      status.ConsumerGroupMemberNotFound,
    );
    member.destroy();
  }

  async #crash(): Promise<void> {
    const member = this.#takeAny();
    if (member === undefined) return;
    member.destroy();
    const expected = this.#members.length;
    await eventually('the member is out', async () => {
      return (await assignmentsSeenBy(this.#admin)).length === expected;
    });
  }

  /** What it had not committed may go to others. */
  #takeAny(): RawClient | undefined {
    const [member] = this.#members.splice(this.#random.integer(0, this.#members.length - 1), 1);
    for (const partition of this.#partitions) {
      if (partition.holder === member) release(partition);
    }
    return member;
  }

  async #addPartition(): Promise<void> {
    if (this.#partitions.length >= PARTITIONS_MAX) return;
    await this.#admin.call(createPartitions, { ...place, partitionsCount: 1 });
    this.#partitions.push(emptyPartition());
  }

  async #send(): Promise<void> {
    const partitionId = this.#random.integer(0, this.#partitions.length - 1);
    const partition = this.#partitions[partitionId];
    const batch = Array.from({ length: this.#random.integer(1, 3) }, () => {
      return textOf(partitionId, partition.length++);
    });
    await this.#admin.call(sendMessages, sendRequest(batch, partitionId));
  }

  async #poll(): Promise<void> {
    const member = this.#anyMember();
    if (member === undefined) return;
    const isNamed = this.#random.next() < 0.4;
    const partitionId = isNamed ? this.#random.integer(0, this.#partitions.length - 1) : null;
    await this.#pollAs(member, partitionId, this.#random.next() < 0.3);
  }

  async #pollAs(member: RawClient, named: number | null, autoCommit: boolean): Promise<void> {
    const count = this.#random.integer(1, 5);
    const poll = groupPollRequest({ partitionId: named, count, autoCommit });
    const answer = await member.call(pollMessages, poll);
    const messages = checkedMessages(answer);
    if (messages.length === 0) return;
    const { partitionId } = answer;
    if (named !== null) assert.equal(partitionId, named);
    const partition = this.#partitions[partitionId];
    const { holder, committed, length } = partition;
    const isFree = holder === undefined || holder === member;
    assert.ok(isFree, `partition ${partitionId} was given to two members`);
    const expected = range(committed + 1, Math.min(count, length - committed - 1));
    const wanted = expected.map((offset) => textOf(partitionId, offset));
    assert.deepEqual(texts(messages), wanted, `partition ${partitionId} behind ${committed}`);
    partition.delivered = Math.max(partition.delivered, committed + messages.length);
    partition.holder = member;
    if (autoCommit) this.#noteCommit(partition, committed + messages.length);
  }

  async #commit(): Promise<void> {
    const partitionId = this.#random.integer(0, this.#partitions.length - 1);
    const { holder, committed, delivered } = this.#partitions[partitionId];
    if (holder === undefined) return;
    await this.#store(holder, partitionId, this.#random.integer(committed + 1, delivered));
    const stranger = this.#anyMember();
    if (stranger === undefined || stranger === holder) return;
    if (this.#partitions[partitionId].holder === undefined) return;
    const refused = await stranger.status(storeConsumerOffset, groupOffset(partitionId, 0));
    assert.equal(refused, status.NotResolvedConsumer, 'a stranger commits');
  }

  async #store(member: RawClient, partitionId: number, offset: number): Promise<void> {
    await member.call(storeConsumerOffset, groupOffset(partitionId, offset));
    this.#noteCommit(this.#partitions[partitionId], offset);
  }

  #noteCommit(partition: PartitionModel, offset: number): void {
    partition.committed = offset;
    if (partition.delivered <= offset) release(partition);
  }

  #anyMember(): RawClient | undefined {
    return this.#members[this.#random.integer(0, this.#members.length - 1)];
  }

  async #checkAssignment(): Promise<void> {
    const assigned = await assignmentsSeenBy(this.#admin);
    assert.equal(assigned.length, this.#members.length, 'members');
    if (assigned.length === 0) return;
    const all = assigned.flat().sort((a, b) => a - b);
    assert.deepEqual(all, range(0, this.#partitions.length), 'each partition is assigned once');
    const sizes = assigned.map(({ length }) => length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `uneven: ${sizes.join(', ')}`);
  }
}

function emptyPartition(): PartitionModel {
  return { length: 0, committed: -1, delivered: -1, holder: undefined };
}

/** Nobody has anything of it to commit. */
function release(partition: PartitionModel): void {
  partition.holder = undefined;
  partition.delivered = partition.committed;
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function textOf(partitionId: number, offset: number): string {
  return `${partitionId}/${offset}`;
}

test('members that come, go and crash get every message, twice only when uncommitted', async () => {
  const seed = testSeed();
  await using broker = await startBroker();
  await using admin = await RawClient.login(broker);
  await createPlace(admin, 3);
  await createGroup(admin);
  const traffic = new GroupTraffic(new SeededRandom(seed), broker, admin, 3);
  try {
    for (let step = 0; step < STEPS; step++) await traffic.step();
    await traffic.drain();
  } catch (error) {
    throw new Error(`Seed ${seed}: ${(error as Error).message}`, { cause: error });
  } finally {
    traffic.close();
  }
});
