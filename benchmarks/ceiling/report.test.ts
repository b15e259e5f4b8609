import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContestantName, Measurement, Work } from './measurement.ts';
import { compare, formatTable } from './report.ts';

function measurement(
  contestant: ContestantName,
  round: number,
  mbPerSecond: number,
  work: Work = 'send',
): Measurement {
  return {
    contestant,
    round,
    mbPerSecond,
    work,
    mode: work === 'send' ? 'send' : 'poll',
    connections: 1,
    batches: 10,
    passes: 1,
    bytes: 10_000_000,
    requests: 10,
    seconds: 10 / mbPerSecond,
    latencyUsP50: 1000 / round,
    latencyUsP99: 3000 / round,
  };
}

const rounds = [
  measurement('veltro', 1, 100),
  measurement('ceiling', 1, 200),
  measurement('ceiling', 2, 1000),
  measurement('veltro', 2, 800),
  measurement('veltro', 3, 300),
  measurement('ceiling', 3, 400),
];

test('the ratio is taken within each round, not between the medians', () => {
  const [comparison] = compare(rounds);
  assert.deepEqual(comparison.veltro.mbPerSecond, { median: 300, min: 100, max: 800 });
  assert.deepEqual(comparison.ceiling.mbPerSecond, { median: 400, min: 200, max: 1000 });
  assert.deepEqual(comparison.ratio, { median: 0.75, min: 0.5, max: 0.8 });
  assert.equal(comparison.veltro.latencyUsP50, 500);
});

test('each kind of work and number of connections is compared apart', () => {
  const polls = [
    measurement('veltro', 1, 30, 'poll from file'),
    measurement('ceiling', 1, 20, 'poll from file'),
    measurement('veltro', 1, 10, 'poll from cache'),
    measurement('ceiling', 1, 20, 'poll from cache'),
  ];
  const four = rounds.map((round) => ({ ...round, connections: 4 }));
  const found = compare([...rounds, ...polls, ...four]);
  assert.deepEqual(
    found.map(({ work, connections, ratio }) => [work, connections, ratio.median]),
    [
      ['send', 1, 0.75],
      ['poll from file', 1, 1.5],
      ['poll from cache', 1, 0.5],
      ['send', 4, 0.75],
    ],
  );
});

test('a round that only one side has run is an error', () => {
  assert.throws(() => compare([...rounds, measurement('veltro', 4, 1)]), /Round 4 has no ceiling/);
});

test('the table has one aligned line for each comparison', () => {
  const lines = formatTable(compare(rounds)).split('\n');
  assert.equal(lines.length, 3);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(lines[2], /^\| send, 1 producer +\| 300 \(100–800\) +\| 400 \(200–1,000\) +\|/);
  assert.match(lines[2], /\| 0\.75 \(0\.50–0\.80\) +\| 500 \/ 1500 +\| 500 \/ 1500 +\|$/);
});
