import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DriverCommand } from './driver.ts';
import { type Cell, runTrial } from './run.ts';
import type { Scenario } from './scenario.ts';
import { assertShown } from './shown.ts';
import { clientReference, countsLine, scenarios, textTable, titlesOf } from './suite.ts';
import type { Broker } from './suite-broker.ts';

const main = fileURLToPath(new URL('../veltro/main.js', import.meta.url));
const helper: DriverCommand = { command: [process.execPath, main] };
const folder = mkdtempSync(join(tmpdir(), 'veltro-suite-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A driver that answers every line with what an expression gives for the operation `op`. */
function driverOf(expression: string): DriverCommand {
  const file = join(folder, `driver-${Math.random()}.mjs`);
  const lines = [
    "import { createInterface } from 'node:readline';",
    'for await (const line of createInterface({ input: process.stdin })) {',
    '  const { id, op } = JSON.parse(line);',
    `  console.log(JSON.stringify({ id, ...(${expression}) }));`,
    '}',
  ];
  writeFileSync(file, lines.join('\n'));
  return { command: [process.execPath, file] };
}

/** No broker: what the drivers of these tests answer does not depend on one. */
const idle: Broker = {
  address: '127.0.0.1:0',
  tcpAddress: '127.0.0.1:0',
  log: [],
  restart: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

async function play(command: DriverCommand, scenario: Scenario): Promise<Cell> {
  const trial = { command, helper, scenarios: [scenario], count: 10, report: () => {} };
  const [cell] = await runTrial(trial, async () => idle);
  return cell;
}

const asksStats: Scenario = {
  title: 'stats',
  run: async (scene) => {
    const caller = await scene.open('a');
    scene.shows('stats', await caller.call('stats', {}), { streamsCount: 1 });
  },
};

test("Veltro's own client plays a scenario", async () => {
  const trial = { command: helper, helper, scenarios: scenarios.slice(0, 1), count: 10 };
  const [{ outcome, reason }] = await runTrial({ ...trial, report: () => {} });
  assert.deepEqual({ outcome, reason }, { outcome: 'passed', reason: '' });
});

test('an answer that is right passes, one that is wrong fails', async () => {
  const right = await play(driverOf('{ ok: { streamsCount: 1 } }'), asksStats);
  assert.equal(right.outcome, 'passed');
  const wrong = await play(driverOf('{ ok: { streamsCount: 2 } }'), asksStats);
  assert.equal(wrong.outcome, 'failed');
  assert.match(wrong.reason, /^stats\.streamsCount is 2, not 1/);
});

test('a field that is not shown is noted', async () => {
  const { outcome, notes } = await play(driverOf('{ ok: {} }'), asksStats);
  assert.equal(outcome, 'passed');
  assert.deepEqual(notes, ['not shown: stats.streamsCount']);
});

test('an operation that is not offered is no failure', async () => {
  const expression = "op === 'stats' ? { notOffered: 'no such call' } : { ok: null }";
  const { outcome, reason } = await play(driverOf(expression), asksStats);
  assert.deepEqual({ outcome, reason }, { outcome: 'not offered', reason: 'stats: no such call' });
});

test('a scenario in which nothing was answered has not passed', async () => {
  const asksNothing: Scenario = {
    title: 'nothing',
    run: async (scene) => {
      const caller = await scene.open('a');
      await caller.optional('stats', {});
    },
  };
  const expression = "op === 'stats' ? { notOffered: 'no such call' } : { ok: null }";
  const { outcome } = await play(driverOf(expression), asksNothing);
  assert.equal(outcome, 'not offered');
});

test('an error is told with its status, and a refusal must have the right one', async () => {
  const driver = driverOf("op === 'stats' ? { error: { code: 40, text: 'No' } } : { ok: null }");
  const unwanted = await play(driver, asksStats);
  assert.match(unwanted.reason, /^stats failed with 40 \(No\)/);
  for (const [code, outcome] of [
    [40, 'passed'],
    [41, 'failed'],
  ] as const) {
    const run: Scenario['run'] = async (scene) => {
      await (await scene.open('a')).refused('stats', {}, code);
    };
    assert.equal((await play(driver, { title: 'refused', run })).outcome, outcome);
  }
  const accepting = driverOf('{ ok: null }');
  const run: Scenario['run'] = async (scene) => {
    await (await scene.open('a')).refused('stats', {}, 41);
  };
  assert.match((await play(accepting, { title: 'accepted', run })).reason, /must be refused/);
});

test('a driver that ends or talks nonsense fails its scenario', async () => {
  const ended = await play(driverOf('process.exit(2)'), asksStats);
  assert.match(ended.reason, /^The driver ended instead of answering open\./);
  const nonsense = await play(driverOf('{ id: -1 }'), asksStats);
  assert.match(nonsense.reason, /^The driver answered open with /);
});

test('results are compared field by field', () => {
  const expected = { list: [{ a: 1, b: (value: number) => value > 1 }] };
  assert.deepEqual(assertShown<object>('it', { list: [{ a: 1, b: 2 }] }, expected), []);
  assert.deepEqual(assertShown<object>('it', { list: [{ a: 1 }] }, expected), ['it.list.b']);
  assert.throws(
    () => assertShown<object>('it', { list: [{ a: 1, b: 1 }] }, expected),
    /it\.list\[0\]\.b/,
  );
  assert.throws(() => assertShown<object>('it', { list: [] }, expected), /has 0 entries/);
  assert.throws(() => assertShown<object | null>('it', null, { a: 1 }), /it is null/);
});

test('no cell is left out of the tables', () => {
  const titles = titlesOf([asksStats]);
  const common = { scenario: 'stats', seconds: 1 };
  const passed: Cell = { ...common, outcome: 'passed', reason: '', notes: ['a note'] };
  const failed: Cell = { ...common, outcome: 'failed', reason: 'why\nlog', notes: [] };
  const columns = [
    { client: 'one', release: 'one 1', cells: [passed] },
    { client: 'two', release: 'two 2', cells: [failed] },
    { client: 'three', release: 'three 3', missing: 'no compiler', cells: [] },
  ];
  const words = textTable(columns, titles).split('\n')[1].split(/ {2,}/);
  assert.deepEqual(words, ['stats', 'passed *', 'FAILED', 'not tested']);
  assert.match(textTable(columns, titles), /two, stats: why\nlog/);
  assert.equal(countsLine(columns, titles), '1 passed, 1 failed, 2 skipped');
  const page = clientReference(columns, titles);
  assert.match(page, /\| stats \| passed <sup>1<\/sup> \| failed <sup>2<\/sup> \| not tested \|/);
  assert.match(page, /\n1\. one, stats: a note\n2\. two, stats: why\n/);
});
