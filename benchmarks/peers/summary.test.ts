import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peerRound } from './results-test-kit.ts';
import { summarizeIdle, summarizeWorks } from './summary.ts';
import type { PeerName } from './work.ts';

const rounds = [
  peerRound('veltro', 1, 1000),
  peerRound('nats', 1, 100, null),
  peerRound('nats', 2, 400, null),
  peerRound('veltro', 2, 800),
  peerRound('veltro', 3, 600),
  peerRound('nats', 3, 150, null),
];

function summaryOf(peer: PeerName, work = 0) {
  const found = summarizeWorks(rounds)[work].peers.find((summary) => summary.peer === peer);
  assert.ok(found);
  return found;
}

describe('the summary of a comparison', () => {
  it('takes the median of the rounds, and the range', () => {
    assert.deepEqual(summaryOf('veltro').rate, { median: 800, min: 600, max: 1000 });
    assert.deepEqual(summaryOf('nats').rate, { median: 150, min: 100, max: 400 });
  });

  it('takes ratios within each round, not between the medians', () => {
    assert.deepEqual(summaryOf('nats').ratio, { median: 4, min: 2, max: 10 });
    assert.deepEqual(summaryOf('veltro').ratio, { median: 1, min: 1, max: 1 });
  });

  it('leaves out of the ratio the rounds that one of both has missed', () => {
    const [{ peers }] = summarizeWorks([...rounds.slice(0, 2), peerRound('kafka', 2, 10)]);
    const ratios = peers.map(({ peer, ratio }) => [peer, ratio?.median]);
    assert.deepEqual(ratios, [
      ['veltro', 1],
      ['nats', 10],
      ['kafka', undefined],
    ]);
  });

  it('counts single messages in messages', () => {
    const { work } = summarizeWorks(rounds)[1];
    assert.deepEqual(work, { mode: 'poll', connections: 1, messages: 1 });
    assert.equal(summaryOf('veltro', 1).rate.median, 80_000);
  });

  it('has the works in one order, whoever came first', () => {
    const work = { batches: 1, seconds: 1, mbPerSecond: 1, messagesPerSecond: 1 } as const;
    const timed = { ...work, latencyUsP50: 1, latencyUsP99: 1 };
    const results = [
      { ...timed, mode: 'poll', connections: 1, messages: 1 },
      { ...timed, mode: 'poll', connections: 4, messages: 1000 },
      { ...timed, mode: 'send', connections: 4, messages: 1000 },
      { ...timed, mode: 'poll', connections: 1, messages: 1000 },
    ] as const;
    const found = summarizeWorks([{ ...peerRound('nats', 1, 1), results }]);
    assert.deepEqual(
      found.map(({ work: { mode, connections, messages } }) => [mode, connections, messages]),
      [
        ['poll', 1, 1000],
        ['send', 4, 1000],
        ['poll', 4, 1000],
        ['poll', 1, 1],
      ],
    );
  });

  it('has no latency where none was measured', () => {
    assert.deepEqual(
      [summaryOf('veltro').latencyUsP50, summaryOf('veltro').latencyUsP99],
      [100, 200],
    );
    assert.deepEqual(
      [summaryOf('nats').latencyUsP50, summaryOf('nats').latencyUsP99],
      [null, null],
    );
  });

  it('tells start and rest of each', () => {
    const [veltro, nats] = summarizeIdle(rounds);
    assert.deepEqual([veltro.peer, nats.peer], ['veltro', 'nats']);
    assert.deepEqual(veltro.readyMs, { median: 42, min: 41, max: 43 });
    assert.equal(nats.idleBytes.median, 50e6);
  });
});
