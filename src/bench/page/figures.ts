import type { ScalingStep } from '../report.ts';
import type { GroupMetrics, GroupSummary } from '../summary.ts';
import { groupNames } from './report-charts.ts';
import { shortNumber } from './ticks.ts';

const figureNames: readonly (readonly [string, (summary: GroupSummary) => number])[] = [
  ['MB/s', (summary) => summary.total_throughput_megabytes_per_second],
  ['messages/s', (summary) => summary.total_throughput_messages_per_second],
  ['MB/s per actor', (summary) => summary.average_throughput_megabytes_per_second],
  ['p50 ms', (summary) => summary.average_p50_latency_ms],
  ['p90 ms', (summary) => summary.average_p90_latency_ms],
  ['p95 ms', (summary) => summary.average_p95_latency_ms],
  ['p99 ms', (summary) => summary.average_p99_latency_ms],
  ['p99.9 ms', (summary) => summary.average_p999_latency_ms],
  ['p99.99 ms', (summary) => summary.average_p9999_latency_ms],
  ['average ms', (summary) => summary.average_latency_ms],
  ['median ms', (summary) => summary.average_median_latency_ms],
  ['min ms', (summary) => summary.min_latency_ms],
  ['max ms', (summary) => summary.max_latency_ms],
  ['deviation ms', (summary) => summary.std_dev_latency_ms],
];

/** A figure of a group by name. */
export interface Figure {
  readonly name: string;
  readonly value: number;
}

/** The figures that tables show of a group. */
export function figuresOf(summary: GroupSummary): Figure[] {
  return figureNames.map(([name, of]) => ({ name, value: of(summary) }));
}

/** Rows of figures, one column for each group. */
export function figureRows(groups: readonly GroupMetrics[]): string[][] {
  const columns = groups.map(({ summary }) => figuresOf(summary));
  return figureNames.map(([name], index) => [
    name,
    ...columns.map((figures) => shortNumber(figures[index].value)),
  ]);
}

/** Rows of percentiles of all batches: as they were, and corrected where there was a schedule. */
export function histogramRows(groups: readonly GroupMetrics[]): string[][] {
  return groups.flatMap(({ summary, histogram }) => {
    const name = groupNames[summary.kind];
    const named: readonly (readonly [string, GroupMetrics['histogram']['corrected']])[] = [
      [name, histogram.raw],
      [`${name}, corrected`, histogram.corrected],
    ];
    return named.flatMap(([title, found]) =>
      found === null
        ? []
        : [
            [
              title,
              ...Object.values(found.percentiles).map(shortNumber),
              shortNumber(found.max_ms),
            ],
          ],
    );
  });
}

/** Rows of a table over numbers of threads. */
export function scalingRows(steps: readonly ScalingStep[]): string[][] {
  return steps.flatMap(({ threads, groups, generator_was_limit }) =>
    groups.map((group) => [
      String(threads),
      groupNames[group.kind],
      shortNumber(group.total_throughput_megabytes_per_second),
      shortNumber(group.total_throughput_messages_per_second),
      shortNumber(group.average_p50_latency_ms),
      shortNumber(group.average_p99_latency_ms),
      generator_was_limit ? 'the generator' : '',
    ]),
  );
}
