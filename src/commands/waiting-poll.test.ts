import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileSpan } from '../files/file-span.ts';
import { ConsumerGroups } from '../groups/consumer-groups.ts';
import { PartitionStatistics } from '../shards/partition-statistics.ts';
import type { ShardAnswer, ShardRelease } from '../shards/shard-call.ts';
import type { PollMessagesRequest } from '../wire/classic/commands/poll-messages.ts';
import { STATUS_OK } from '../wire/status.ts';
import { Exchange } from './exchange.ts';
import { LiveReading } from './live-reading.ts';
import type { Services } from './services.ts';
import { sessionOfCaller } from './session.ts';
import { WaitingPoll } from './waiting-poll.ts';
import { WaitingPolls } from './waiting-polls.ts';

/** Longer than any test may take. */
const LONG_MS = 240_000;
const CLIENT_ID = 1;
const place = { streamId: 1, topicId: 1, groupId: 1 };
const request: PollMessagesRequest = {
  streamId: 1,
  topicId: 1,
  consumer: { kind: 'group', id: 1 },
  partitionId: null,
  strategy: { kind: 'next', value: 0n },
  count: 10,
  autoCommit: false,
};

const link = { generation: 0, release() {} } as unknown as ShardRelease;
const empty: ShardAnswer = {
  status: STATUS_OK,
  currentOffset: 0,
  storedOffset: -1,
  count: 0,
  token: 0,
  pieces: [],
  file: new FileSpan(),
};
/** Its one message is where the arena is all zeros: it has the offset 0. */
const full: ShardAnswer = { ...empty, count: 1, pieces: [0, 64] };

/** Held polls of one member of a group whose shard answers when, and what, a test says. */
class Held {
  readonly waitingPolls = new WaitingPolls();
  readonly #record = { id: 1, name: 'workers' };
  readonly #groups = new ConsumerGroups((group) => this.waitingPolls.wake(group));
  readonly #asked = new Map<Exchange, number[]>();
  readonly #roomWaiters = new Set<() => void>();
  readonly #services: Services;
  hasRoom = true;

  constructor(partitionsCount: number) {
    this.#services = this.#servicesOf();
    this.#groups.join(this.#record, place, partitionsCount, CLIENT_ID);
  }

  /** A poll that has asked for the first time; those of one subscription have one reading. */
  start(live?: LiveReading): Exchange {
    const exchange = new Exchange();
    const session = { ...sessionOfCaller('', 'tcp', null), clientId: CLIENT_ID, live };
    const owner = {
      session,
      onExpected() {},
      onWaiting() {},
      onFinished() {},
      takesFiles: false,
      isAlone: () => false,
    };
    exchange.begin(owner);
    this.#asked.set(exchange, []);
    new WaitingPoll(this.#services, exchange, request, LONG_MS).start();
    return exchange;
  }

  /** Partitions that a poll has asked, in their order. */
  asked(exchange: Exchange): readonly number[] {
    return this.#asked.get(exchange)!;
  }

  /** A batch came into a partition. */
  async send(partitionId: number): Promise<void> {
    this.waitingPolls.wake(partitionId);
    await Promise.resolve();
  }

  giveRoom(): void {
    this.hasRoom = true;
    const waiters = [...this.#roomWaiters];
    this.#roomWaiters.clear();
    for (const waiter of waiters) waiter();
  }

  /** Here the handle of a partition is its number. */
  #servicesOf(): Services {
    const topic = { groups: { find: () => this.#record } };
    const working = { hasRoom: () => this.hasRoom };
    return {
      access: { assertCommand() {}, topic: () => topic },
      groups: this.#groups,
      handles: { handle: (_topic: object, partitionId: number) => partitionId },
      router: {
        statistics: new PartitionStatistics(),
        arena: { bytes: Buffer.alloc(64) },
        workingLinkOf: () => working,
        waitForRoom: (waiter: () => void) => this.#roomWaiters.add(waiter),
      },
      readAheads: {
        poll: (exchange: Exchange, _link: object, handle: number) =>
          this.#asked.get(exchange)!.push(handle),
      },
      waitingPolls: this.waitingPolls,
    } as unknown as Services;
  }
}

test('held polls of a member that take turns each ask all its partitions, and rest', () => {
  const held = new Held(2);
  const polls = [held.start(), held.start()];
  assert.deepEqual(
    polls.map((poll) => held.asked(poll)),
    [[0], [1]],
  );
  for (const poll of polls) poll.onShardAnswer(link, empty);
  assert.deepEqual(
    polls.map((poll) => held.asked(poll)),
    [
      [0, 1],
      [1, 0],
    ],
  );
  for (const poll of polls) poll.onShardAnswer(link, empty);
  assert.deepEqual(
    polls.map((poll) => held.asked(poll).length),
    [2, 2],
    'nobody asks for ever',
  );
});

test('a message in a partition that was found empty before wakes a poll that asks the next', async () => {
  const held = new Held(2);
  const poll = held.start();
  poll.onShardAnswer(link, empty);
  await held.send(0);
  assert.deepEqual(held.asked(poll), [0, 1], 'the shard has not answered yet');
  poll.onShardAnswer(link, empty);
  assert.deepEqual(held.asked(poll), [0, 1, 0]);
  poll.onShardAnswer(link, full);
  assert.equal(poll.messagesCount, 1);
  assert.equal(held.waitingPolls.size, 0);
});

test('a poll that rests asks nothing until a message comes, and then all partitions', async () => {
  const held = new Held(3);
  const poll = held.start();
  for (let count = 0; count < 3; count++) poll.onShardAnswer(link, empty);
  await held.send(1);
  for (let count = 0; count < 3; count++) poll.onShardAnswer(link, empty);
  assert.deepEqual(held.asked(poll), [0, 1, 2, 0, 1, 2]);
});

test('live subscriptions of a member each come by all its partitions, however they meet', () => {
  const held = new Held(2);
  const subscriptions = [new LiveReading(), new LiveReading()];
  const asked = subscriptions.map((): number[] => []);
  for (let round = 0; round < 4; round++) {
    for (const [number, live] of subscriptions.entries()) {
      const poll = held.start(live);
      poll.onShardAnswer(link, full);
      asked[number].push(...held.asked(poll));
    }
  }
  assert.deepEqual(asked, [
    [0, 1, 0, 1],
    [1, 0, 1, 0],
  ]);
});

test('a poll that found no room asks all partitions once there is some', async () => {
  const held = new Held(2);
  held.hasRoom = false;
  const poll = held.start();
  await held.send(0);
  assert.deepEqual(held.asked(poll), []);
  held.giveRoom();
  for (let count = 0; count < 2; count++) poll.onShardAnswer(link, empty);
  assert.deepEqual([...held.asked(poll)].sort(), [0, 1]);
});
