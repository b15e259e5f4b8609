import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindNames } from './kinds.ts';
import { type BenchOptions, benchDefaults, type Plan, planOf } from './plan.ts';
import { fixed } from './range.ts';

function plan(kind: BenchOptions['kind'], options: Partial<BenchOptions> = {}): Plan {
  return planOf({ ...benchDefaults, kind, counts: {}, ...options });
}

const places = ({ actors }: Plan) =>
  actors.map(({ kind, stream, partition, group }) => [kind, stream, partition, group]);

test('every kind has a plan without any option', () => {
  for (const kind of kindNames) {
    const { actors, budgets } = plan(kind);
    assert.ok(actors.length >= 8, kind);
    const used = actors.flatMap(({ sendBudget, pollBudget }) => [sendBudget, pollBudget]);
    const numbers = new Set(used.filter((budget) => budget !== null));
    assert.deepEqual(
      [...numbers].sort((a, b) => a - b),
      [...budgets.keys()],
      kind,
    );
  }
});

test('pinned actors have a place and a share of their own', () => {
  const found = plan('pinned-producer', { counts: { producers: 2 }, volume: { batches: 7 } });
  assert.deepEqual(places(found), [
    ['producer', 'bench-stream-1', 0, null],
    ['producer', 'bench-stream-2', 0, null],
  ]);
  assert.deepEqual(found.budgets, [
    { unit: 'batches', amount: 7 },
    { unit: 'batches', amount: 7 },
  ]);
});

test('a pinned consumer reads where a producer writes', () => {
  const counts = { streams: 1, partitions: 2, producers: 2, consumers: 3 };
  const found = plan('pinned-producer-and-consumer', { counts });
  const partitions = found.actors.map(({ kind, partition }) => [kind, partition]);
  assert.deepEqual(partitions, [
    ['producer', 0],
    ['producer', 1],
    ['consumer', 0],
    ['consumer', 1],
    ['consumer', 0],
  ]);
});

test('members of groups share the work of all, and each group reads one stream', () => {
  const counts = { streams: 2, consumers: 3, groups: 2 };
  const found = plan('balanced-consumer-group', { counts, volume: { batches: 5 } });
  assert.deepEqual(places(found), [
    ['consumer', 'bench-stream-1', null, 'cg_1'],
    ['consumer', 'bench-stream-2', null, 'cg_2'],
    ['consumer', 'bench-stream-1', null, 'cg_1'],
  ]);
  assert.deepEqual(found.budgets, [{ unit: 'batches', amount: 15 }]);
});

test('an actor that reads what it sends has a partition of its own', () => {
  const counts = { streams: 2, producers: 5 };
  const found = plan('end-to-end-producing-consumer', { counts });
  assert.equal(found.counts.partitions, 3);
  const own = found.actors.map(({ stream, partition }) => `${stream} ${partition}`);
  assert.equal(new Set(own).size, 5);
  const group = plan('end-to-end-producing-consumer-group', {
    counts: { producers: 1, consumers: 3 },
  });
  const work = group.actors.map(({ sendBudget, pollBudget }) => [sendBudget, pollBudget]);
  assert.deepEqual(work, [
    [0, 1],
    [null, 1],
    [null, 1],
  ]);
});

test('total data is divided by actors, and by what is done with each byte', () => {
  const volume = { bytes: 1200 };
  const options = { volume, messageBytes: fixed(10) };
  const amounts = (kind: BenchOptions['kind'], counts: object) =>
    plan(kind, { ...options, counts }).budgets.map(({ unit, amount }) => `${amount} ${unit}`);
  assert.deepEqual(amounts('pinned-producer', { producers: 2 }), ['600 bytes', '600 bytes']);
  assert.deepEqual(amounts('balanced-producer', { producers: 2 }), ['1200 bytes']);
  const endToEnd = amounts('end-to-end-producing-consumer', { streams: 1, producers: 2 });
  assert.deepEqual(new Set(endToEnd), new Set(['300 bytes']));
});

test('a rate limit is shared by all actors, and consumers get a little more', () => {
  const counts = { streams: 1, producers: 2, consumers: 2 };
  const found = plan('pinned-producer-and-consumer', { counts, bytesPerSecond: 4000 });
  const rates = found.actors.map(({ bytesPerSecond }) => bytesPerSecond);
  assert.deepEqual(rates, [1000, 1000, 1050, 1050]);
  const doubled = plan('pinned-producer-and-consumer', {
    counts,
    bytesPerSecond: 4000,
    consumerRateFactor: 2,
  });
  assert.equal(doubled.actors[2].bytesPerSecond, 2000);
  assert.equal(plan('pinned-producer').actors[0].bytesPerSecond, null);
});

test('options that contradict each other are refused in one sentence', () => {
  for (const [kind, options, sentence] of [
    ['balanced-producer', { counts: { partitions: 1 } }, /at least 2 partitions, not 1\.$/],
    ['balanced-consumer-group', { counts: { streams: 3, groups: 2 } }, /There are 3 streams, so /],
    ['end-to-end-producing-consumer', { counts: { streams: 3, producers: 2 } }, /3 streams for 2/],
    ['pinned-producer', { volume: { bytes: 1999 } }, /is 1999 bytes, .* twice the message size/],
    ['pinned-producer', { isHighLevel: true, batchLength: { min: 1, max: 2 } }, /no range\.$/],
    ['pinned-producer', { messageBytes: fixed(2_000_000) }, /^A batch has up to 2000080000 bytes/],
  ] as const) {
    assert.throws(() => plan(kind, options), { name: 'BenchError', message: sentence });
  }
});
