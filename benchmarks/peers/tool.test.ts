import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readReport, summarizeTool, type ToolPeer, toolArguments, toolKinds } from './tool.ts';

function toolRound(peer: ToolPeer, round: number, mbPerSecond: number) {
  const group = { role: 'consumers', mbPerSecond, latencyMsP50: 1, latencyMsP99: 2 };
  return { peer, round, runs: [{ kind: 'pinned-consumer', groups: [group] }] };
}

describe('the tool of the reference', () => {
  it('is asked for one kind at a server', () => {
    const kind = toolKinds.find(({ name }) => name === 'pinned-consumer');
    assert.ok(kind);
    assert.equal(
      toolArguments(kind, 8090, '/out').join(' '),
      '--message-batches 40 --reuse-streams pinned-consumer --streams 4 --consumers 4 ' +
        'tcp --server-address 127.0.0.1:8090 output --output-dir /out --identifier veltro',
    );
  });

  it('reads only behind a kind that has sent', () => {
    toolKinds.forEach(({ reusesStreams }, place) => {
      if (reusesStreams) assert.match(toolKinds[place - 1].name, /-producer$/);
    });
    assert.equal(new Set(toolKinds.map(({ name }) => name)).size, 8);
  });

  it('reports groups', () => {
    const summary = {
      kind: 'producers_and_consumers',
      total_throughput_megabytes_per_second: 812.5,
      average_p50_latency_ms: 1.5,
      average_p99_latency_ms: 9,
    };
    assert.deepEqual(readReport(JSON.stringify({ group_metrics: [{ summary }] })), [
      { role: 'producers and consumers', mbPerSecond: 812.5, latencyMsP50: 1.5, latencyMsP99: 9 },
    ]);
  });

  it('compares within each round', () => {
    const rounds = [
      toolRound('veltro', 1, 600),
      toolRound('reference', 1, 300),
      toolRound('reference', 2, 800),
      toolRound('veltro', 2, 800),
      toolRound('veltro', 3, 900),
    ];
    assert.deepEqual(summarizeTool(rounds), [
      {
        kind: 'pinned-consumer',
        role: 'consumers',
        veltro: { median: 800, min: 600, max: 900 },
        reference: { median: 550, min: 300, max: 800 },
        ratio: { median: 1.5, min: 1, max: 2 },
      },
    ]);
  });

  it('may have been run against Veltro alone, or not at all', () => {
    const [alone] = summarizeTool([toolRound('veltro', 1, 600)]);
    assert.deepEqual([alone.reference, alone.ratio], [null, null]);
    assert.deepEqual(summarizeTool([toolRound('reference', 1, 600)]), []);
  });
});
