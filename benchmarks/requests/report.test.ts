import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContestantName, Measurement } from './measurement.ts';
import { formatSummaries, summarize } from './report.ts';

function measured(contestant: ContestantName, round: number, rate: number): Measurement {
  return {
    ...{ mode: 'send', connections: 32, depth: 1, contestant, round },
    ...{ requests: rate, seconds: 1, requestsPerSecond: rate, loadCpuShare: 0.5 },
    ...{ latencyUsP50: 10 * round, latencyUsP99: 20 * round, latencyUsP999: 30 * round },
    ...{ acceptorUs: round, othersUs: 2 * round },
  };
}

test('each round has its own ratio, whoever went first in it', () => {
  const [summary] = summarize([
    ...[measured('veltro', 1, 10), measured('ceiling', 1, 20), measured('echo', 1, 40)],
    ...[measured('echo', 2, 40), measured('ceiling', 2, 10), measured('veltro', 2, 10)],
    ...[measured('veltro', 3, 30), measured('ceiling', 3, 40), measured('echo', 3, 40)],
  ]);
  assert.equal(summary.work, 'send, 32 connections');
  assert.deepEqual(summary.ratio, { median: 0.75, min: 0.5, max: 1 });
  assert.equal(summary.rates.veltro.median, 10);
  assert.equal(summary.acceptorUs, 2);
  assert.equal(summary.shardsUs, 4);
});

test('kinds of work get a line each', () => {
  const one = ['veltro', 'ceiling', 'echo'] as const;
  const sends = one.map((contestant) => measured(contestant, 1, 100));
  const polls = sends.map((send) => ({ ...send, mode: 'poll' as const, depth: 16 }));
  const lines = formatSummaries(summarize([...sends, ...polls])).split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[2], /^\| send, 32 connections +\| 100 \(100–100\)/);
  assert.match(lines[3], /^\| poll, 32 connections, 16 at once +\|/);
});
