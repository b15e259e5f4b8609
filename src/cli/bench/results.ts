import { generatorWarning } from '../../bench/generator.ts';
import type { Report, ScalingStep } from '../../bench/report.ts';
import type { GroupKind, GroupMetrics, HistogramSummary } from '../../bench/summary.ts';
import { type Style, table } from '../output.ts';

const WIDE_COLUMNS = 150;

const titles: Readonly<Record<GroupKind, string>> = {
  producers: 'Producers Results',
  consumers: 'Consumers Results',
  producers_and_consumers: 'Aggregate Results',
  producing_consumers: 'Producing Consumer Results',
};

/** The title of a group's results. */
export function groupTitle(kind: GroupKind): string {
  return titles[kind];
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 3 : 2)} ms`;
const megabytes = (value: number) => `${value.toFixed(2)} MB/s`;

type Figure = readonly [name: string, value: string];

/** The figures of a group by name, as they are printed. */
export function groupFigures({ summary }: GroupMetrics, seconds: number): Figure[] {
  return [
    ['throughput', megabytes(summary.total_throughput_megabytes_per_second)],
    ['messages', `${Math.round(summary.total_throughput_messages_per_second)}/s`],
    ['average per actor', megabytes(summary.average_throughput_megabytes_per_second)],
    ['p50', ms(summary.average_p50_latency_ms)],
    ['p90', ms(summary.average_p90_latency_ms)],
    ['p95', ms(summary.average_p95_latency_ms)],
    ['p99', ms(summary.average_p99_latency_ms)],
    ['p99.9', ms(summary.average_p999_latency_ms)],
    ['p99.99', ms(summary.average_p9999_latency_ms)],
    ['average', ms(summary.average_latency_ms)],
    ['median', ms(summary.average_median_latency_ms)],
    ['min', ms(summary.min_latency_ms)],
    ['max', ms(summary.max_latency_ms)],
    ['deviation', ms(summary.std_dev_latency_ms)],
    ['time', `${seconds.toFixed(2)} s`],
  ];
}

function histogramFigures({ percentiles, max_ms }: HistogramSummary): Figure[] {
  const { p50, p90, p95, p99, p999, p9999 } = percentiles;
  const named: readonly (readonly [string, number])[] = [
    ['p50', p50],
    ['p90', p90],
    ['p95', p95],
    ['p99', p99],
    ['p99.9', p999],
    ['p99.99', p9999],
    ['max', max_ms],
  ];
  return named.map(([name, value]) => [name, ms(value)]);
}

const joined = (figures: readonly Figure[]) =>
  figures.map(([name, value]) => `${name} ${value}`).join(', ');

/** When the last actor of a group was done. */
function secondsOf({ individual_metrics }: Report, kind: GroupKind): number {
  const actors = individual_metrics
    .map(({ summary }) => summary)
    .filter(({ actor_kind }) => kind === 'producers_and_consumers' || `${actor_kind}s` === kind);
  return Math.max(0, ...actors.map(({ total_time_secs }) => total_time_secs));
}

function histogramLines({ histogram }: GroupMetrics): string[] {
  const { raw, corrected } = histogram;
  const lines = [`  all batches: ${joined(histogramFigures(raw))}`];
  if (corrected === null) return lines;
  return [...lines, `  corrected for coordinated omission: ${joined(histogramFigures(corrected))}`];
}

function asLines(report: Report, style: Style): string[] {
  return report.group_metrics.flatMap((group) => {
    const { kind } = group.summary;
    const figures = groupFigures(group, secondsOf(report, kind));
    const title = style.bold(`${groupTitle(kind)}:`);
    return [`${title} ${joined(figures)}`, ...histogramLines(group)];
  });
}

function asTable(report: Report, style: Style, columns: number): string[] {
  const groups = report.group_metrics.map((group) => {
    const { kind } = group.summary;
    return { title: groupTitle(kind), figures: groupFigures(group, secondsOf(report, kind)) };
  });
  const names = groups[0].figures.map(([name]) => name);
  if (columns >= WIDE_COLUMNS) {
    const rows = groups.map(({ title, figures }) => [title, ...figures.map(([, value]) => value)]);
    return [table(['', ...names], rows, style)];
  }
  const rows = names.map((name, index) => [
    name,
    ...groups.map(({ figures }) => figures[index][1]),
  ]);
  return [table(['', ...groups.map(({ title }) => title)], rows, style)];
}

/** How results are to be shown. */
export interface ResultLayout {
  readonly pretty: boolean;
  /** Width of the terminal. */
  readonly columns: number;
}

/** The results of a run for people. */
export function resultsText(report: Report, style: Style, layout: ResultLayout): string {
  const { params, generator } = report;
  const warning = generatorWarning(generator);
  const groups = layout.pretty
    ? [
        ...asTable(report, style, layout.columns),
        ...report.group_metrics.flatMap((group) => [
          groupTitle(group.summary.kind),
          ...histogramLines(group),
        ]),
      ]
    : asLines(report, style);
  const head = style.green(`${params.benchmark_kind}: ${params.pretty_name}`);
  return [head, ...groups, ...(warning === undefined ? [] : [style.red(warning)])].join('\n');
}

/** A table of throughput and latency by number of threads. */
export function scalingText(steps: readonly ScalingStep[], style: Style): string {
  const [first] = steps;
  const rows = steps.flatMap(({ threads, groups, generator_was_limit }) =>
    groups.map((group, index) => {
      const megabytesPerSecond = group.total_throughput_megabytes_per_second;
      const factor = megabytesPerSecond / first.groups[index].total_throughput_megabytes_per_second;
      return [
        String(threads),
        groupTitle(group.kind).replace(' Results', ''),
        megabytes(megabytesPerSecond),
        `${Math.round(group.total_throughput_messages_per_second)}/s`,
        `${factor.toFixed(2)} x`,
        ms(group.average_p50_latency_ms),
        ms(group.average_p99_latency_ms),
        generator_was_limit ? 'generator' : '',
      ];
    }),
  );
  const columns = ['threads', 'group', 'throughput', 'messages', 'factor', 'p50', 'p99', 'limit'];
  return table(columns, rows, style);
}
