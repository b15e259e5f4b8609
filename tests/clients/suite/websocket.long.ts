import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runTrial } from './run.ts';
import { scenarios } from './suite.ts';

const main = fileURLToPath(new URL('../veltro/main.js', import.meta.url));
const COUNT = 20_000;

test("Veltro's own client plays all scenarios over WebSocket", async () => {
  const command = { command: [process.execPath, main] };
  const report = ({ scenario, outcome, seconds }: Record<string, unknown>) =>
    console.log(`${scenario}: ${outcome} in ${seconds} s`);
  const drivers = { command, helper: command };
  const trial = { ...drivers, scenarios, count: COUNT, transport: 'ws' as const };
  const cells = await runTrial({ ...trial, report: (cell) => report({ ...cell }) });
  const skipped = scenarios.filter(({ transport = 'ws' }) => transport !== 'ws');
  assert.equal(cells.length, scenarios.length - skipped.length + 1, 'and the end of all');
  for (const { scenario, outcome, reason } of cells) {
    assert.deepEqual({ outcome, reason }, { outcome: 'passed', reason: '' }, scenario);
  }
});
