import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

const PAGE = 'docs/reference/durability.md';

/**
 * Notes what a suite has done in its row of the durability page. Only where the suites are run with
 * `--write-docs`: a page that changes with every run would be nobody's.
 */
export function writeFigures(suite: string, figures: readonly string[]): void {
  if (process.env.VELTRO_TEST_WRITE_DOCS !== '1') return;
  const path = join(projectRoot(), PAGE);
  const text = readFileSync(path, 'utf8');
  const row = new RegExp(`^\\| ${suite} \\|.*$`, 'm');
  if (!row.test(text)) throw new Error(`${PAGE} has no row for ${suite}.`);
  writeFileSync(path, text.replace(row, `| ${suite} | ${figures.join(', ')} |`));
}

/** A number as the page shows it: `1,234`. */
export function shown(count: number): string {
  return count.toLocaleString('en-US');
}
