import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peerRound } from './results-test-kit.ts';
import { summarizeIdle, summarizeWorks } from './summary.ts';
import {
  idleTable,
  latencyTable,
  rateTable,
  ratioTable,
  ratioText,
  toolTable,
  worksOfKind,
} from './tables.ts';

const rounds = [
  peerRound('nats', 1, 100, null),
  peerRound('veltro', 1, 1250),
  peerRound('ceiling', 1, 2500),
];
const works = summarizeWorks(rounds);

/** The cells of a table's rows, without headings and rule. */
function cells(table: string): string[][] {
  const rows = table.split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the tables of a comparison', () => {
  it('have a row for each peer in the usual order and a column for each work', () => {
    const table = rateTable(works);
    assert.match(table, /^\| +\| send batches, 4 clients +\| read single messages, 1 client +\|\n/);
    assert.deepEqual(cells(table), [
      ['Ceiling in C', '2,500 (2,500–2,500)', '250,000 (250,000–250,000)'],
      ['Veltro', '1,250 (1,250–1,250)', '125,000 (125,000–125,000)'],
      ['NATS JetStream', '100 (100–100)', '10,000 (10,000–10,000)'],
    ]);
  });

  it('compare with all others', () => {
    assert.deepEqual(cells(ratioTable(works)), [
      ['Ceiling in C', '0.50 (0.50–0.50)', '0.50 (0.50–0.50)'],
      ['NATS JetStream', '13 (13–13)', '13 (13–13)'],
    ]);
    assert.deepEqual(cells(ratioTable(summarizeWorks(rounds.slice(0, 1)))), []);
  });

  it('leave out what was not measured', () => {
    const [, , nats] = cells(latencyTable(works));
    assert.deepEqual(nats, ['NATS JetStream', '–', '50 / 100']);
    assert.deepEqual(
      cells(latencyTable(worksOfKind(works, false))).map(([title]) => title),
      ['Ceiling in C', 'Veltro'],
    );
    const only = cells(rateTable(summarizeWorks([{ ...rounds[0], results: [] }, rounds[1]])));
    assert.deepEqual(
      only.map(([title]) => title),
      ['Veltro'],
    );
  });

  it('tell start, memory and processor', () => {
    const [first] = cells(idleTable(summarizeIdle(rounds)));
    assert.deepEqual(first, ['Ceiling in C', '41 (41–41)', '50 (50–50)', '0.10 (0.10–0.10)']);
  });

  it('put both servers of the tool side by side', () => {
    const rate = { median: 800, min: 700, max: 900 };
    const ratio = { median: 1.25, min: 1, max: 1.5 };
    const run = { kind: 'pinned-producer', role: 'producers', veltro: rate };
    assert.deepEqual(
      cells(
        toolTable([
          { ...run, reference: null, ratio: null },
          { ...run, reference: rate, ratio },
        ]),
      ),
      [
        ['`pinned-producer`', 'producers', '800 (700–900)', '–', '–'],
        ['`pinned-producer`', 'producers', '800 (700–900)', '800 (700–900)', '1.25 (1.00–1.50)'],
      ],
    );
  });

  it('keep batches and single messages apart', () => {
    assert.deepEqual(worksOfKind(works, true), [works[1]]);
    assert.deepEqual(worksOfKind(works, false), [works[0]]);
  });

  it('write figures with as many digits as they need', () => {
    const spread = { median: 9.5, min: 1, max: 20_000 };
    assert.equal(ratioText(spread), '9.50 ×');
    assert.equal(ratioText({ ...spread, median: 10.4 }), '10 ×');
  });
});
