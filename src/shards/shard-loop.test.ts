import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readSegmentFiles, type TestMessage, testMessage } from '../storage/storage-test-kit.ts';
import { status } from '../wire/status.ts';
import { requestKind, type ShardOptions } from './descriptors.ts';
import { TestShards } from './shard-test-kit.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

let dir: string;
let running: TestShards[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'veltro-shards-'));
  running = [];
});

afterEach(async () => {
  for (const shards of running) await shards.stop();
  rmSync(dir, { recursive: true });
});

function start(threads: number, options: Partial<ShardOptions> = {}): TestShards {
  const shards = new TestShards(threads, { dataDir: dir, ...options });
  running.push(shards);
  return shards;
}

async function stop(shards: TestShards): Promise<void> {
  running.splice(running.indexOf(shards), 1);
  await shards.stop();
}

function partitionDir(partition: number): string {
  return join(dir, 'streams', '1', 'topics', '2', 'partitions', String(partition));
}

function messagesOf(first: number, ...sizes: number[]): TestMessage[] {
  return sizes.map((bytes, i) => testMessage(first + i, bytes, bytes % 3));
}

function idsOf(messages: readonly { id: bigint }[]): number[] {
  return messages.map(({ id }) => Number(id) - 1);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Polls until every slot of the answers' ring has held a token and pieces. */
async function useEverySlot(shards: TestShards): Promise<void> {
  for (let i = 0; i < 64; i++) {
    const { token } = await shards.poll(0, {});
    assert.ok(token > 0);
    shards.link(0).post(requestKind.release, { token });
  }
}

describe('A shard', () => {
  it('answers sends in order when they are written, and polls see them at once', async () => {
    const shards = start(1);
    assert.deepEqual(await shards.open(2, 'new'), [0]);
    const order: number[] = [];
    const sends = range(200).map((i) => {
      const isLarge = i % 50 === 0;
      return shards.send(0, messagesOf(i, isLarge ? 40 * KIB : i), isLarge).then((answer) => {
        order.push(i);
        return answer;
      });
    });
    const polled = await shards.poll(0, {});
    assert.deepEqual(idsOf(polled.messages), range(200));
    assert.deepEqual([polled.count, polled.currentOffset, polled.status], [200, 199, 0]);
    for (const answer of await Promise.all(sends)) assert.equal(answer.status, 0);
    assert.deepEqual(order, range(200));
    const counters = shards.statistics.read(0);
    const [segment] = readSegmentFiles(partitionDir(0));
    const { messages, logBytes } = segment;
    assert.deepEqual(counters, {
      currentOffset: 199,
      messagesCount: messages.length,
      sizeBytes: logBytes,
      segmentsCount: 1,
    });
    assert.equal(shards.statistics.read(1).segmentsCount, 1);
    shards.link(0).post(requestKind.release, { token: polled.token });
  });

  it('gives every frame back: refused, copied, or kept and trimmed', async () => {
    const shards = start(1);
    await shards.open(1, 'new');
    assert.equal((await shards.poll(0, {})).count, 0, 'a reader that waits: frames are kept');
    const outcomes = await Promise.all([
      shards.send(0, messagesOf(0, 10, 20)),
      shards.send(0, messagesOf(2, 50 * KIB), true),
      shards.send(0, [], true),
      shards.send(7, messagesOf(3, 50 * KIB), true),
    ]);
    assert.deepEqual(
      outcomes.map((answer) => answer.status),
      [0, 0, status.InvalidMessagesCount, status.PartitionNotFound],
    );
    assert.equal(shards.frames.usedBytes, 64 * KIB, 'one frame is kept');
    const { token, messages } = await shards.poll(0, {});
    shards.link(0).post(requestKind.trim, {});
    await shards.status(requestKind.flush, 0);
    assert.equal(shards.frames.usedBytes, 64 * KIB, 'and still being sent');
    assert.deepEqual(idsOf(messages), [0, 1, 2]);
    shards.link(0).post(requestKind.release, { token });
    await shards.status(requestKind.flush, 0);
    assert.equal(shards.frames.usedBytes, 0);
    assert.deepEqual(idsOf(await shards.readAll(0)), [0, 1, 2], 'it is in the file');
  });

  it('keeps stored offsets as the protocol wants them (section 5.4)', async () => {
    const shards = start(1);
    await shards.open(1, 'new');
    const consumer = { consumerKind: 1, consumerId: 0xffff_ffff };
    const group = { consumerKind: 2, consumerId: 0xffff_ffff };
    const { getOffset, storeOffset, deleteOffset } = requestKind;
    const store = (value: number, who = consumer) =>
      shards.status(storeOffset, 0, { ...who, value });
    const get = async (who = consumer) => {
      const answer = await shards.link(0).call(getOffset, { ...who, handle: 0 });
      assert.deepEqual([answer.status, answer.token, answer.messages], [0, 0, []]);
      return [answer.currentOffset, answer.storedOffset];
    };
    assert.equal(await store(0), status.InvalidOffset);
    assert.deepEqual(await get(), [0, -1]);
    // Staged messages count: their sender sees its store accepted behind its send.
    const sent = shards.send(0, messagesOf(0, 1, 2, 3));
    assert.equal(await store(2), 0);
    assert.equal((await sent).status, 0);
    assert.equal(await store(3), status.InvalidOffset);
    assert.equal(await store(Number.MAX_SAFE_INTEGER), status.InvalidOffset);
    assert.deepEqual(await get(), [2, 2]);
    await useEverySlot(shards);
    assert.equal(await store(0), 0, 'backwards');
    assert.deepEqual(await get(), [2, 0]);
    assert.deepEqual(await get(group), [2, -1]);
    assert.equal(await shards.status(deleteOffset, 0, group), status.ConsumerOffsetNotFound);
    assert.equal(await shards.status(deleteOffset, 0, consumer), 0);
    assert.deepEqual(await get(), [2, -1]);
    for (const kind of [getOffset, storeOffset, deleteOffset]) {
      assert.equal(await shards.status(kind, 5, consumer), status.PartitionNotFound);
    }
  });

  it('commits with a poll before it answers', async () => {
    const shards = start(1);
    await shards.open(1, 'new');
    await shards.send(0, messagesOf(0, 1, 2, 3));
    const next = { strategy: 5, count: 2, flag: 1 };
    const seen: number[][] = [];
    for (let i = 0; i < 3; i++) {
      const { messages, token } = await shards.poll(0, next);
      seen.push(idsOf(messages));
      if (token > 0) shards.link(0).post(requestKind.release, { token });
    }
    assert.deepEqual(seen, [[0, 1], [2], []]);
    const answer = await shards
      .link(0)
      .call(requestKind.getOffset, { handle: 0, consumerKind: 1, consumerId: 1 });
    assert.equal(answer.storedOffset, 2);
  });

  it('purges and drops partitions', async () => {
    const shards = start(1, { segmentBytes: 1024 });
    await shards.open(2, 'new');
    for (let i = 0; i < 5; i++) await shards.send(0, messagesOf(i, 600));
    await shards.send(1, messagesOf(0, 10));
    assert.equal(shards.statistics.read(0).segmentsCount, 5);
    const late = shards.send(0, messagesOf(5, 10));
    assert.equal(await shards.status(requestKind.purge, 0), 0);
    assert.equal((await late).status, 0);
    assert.deepEqual(shards.statistics.read(0), {
      currentOffset: 0,
      messagesCount: 0,
      sizeBytes: 0,
      segmentsCount: 1,
    });
    assert.deepEqual(await shards.readAll(0), []);
    await shards.send(0, messagesOf(9, 10));
    assert.deepEqual(idsOf(await shards.readAll(0)), [9]);
    assert.equal(await shards.status(requestKind.drop, 0), 0);
    assert.equal(existsSync(partitionDir(0)), false);
    assert.equal((await shards.poll(0, {})).status, status.PartitionNotFound);
    assert.equal(await shards.status(requestKind.drop, 0), status.PartitionNotFound);
    assert.equal(await shards.status(requestKind.flush, 0), status.PartitionNotFound);
    assert.deepEqual(idsOf(await shards.readAll(1)), [0]);
  });

  it('answers a poll that waits for memory when its partition is dropped', async () => {
    const shards = start(1, { keptFrameBytes: 0, segmentBytes: 1024 * MIB });
    await shards.open(2, 'new');
    for (const handle of [0, 1]) await shards.send(handle, messagesOf(handle, 20 * MIB), true);
    const held = await shards.poll(0, {});
    const waiting = [shards.poll(0, {}), shards.poll(1, {})];
    assert.equal(await shards.status(requestKind.drop, 0), 0);
    assert.equal((await waiting[0]).status, status.PartitionNotFound);
    assert.equal(shards.links[0].memoryShorts, 2);
    shards.link(0).post(requestKind.release, { token: held.token });
    assert.deepEqual(idsOf((await waiting[1]).messages), [1]);
  });

  it('says that a partition cannot be opened, and opens the others', async () => {
    const shards = start(1);
    await shards.open(3, 'new');
    await shards.send(2, messagesOf(0, 5));
    await stop(shards);
    rmSync(partitionDir(1), { recursive: true });
    writeFileSync(partitionDir(1), 'in the way');
    const again = start(1);
    assert.deepEqual(await again.open(3, 'unclean'), [status.CannotCreatePartition]);
    assert.equal((await again.send(1, messagesOf(0, 5))).status, status.PartitionNotFound);
    assert.deepEqual(idsOf(await again.readAll(2)), [0]);
    assert.match(again.links[0].reports[0], /^error: Cannot open partition/);
  });

  it('has everything in its files when it was told to stop', async () => {
    const shards = start(1);
    await shards.open(1, 'new');
    const sends = range(50).map((i) => shards.send(0, messagesOf(i, 100)));
    await stop(shards);
    for (const answer of await Promise.all(sends)) assert.equal(answer.status, 0);
    const [{ messages }] = readSegmentFiles(partitionDir(0));
    assert.deepEqual(idsOf(messages), range(50));
  });

  it('has everything that it acknowledged when it dies', async () => {
    const shards = start(1);
    await shards.open(1, 'new');
    let acknowledged = 0;
    const sends = range(100).map((i) =>
      shards.send(0, messagesOf(i, 2000)).then(
        () => acknowledged++,
        () => {},
      ),
    );
    await sends[20];
    running.pop();
    await shards.links[0].crash();
    await Promise.all(sends);
    assert.ok(acknowledged > 20);
    const again = start(1);
    assert.deepEqual(await again.open(1, 'unclean'), [0]);
    const ids = idsOf(await again.readAll(0));
    assert.deepEqual(ids, range(ids.length));
    assert.ok(ids.length >= acknowledged);
  });
});

describe('Any number of shards', () => {
  it('opens what any other number has written', async () => {
    const PARTITIONS = 5;
    const expected = range(PARTITIONS).map((): number[] => []);
    let number = 0;
    for (const threads of [1, 3, 2]) {
      const shards = start(threads, { segmentBytes: 8 * KIB });
      assert.ok(
        (await shards.open(PARTITIONS, number === 0 ? 'new' : 'unclean')).every(
          (outcome) => outcome === 0,
        ),
      );
      const sends = range(60).map((i) => {
        const partition = (i * 7) % PARTITIONS;
        const messages = messagesOf(number, i * 20, 5);
        expected[partition].push(...idsOf(messages));
        number += messages.length;
        return shards.send(partition, messages, i % 9 === 0);
      });
      for (const answer of await Promise.all(sends)) assert.equal(answer.status, 0);
      for (const partition of range(PARTITIONS)) {
        assert.deepEqual(idsOf(await shards.readAll(partition)), expected[partition]);
      }
      await stop(shards);
    }
    for (const partition of range(PARTITIONS)) {
      const messages = readSegmentFiles(partitionDir(partition)).flatMap((s) => s.messages);
      assert.deepEqual(idsOf(messages), expected[partition]);
      assert.ok(readdirSync(partitionDir(partition)).length > 3);
    }
  });
});
