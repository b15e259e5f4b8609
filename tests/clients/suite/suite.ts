// What scripts/test-clients.mjs needs of the suite.
import { ENDING_TITLE } from './run.ts';
import type { Scenario } from './scenario.ts';

export { scenarios } from '../scenarios/all.ts';
export { clientReference, countsLine, textTable } from './report.ts';
export { runTrial } from './run.ts';

/** The rows of the table. */
export function titlesOf(scenarios: readonly Scenario[]): string[] {
  return [...scenarios.map(({ title }) => title), ENDING_TITLE];
}
