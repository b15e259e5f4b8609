import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Actor, type ActorSetting } from './actor.ts';
import { Board } from './board.ts';
import { anchorNow, Clock } from './clock.ts';
import { type Driver, nothingPolled, type PolledBatch } from './driver.ts';
import type { ActorPlan } from './plan.ts';

const batch = { messages: 10, payloadBytes: 1000, totalBytes: 1640 };

/** A broker that gives back what was sent, some of it at a time. */
class FakeDriver implements Driver {
  sent = 0;
  inFlight = 0;
  inFlightMost = 0;
  rewinds = 0;
  /** What polls answer; nothing when it is empty. */
  readonly polls: PolledBatch[] = [];

  nextBatch() {
    return batch;
  }

  async send(): Promise<void> {
    this.sent += 1;
    this.inFlight += 1;
    this.inFlightMost = Math.max(this.inFlightMost, this.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
  }

  async poll(): Promise<PolledBatch> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.polls.shift() ?? nothingPolled;
  }

  async rewind(): Promise<void> {
    this.rewinds += 1;
  }

  async close(): Promise<void> {}
}

const plan: ActorPlan = {
  id: 1,
  kind: 'producer',
  stream: 'bench-stream-1',
  topic: 'topic-1',
  partition: 0,
  group: null,
  sendBudget: 0,
  pollBudget: null,
  bytesPerSecond: null,
};

function actorWith(driver: Driver, changes: Partial<ActorSetting>) {
  const budgets = [
    { unit: 'batches', amount: 5 },
    { unit: 'batches', amount: 5 },
  ] as const;
  const actor = changes.actor ?? plan;
  const board = Board.create(budgets, 1, actor.sendBudget === null ? 0 : 1);
  const setting: ActorSetting = {
    actor,
    index: 0,
    driver,
    board,
    budgets,
    samplingMs: 10,
    depth: 1,
    batchBytes: batch.payloadBytes,
    isPinned: true,
    readsTwice: false,
    measuresFromOrigin: false,
    ...changes,
  };
  return { actor: new Actor(setting), board };
}

const clock = () => new Clock(anchorNow());

test('a producer sends what its budget allows, one after the other', async () => {
  const driver = new FakeDriver();
  const { actor, board } = actorWith(driver, {});
  await actor.run(clock());
  const { totals, latencies } = actor.finish();
  assert.deepEqual([driver.sent, driver.inFlightMost], [5, 1]);
  assert.deepEqual([totals.batches, totals.messages, totals.totalBytes], [5, 50, 8200]);
  assert.equal(latencies.length, 5);
  assert.equal(board.hasWriters(), false);
  assert.deepEqual(board.total(), { batches: 5, messages: 50, bytes: 5000 });
});

test('depth lets it send ahead, and no more than the budget', async () => {
  const driver = new FakeDriver();
  await actorWith(driver, { depth: 3 }).actor.run(clock());
  assert.deepEqual([driver.sent, driver.inFlightMost], [5, 3]);
});

test('a warm-up is not counted, and is read again where that is wanted', async () => {
  const driver = new FakeDriver();
  const { actor, board } = actorWith(driver, { readsTwice: true });
  await actor.warmUp(clock(), 5);
  assert.ok(driver.sent > 0);
  assert.deepEqual([actor.finish().totals.batches, board.total().batches], [0, 0]);
  assert.deepEqual([driver.rewinds, board.hasWriters()], [1, true]);
});

const consumer: ActorPlan = { ...plan, kind: 'consumer', sendBudget: null, pollBudget: 1 };
const polled = { ...batch, originMicros: 0 };

test('a consumer counts polls that brought something, and ends when nothing comes', async () => {
  const driver = new FakeDriver();
  driver.polls.push(polled, nothingPolled, polled);
  const { actor } = actorWith(driver, { actor: consumer });
  await actor.run(clock());
  assert.deepEqual([actor.finish().totals.batches, actor.finish().latencies.length], [2, 2]);
});

test('a consumer that found nothing at all is an error', async () => {
  const { actor } = actorWith(new FakeDriver(), { actor: consumer });
  await assert.rejects(actor.run(clock()), /^BenchError: There was nothing to read in bench-/);
});

test('where messages say when they were made, that is what latency counts from', async () => {
  const time = clock();
  const driver = new FakeDriver();
  const originMicros = time.epochMicros() - 7_000_000;
  driver.polls.push({ ...batch, originMicros }, { ...batch, originMicros: 0 });
  const setting = { actor: consumer, measuresFromOrigin: true };
  const { actor } = actorWith(driver, setting);
  await actor.run(time);
  const { latencies, totals } = actor.finish();
  assert.equal(totals.batches, 2);
  assert.equal(latencies.length, 1, 'a message without a time says nothing');
  assert.ok(latencies[0] >= 7000, String(latencies[0]));
});

test('an actor that does both reads each batch to its end before the next', async () => {
  const driver = new FakeDriver();
  const part = (messages: number, originMicros: number) => ({ ...batch, messages, originMicros });
  const time = clock();
  const now = time.epochMicros();
  for (let sent = 0; sent < 5; sent += 1) driver.polls.push(part(6, now), part(4, now));
  const both: ActorPlan = { ...plan, kind: 'producing_consumer', pollBudget: 1 };
  const { actor, board } = actorWith(driver, { actor: both, measuresFromOrigin: true });
  await actor.run(time);
  const { totals, latencies } = actor.finish();
  assert.deepEqual([driver.sent, totals.messages, latencies.length], [5, 100, 10]);
  assert.equal(board.hasWriters(), false);
});
