import type { LatencyDistribution } from '../distribution.ts';
import type { HistogramPoint } from '../histogram.ts';
import type { ScalingStep } from '../report.ts';
import type { ActorMetrics, GroupKind, GroupMetrics } from '../summary.ts';
import type { Point } from '../time-series.ts';
import { type Chart, chartSvg, type Line, type Scale } from './chart.ts';
import type { ChartPoint } from './thin.ts';

const CURVE_POINTS = 200;
const PERCENTILES = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999];

/** How a group is called in charts. */
export const groupNames: Readonly<Record<GroupKind, string>> = {
  producers: 'producers',
  consumers: 'consumers',
  producers_and_consumers: 'producers and consumers',
  producing_consumers: 'producing consumers',
};

/** Groups that are no sums of others. */
export function ownGroups(groups: readonly GroupMetrics[]): GroupMetrics[] {
  return groups.filter(({ summary }) => summary.kind !== 'producers_and_consumers');
}

function actorsOf(actors: readonly ActorMetrics[], kind: GroupKind): ActorMetrics[] {
  return actors.filter(({ summary }) => `${summary.actor_kind}s` === kind);
}

type SeriesName = 'throughput_mb_ts' | 'latency_ts';

/** The actors of a group as faint lines, and over them the group. */
function overTime(
  groups: readonly GroupMetrics[],
  actors: readonly ActorMetrics[],
  [ofActor, ofGroup]: readonly [SeriesName, 'avg_throughput_mb_ts' | 'avg_latency_ts'],
): Line[] {
  return ownGroups(groups).flatMap((group, color) => {
    const { kind } = group.summary;
    const members = actorsOf(actors, kind).map(
      (actor): Line => ({
        name: `${actor.summary.actor_kind.replace('_', ' ')} ${actor.summary.actor_id}`,
        points: seriesPoints(actor[ofActor].points),
        color,
        style: 'faint',
      }),
    );
    return [
      ...members,
      { name: groupNames[kind], points: seriesPoints(group[ofGroup].points), color },
    ];
  });
}

/** Throughput over time of groups and their actors. */
export function throughputChart(
  groups: readonly GroupMetrics[],
  actors: readonly ActorMetrics[],
): string {
  return chartSvg({
    title: 'Throughput over time: all together, and each actor faintly',
    xLabel: 'seconds',
    yLabel: 'MB/s',
    lines: overTime(groups, actors, ['throughput_mb_ts', 'avg_throughput_mb_ts']),
  });
}

/** Latency over time of groups and their actors. */
export function latencyChart(
  groups: readonly GroupMetrics[],
  actors: readonly ActorMetrics[],
): string {
  return chartSvg({
    title: 'Latency over time: mean of all, and each actor faintly',
    xLabel: 'seconds',
    yLabel: 'ms',
    lines: overTime(groups, actors, ['latency_ts', 'avg_latency_ts']),
  });
}

/** Each nine takes the same room. */
export function percentileScale(curves: readonly (readonly HistogramPoint[])[]): Scale {
  const nines = (percent: number) => -Math.log10(Math.max(1e-9, 1 - percent / 100));
  const inside = curves.flatMap((curve) =>
    curve.filter(({ percentile }) => percentile < 100).map(({ percentile }) => nines(percentile)),
  );
  const end = inside.reduce((most, value) => Math.max(most, value), 1);
  return {
    place: (percent) => Math.min(1, nines(percent) / end),
    ticks: PERCENTILES.filter((percent) => nines(percent) <= end + 1e-9),
    text: (percent) => `${percent} %`,
  };
}

/** A time series as a line of a chart. */
export function seriesPoints(points: readonly Point[]): ChartPoint[] {
  return points.map(({ time_s, value }) => ({ x: time_s, y: value }));
}

/** A histogram's curve as a line of a chart. */
export function curvePoints(curve: readonly HistogramPoint[]): ChartPoint[] {
  return curve.map(({ percentile, latency_ms }) => ({ x: percentile, y: latency_ms }));
}

/** A chart of latencies by percentile. */
export function percentilesChart(title: string, lines: readonly Line[], scale: Scale): string {
  const chart: Chart = { title, xLabel: 'batches', yLabel: 'ms', lines, scale };
  return chartSvg(chart);
}

/** Latencies of groups by percentile, raw and corrected. */
export function groupPercentilesChart(groups: readonly GroupMetrics[]): string {
  const lines = ownGroups(groups).flatMap(({ summary, histogram }, color): Line[] => {
    const name = groupNames[summary.kind];
    const raw: Line = { name, points: curvePoints(histogram.raw.curve), color };
    if (histogram.corrected === null) return [raw];
    const points = curvePoints(histogram.corrected.curve);
    const corrected = `${name}, corrected for coordinated omission`;
    return [raw, { name: corrected, points, color, style: 'dashed' }];
  });
  const curves = ownGroups(groups).map(({ histogram }) => histogram.raw.curve);
  return percentilesChart('Latency by percentile', lines, percentileScale(curves));
}

/** How latencies spread, with the log-normal curve that fits them best. */
export function distributionChart(name: string, found: LatencyDistribution): string {
  const { bins, log_normal_params: parameters } = found;
  const points = bins.map(({ edge_ms, density }) => ({ x: edge_ms, y: density }));
  return chartSvg({
    title: `Distribution of latency, ${name}`,
    xLabel: 'ms',
    yLabel: 'density',
    lines: [
      { name: 'batches', points, color: 0, style: 'bars' },
      { name: 'log-normal', points: logNormalCurve(points, parameters), color: 1 },
    ],
  });
}

function logNormalCurve(
  points: readonly ChartPoint[],
  { mu, sigma }: { readonly mu: number; readonly sigma: number },
): ChartPoint[] {
  const [start, end] = [points[0].x, points[points.length - 1].x];
  if (!(sigma > 0)) return [];
  return Array.from({ length: CURVE_POINTS }, (_, index) => {
    const ms = start + ((end - start) * (index + 0.5)) / CURVE_POINTS;
    const power = -((Math.log(ms) - mu) ** 2) / (2 * sigma ** 2);
    return { x: ms, y: Math.exp(power) / (ms * sigma * Math.sqrt(2 * Math.PI)) };
  });
}

/** Throughput by the number of a broker's threads. */
export function scalingChart(steps: readonly ScalingStep[]): string {
  const lines = steps[0].groups
    .map(({ kind }, index) => ({ kind, index }))
    .filter(({ kind }) => kind !== 'producers_and_consumers')
    .map(({ kind, index }, color): Line => {
      const points = steps.map(({ threads, groups }) => ({
        x: threads,
        y: groups[index].total_throughput_megabytes_per_second,
      }));
      return { name: groupNames[kind], points, color };
    });
  const most = Math.max(...steps.map(({ threads }) => threads));
  const scale: Scale = {
    place: (threads) => threads / most,
    ticks: [0, ...steps.map(({ threads }) => threads)],
    text: String,
  };
  return chartSvg({
    title: 'Throughput by threads of the broker',
    xLabel: 'shard threads',
    yLabel: 'MB/s',
    lines,
    scale,
  });
}
