import assert from 'node:assert/strict';
import { createConsumerGroup } from '../../src/wire/classic/commands/create-consumer-group.ts';
import { getConsumerGroup } from '../../src/wire/classic/commands/get-consumer-group.ts';
import { joinConsumerGroup } from '../../src/wire/classic/commands/join-consumer-group.ts';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../src/wire/classic/commands/poll-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import type { Identifier } from '../../src/wire/classic/identifier.ts';
import type { TestBroker } from './broker.ts';
import { RawClient } from './raw-client.ts';
import { checkedMessages, place, pollRequest, strategy, texts } from './topic-kit.ts';

/** The group that tests use unless they say otherwise; the first of a topic has number 0. */
export const groupPlace = { ...place, groupId: 'workers' } as const;

/** Creates the group `workers` of the usual topic. */
export async function createGroup(client: RawClient): Promise<void> {
  await client.call(createConsumerGroup, { ...place, name: groupPlace.groupId });
}

/** A new connection that has joined the group `workers`. */
export async function joinAs(broker: TestBroker): Promise<RawClient> {
  const client = await RawClient.login(broker);
  await client.call(joinConsumerGroup, groupPlace);
  return client;
}

/** Partitions of each member of the group `workers`, in the order they joined. */
export async function assignmentsSeenBy(client: RawClient): Promise<(readonly number[])[]> {
  const group = await client.call(getConsumerGroup, groupPlace);
  assert.ok(group, 'the group is missing');
  return group.members.map(({ partitions }) => partitions);
}

/** A poll of the next messages as a member of the group `workers`, without a partition. */
export function groupPollRequest(changes: Partial<PollMessagesRequest> = {}): PollMessagesRequest {
  return pollRequest({
    consumer: { kind: 'group', id: groupPlace.groupId },
    partitionId: null,
    strategy: strategy('next'),
    ...changes,
  });
}

/** What one poll as a member gave. */
export async function groupPoll(client: RawClient, changes: Partial<PollMessagesRequest> = {}) {
  const answer = await client.call(pollMessages, groupPollRequest(changes));
  return { partitionId: answer.partitionId, texts: texts(checkedMessages(answer)) };
}

/** The request that stores an offset of the group. */
export function groupOffset(
  partitionId: number | null,
  offset: number,
  id: Identifier = groupPlace.groupId,
) {
  const consumer = { kind: 'group', id } as const;
  return { ...place, consumer, partitionId, offset: BigInt(offset) };
}

export async function storeAs(client: RawClient, partitionId: number | null, offset: number) {
  await client.call(storeConsumerOffset, groupOffset(partitionId, offset));
}
