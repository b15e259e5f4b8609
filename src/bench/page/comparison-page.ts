import type { Report } from '../report.ts';
import type { GroupKind, GroupMetrics } from '../summary.ts';
import { chartSvg, type Line } from './chart.ts';
import { figuresOf } from './figures.ts';
import { htmlFacts, htmlTable, page } from './html.ts';
import {
  curvePoints,
  groupNames,
  ownGroups,
  percentileScale,
  percentilesChart,
  seriesPoints,
} from './report-charts.ts';
import { shortNumber } from './ticks.ts';

/** A report, the name that it is shown under, and its file. */
export interface Compared {
  readonly name: string;
  readonly path: string;
  readonly report: Report;
}

/** One figure of a group in both reports. */
export interface ComparisonRow {
  readonly group: GroupKind;
  readonly figure: string;
  readonly first: number;
  readonly second: number;
  /** Second by first, null where the first is 0. */
  readonly ratio: number | null;
}

/** Every figure of the groups that both reports have. */
export function comparisonRows(first: Report, second: Report): ComparisonRow[] {
  return first.group_metrics.flatMap(({ summary }) => {
    const other = second.group_metrics.find((group) => group.summary.kind === summary.kind);
    if (other === undefined) return [];
    const others = figuresOf(other.summary);
    return figuresOf(summary).map(({ name, value }, index) => ({
      group: summary.kind,
      figure: name,
      first: value,
      second: others[index].value,
      ratio: value === 0 ? null : others[index].value / value,
    }));
  });
}

/** A comparison as texts of a table. */
export function comparisonTable(rows: readonly ComparisonRow[]): string[][] {
  return rows.map(({ group, figure, first, second, ratio }) => [
    groupNames[group],
    figure,
    shortNumber(first),
    shortNumber(second),
    ratio === null ? '' : ratio.toFixed(2),
  ]);
}

/** Both reports on one page, with both lines in each chart. */
export function comparisonPage(first: Compared, second: Compared): string {
  const both = [first, second];
  const rows = comparisonTable(comparisonRows(first.report, second.report));
  const groups = both.map(({ report }) => ownGroups(report.group_metrics));
  const scale = percentileScale(
    groups.flatMap((own) => own.map(({ histogram }) => histogram.raw.curve)),
  );
  const lines = (pointsOf: (group: GroupMetrics) => Line['points']) =>
    both.flatMap(({ name }, side) =>
      groups[side].map(
        (group, index): Line => ({
          name: `${name}: ${groupNames[group.summary.kind]}`,
          points: pointsOf(group),
          color: side,
          style: index === 0 ? undefined : 'dashed',
        }),
      ),
    );
  return page(`${first.name} and ${second.name}`, [
    '<h1>Two benchmarks side by side</h1>',
    htmlFacts(both.map((side) => [side.name, descriptionOf(side)])),
    htmlTable(['group', 'figure', first.name, second.name, 'second / first'], rows),
    chartSvg({
      title: 'Throughput over time',
      xLabel: 'seconds',
      yLabel: 'MB/s',
      lines: lines((group) => seriesPoints(group.avg_throughput_mb_ts.points)),
    }),
    chartSvg({
      title: 'Latency over time',
      xLabel: 'seconds',
      yLabel: 'ms',
      lines: lines((group) => seriesPoints(group.avg_latency_ts.points)),
    }),
    percentilesChart(
      'Latency by percentile',
      lines((group) => curvePoints(group.histogram.raw.curve)),
      scale,
    ),
    '<p class="dim">A ratio above 1 is better for throughput, worse for latency.</p>',
  ]);
}

function descriptionOf({ path, report }: Compared): string {
  const { params, timestamp, hardware } = report;
  const { benchmark_kind: kind, pretty_name: name } = params;
  return [kind, name, timestamp, hardware.identifier, path].join(', ');
}
