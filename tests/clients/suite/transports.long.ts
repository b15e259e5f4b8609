import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Transport } from './operations.ts';
import { type Cell, runTrial } from './run.ts';
import { scenarios } from './suite.ts';

const main = fileURLToPath(new URL('../veltro/main.js', import.meta.url));
const COUNT = 20_000;

/** All scenarios of a transport with Veltro's own client. */
async function cellsOver(transport: Transport): Promise<Cell[]> {
  const command = { command: [process.execPath, main] };
  const report = ({ scenario, outcome, seconds }: Cell) =>
    console.log(`${transport}, ${scenario}: ${outcome} in ${seconds} s`);
  const trial = { command, helper: command, scenarios, count: COUNT, transport, report };
  const cells = await runTrial(trial);
  const played = scenarios.filter((scenario) => (scenario.transport ?? transport) === transport);
  assert.equal(cells.length, played.length + 1, 'and the end of all');
  return cells;
}

function assertPassed({ scenario, outcome, reason }: Cell): void {
  assert.deepEqual({ outcome, reason }, { outcome: 'passed', reason: '' }, scenario);
}

test("Veltro's own client plays all scenarios over QUIC", async () => {
  for (const cell of await cellsOver('quic')) assertPassed(cell);
});

test("Veltro's own client plays all scenarios but those of groups over HTTP", async () => {
  const cells = await cellsOver('http');
  const groups = cells.filter(({ scenario }) => scenario.startsWith('consumer groups'));
  assert.equal(groups.length, 3);
  for (const { outcome, reason } of groups) {
    assert.equal(outcome, 'not offered');
    assert.match(reason, /group\.join is not offered over HTTP/);
  }
  for (const cell of cells) if (!groups.includes(cell)) assertPassed(cell);
});
