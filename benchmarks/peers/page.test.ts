import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { pageFiles, withFigures, wrap } from './page.ts';
import { peerRound, resultsOf } from './results-test-kit.ts';
import type { ToolRound } from './tool.ts';

const rounds = [
  peerRound('veltro', 1, 1000),
  { ...peerRound('kafka', 1, 100), skipped: [skipped('it only streams')] },
];

function skipped(reason: string) {
  return { mode: 'poll', connections: 1, batches: 1, messages: 1, skipped: reason } as const;
}

function page(results = resultsOf(rounds)): string {
  return pageFiles(results)[0].text;
}

const tool: ToolRound = {
  peer: 'veltro',
  round: 1,
  runs: [
    {
      kind: 'pinned-producer',
      groups: [{ role: 'producers', mbPerSecond: 640, latencyMsP50: 1, latencyMsP99: 2 }],
    },
  ],
};

describe('the page of figures', () => {
  it('comes with the charts that it shows', () => {
    const files = pageFiles(resultsOf(rounds));
    const shown = [...files[0].text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path);
    assert.deepEqual(
      shown,
      files.slice(1).map(({ path }) => path),
    );
    for (const { text } of files.slice(1)) assert.match(text, /^<svg [\s\S]+<\/svg>\n$/);
  });

  it('says how long brokers work before anything counts', () => {
    const text = page(resultsOf(rounds, { tool: [tool] })).replace(/\s+/g, ' ');
    assert.match(text, /work again and again for 9 seconds without counting/);
    assert.match(text, /All kinds run again and again for 9 seconds before they count/);
  });

  it('begins with the ratios', () => {
    assert.match(page(), /\n- Kafka: 10 × at sending batches, 4 clients\.\n/);
  });

  it('names who is missing, and what was not done', () => {
    const text = page(resultsOf(rounds, { absent: { redis: 'apt-get cannot be run' } }));
    assert.match(text, /\n- Redis Streams is missing: apt-get cannot be run\.\n/);
    assert.match(text, /Kafka has no figure for reading single messages: it only streams\.\n/);
    const both = [skipped('not now'), { ...skipped('not now'), mode: 'send' as const }];
    assert.match(
      page(resultsOf([{ ...peerRound('nats', 1, 1), skipped: both }])),
      /NATS JetStream has no figure for reading and sending single messages: not now\.\n/,
    );
  });

  it('has the tool of the reference only where it was run', () => {
    assert.doesNotMatch(page(), /pinned-producer/);
    assert.match(
      page(resultsOf(rounds, { tool: [tool] })),
      /\| `pinned-producer` +\| producers \|/,
    );
  });

  it('says on what machine it was measured', () => {
    assert.match(page(), /2 cores \(Some Processor\), 24 GB, linux 6 x64, Node\.js 20\.0\.0\./);
  });

  it('says whether others were at work there', () => {
    assert.match(page(), /was 0\.5\. Nothing else was at work\./);
    const { machine } = resultsOf(rounds);
    const busy = resultsOf(rounds, { machine: { ...machine, loadAverage: 9 } });
    assert.match(page(busy), /was 9\. Others were at work/);
  });

  it('has lines that fit', () => {
    const prose = page()
      .split('\n')
      .filter((line) => !line.startsWith('|'));
    assert.deepEqual(
      prose.filter((line) => line.length > 100),
      [],
    );
  });
});

describe('the figures of the README', () => {
  it('are put between their marks', () => {
    const before = '# A\n<!-- figures -->\nold\n<!-- /figures -->\nrest\n';
    const after = withFigures(before, resultsOf(rounds));
    assert.match(after, /^# A\n<!-- figures -->\nBatches of[\s\S]+\n<!-- \/figures -->\nrest\n$/);
    assert.match(after, /\| Kafka +\| 100 \(100–100\) +\|/);
    assert.equal(withFigures(after, resultsOf(rounds)), after);
  });

  it('need a place', () => {
    assert.throws(() => withFigures('# A\n', resultsOf(rounds)), /has no <!-- figures -->/);
    assert.throws(() => withFigures('<!-- figures -->\n', resultsOf(rounds)), /has no/);
  });
});

test('a long text is broken between words', () => {
  const lines = wrap(`${'word '.repeat(30)}end`, '  ').split('\n');
  assert.deepEqual(
    lines.map(({ length }) => length),
    [99, 55],
  );
  assert.ok(lines[1].startsWith('  word'));
  assert.equal(wrap('short'), 'short');
});
