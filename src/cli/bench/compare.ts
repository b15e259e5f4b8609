import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  type Compared,
  comparisonPage,
  comparisonRows,
  comparisonTable,
} from '../../bench/page/comparison-page.ts';
import type { Report } from '../../bench/report.ts';
import { CommandError } from '../errors.ts';
import { addOutputOptions, commonOptions } from '../options.ts';
import { printAnswer, table } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface CompareFlags {
  readonly outputFile: string;
}

/** Adds `veltro bench compare`. */
export function addCompare(bench: Command, terminal: Terminal): void {
  const command = bench
    .command('compare')
    .description('put two reports side by side')
    .argument('<first>', 'a report.json')
    .argument('<second>', 'another one')
    .option('-o, --output-file <file>', 'page with the charts of both', 'comparison.html');
  addOutputOptions(command).addHelpText(
    'after',
    '\nExamples:\n  $ veltro bench compare before/report.json after/report.json -o change.html',
  );
  command.action((first: string, second: string, { outputFile }: CompareFlags) => {
    const reports = [readReport(first), readReport(second)] as const;
    const [one, two] = namesOf(reports);
    const sides = [
      { name: one, path: first, report: reports[0] },
      { name: two, path: second, report: reports[1] },
    ] as const;
    compare(sides, outputFile, command, terminal);
  });
}

function compare(
  [first, second]: readonly [Compared, Compared],
  file: string,
  command: Command,
  terminal: Terminal,
): void {
  const rows = comparisonRows(first.report, second.report);
  if (rows.length === 0) throw new CommandError('The two reports have no group in common.');
  writeFileSync(file, comparisonPage(first, second));
  const columns = ['group', 'figure', first.name, second.name, 'ratio'];
  printAnswer(
    {
      json: { first: first.path, second: second.path, page: file, figures: rows },
      text: (style) =>
        [
          `${first.name}: ${first.path}`,
          `${second.name}: ${second.path}`,
          table(columns, comparisonTable(rows), style),
          style.dim(`Charts: ${file}`),
        ].join('\n'),
    },
    commonOptions(command),
    terminal,
  );
}

/** Remarks, where there are two that differ. */
function namesOf([first, second]: readonly [Report, Report]): readonly [string, string] {
  const [one, two] = [first.params.remark, second.params.remark];
  return one && two && one !== two ? [one, two] : ['first', 'second'];
}

function readReport(path: string): Report {
  const report = parsed(path);
  const isReport =
    Array.isArray(report.group_metrics) &&
    typeof report.params === 'object' &&
    report.group_metrics.every(
      (group) =>
        typeof group?.summary === 'object' &&
        Array.isArray(group.avg_throughput_mb_ts?.points) &&
        Array.isArray(group.avg_latency_ts?.points),
    );
  if (isReport) return withHistograms(report as Report);
  throw new CommandError(`${path} is no report of a benchmark.`);
}

function parsed(path: string): Partial<Report> {
  const text = readFileSync(path, 'utf8');
  try {
    return (JSON.parse(text) ?? {}) as Partial<Report>;
  } catch {
    throw new CommandError(`${path} is no JSON.`);
  }
}

/** Reports of the reference's tool have no histograms: their lines stay empty. */
function withHistograms(report: Report): Report {
  const nothing = { percentiles: {}, max_ms: 0, count: 0, curve: [] };
  const group_metrics = report.group_metrics.map((group) => ({
    ...group,
    histogram: group.histogram ?? { raw: nothing, corrected: null },
  }));
  return { ...report, group_metrics };
}
