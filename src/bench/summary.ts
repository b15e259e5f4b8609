import { type LatencyDistribution, latencyDistribution } from './distribution.ts';
import {
  type HistogramPoint,
  merged,
  percentileCurve,
  percentileMs,
  shownPercentiles,
} from './histogram.ts';
import { type ActorKind, kindOf } from './kinds.ts';
import type { ActorPlan, Plan } from './plan.ts';
import type { Recording, Totals } from './recorder.ts';
import { type LatencyFigures, latencyFigures, mean } from './statistics.ts';
import {
  meanLatencies,
  megabytesPerSecond,
  messagesPerSecond,
  movingAverage,
  type Point,
  together,
} from './time-series.ts';

const BYTES_PER_MB = 1_000_000;
const MS_PER_SECOND = 1000;

/** What one actor did, with the keys of a report. */
export interface ActorSummary {
  readonly benchmark_kind: string;
  readonly actor_kind: ActorKind;
  readonly actor_id: number;
  readonly total_time_secs: number;
  readonly total_user_data_bytes: number;
  readonly total_bytes: number;
  readonly total_messages: number;
  readonly total_message_batches: number;
  readonly throughput_megabytes_per_second: number;
  readonly throughput_messages_per_second: number;
  readonly p50_latency_ms: number;
  readonly p90_latency_ms: number;
  readonly p95_latency_ms: number;
  readonly p99_latency_ms: number;
  readonly p999_latency_ms: number;
  readonly p9999_latency_ms: number;
  readonly avg_latency_ms: number;
  readonly median_latency_ms: number;
  readonly min_latency_ms: number;
  readonly max_latency_ms: number;
  readonly std_dev_latency_ms: number;
}

interface Series {
  readonly points: readonly Point[];
}

/** All of one actor. */
export interface ActorMetrics {
  readonly summary: ActorSummary;
  readonly throughput_mb_ts: Series;
  readonly throughput_msg_ts: Series;
  readonly latency_ts: Series;
}

/** Which actors a group is made of. */
export type GroupKind =
  | 'producers'
  | 'consumers'
  | 'producers_and_consumers'
  | 'producing_consumers';

/** What the actors of a group did together, with the keys of a report. */
export interface GroupSummary {
  readonly kind: GroupKind;
  readonly total_throughput_megabytes_per_second: number;
  readonly total_throughput_messages_per_second: number;
  readonly average_throughput_megabytes_per_second: number;
  readonly average_throughput_messages_per_second: number;
  readonly average_p50_latency_ms: number;
  readonly average_p90_latency_ms: number;
  readonly average_p95_latency_ms: number;
  readonly average_p99_latency_ms: number;
  readonly average_p999_latency_ms: number;
  readonly average_p9999_latency_ms: number;
  readonly average_latency_ms: number;
  readonly average_median_latency_ms: number;
  readonly min_latency_ms: number;
  readonly max_latency_ms: number;
  readonly std_dev_latency_ms: number;
}

/** Percentiles of all batches of a group in one histogram. */
export interface HistogramSummary {
  /** By name, such as `p99`: in ms. */
  readonly percentiles: Readonly<Record<string, number>>;
  readonly max_ms: number;
  readonly count: number;
  readonly curve: readonly HistogramPoint[];
}

/** All of one group. The histograms are beyond the reference's report. */
export interface GroupMetrics {
  readonly summary: GroupSummary;
  readonly avg_throughput_mb_ts: Series;
  readonly avg_throughput_msg_ts: Series;
  readonly avg_latency_ts: Series;
  readonly latency_distribution?: LatencyDistribution;
  readonly histogram: {
    readonly raw: HistogramSummary;
    /** Null where a rate limit sets no schedule for all of the group. */
    readonly corrected: HistogramSummary | null;
  };
}

/** Figures of a whole run. */
export interface Metrics {
  readonly groups: readonly GroupMetrics[];
  readonly actors: readonly ActorMetrics[];
}

interface Member {
  readonly actor: ActorPlan;
  readonly recording: Recording;
  readonly metrics: ActorMetrics;
}

/** Figures of all actors and of the groups that they form. */
export function metricsOf(plan: Plan, recordings: readonly Recording[]): Metrics {
  const { movingAverageWindow, kind } = plan.options;
  const members = recordings.map((recording): Member => {
    const actor = plan.actors[recording.index];
    const name = kindOf(kind).reportName;
    return { actor, recording, metrics: actorMetrics(name, actor, recording, movingAverageWindow) };
  });
  const groups = groupsOf(members).map(([name, group]) =>
    groupMetrics(name, group, movingAverageWindow),
  );
  return { groups, actors: members.map(({ metrics }) => metrics) };
}

function groupsOf(members: readonly Member[]): (readonly [GroupKind, readonly Member[]])[] {
  const of = (kind: ActorKind) => members.filter(({ actor }) => actor.kind === kind);
  const groups: (readonly [GroupKind, readonly Member[]])[] = [
    ['producers', of('producer')],
    ['consumers', of('consumer')],
    ['producing_consumers', of('producing_consumer')],
  ];
  const present = groups.filter(([, group]) => group.length > 0);
  return present.length < 2 ? present : [...present, ['producers_and_consumers', members]];
}

function actorMetrics(
  kind: string,
  actor: ActorPlan,
  { totals, latencies, series }: Recording,
  window: number,
): ActorMetrics {
  const smooth = (points: readonly Point[]) => ({ points: movingAverage(points, window) });
  return {
    summary: {
      benchmark_kind: kind,
      actor_kind: actor.kind,
      actor_id: actor.id,
      ...totalsSummary(totals),
      ...latencySummary(latencyFigures(latencies)),
    },
    throughput_mb_ts: smooth(megabytesPerSecond(series, totals.endMs)),
    throughput_msg_ts: smooth(messagesPerSecond(series, totals.endMs)),
    latency_ts: { points: meanLatencies(series) },
  };
}

function totalsSummary({ endMs, payloadBytes, totalBytes, messages, batches }: Totals) {
  const seconds = endMs / MS_PER_SECOND;
  // Over all buckets, each for as long as it was, the mean of a series is the total over the time.
  const perSecond = (amount: number) => (seconds === 0 ? 0 : amount / seconds);
  return {
    total_time_secs: seconds,
    total_user_data_bytes: payloadBytes,
    total_bytes: totalBytes,
    total_messages: messages,
    total_message_batches: batches,
    throughput_megabytes_per_second: perSecond(payloadBytes / BYTES_PER_MB),
    throughput_messages_per_second: perSecond(messages),
  };
}

function latencySummary(figures: LatencyFigures) {
  return {
    p50_latency_ms: figures.p50,
    p90_latency_ms: figures.p90,
    p95_latency_ms: figures.p95,
    p99_latency_ms: figures.p99,
    p999_latency_ms: figures.p999,
    p9999_latency_ms: figures.p9999,
    avg_latency_ms: figures.average,
    median_latency_ms: figures.median,
    min_latency_ms: figures.min,
    max_latency_ms: figures.max,
    std_dev_latency_ms: figures.deviation,
  };
}

function groupMetrics(kind: GroupKind, members: readonly Member[], window: number): GroupMetrics {
  const recordings = members.map(({ recording }) => recording);
  const series = together(recordings.map((recording) => recording.series));
  const endMs = Math.max(...recordings.map(({ totals }) => totals.endMs));
  const smooth = (points: readonly Point[]) => ({ points: movingAverage(points, window) });
  const latencies = allLatencies(recordings);
  const corrected = recordings.flatMap((recording) => recording.corrected ?? []);
  const isScheduled = corrected.length === recordings.length;
  return {
    summary: groupSummary(
      kind,
      members.map(({ metrics }) => metrics.summary),
    ),
    avg_throughput_mb_ts: smooth(megabytesPerSecond(series, endMs)),
    avg_throughput_msg_ts: smooth(messagesPerSecond(series, endMs)),
    avg_latency_ts: smooth(meanLatencies(series)),
    latency_distribution: latencyDistribution(latencies),
    histogram: {
      raw: histogramSummary(recordings.map(({ raw }) => raw)),
      corrected: isScheduled ? histogramSummary(corrected) : null,
    },
  };
}

/** In ascending order. */
function allLatencies(recordings: readonly Recording[]): Float64Array {
  const length = recordings.reduce((total, { latencies }) => total + latencies.length, 0);
  const all = new Float64Array(length);
  let place = 0;
  for (const { latencies } of recordings) {
    all.set(latencies, place);
    place += latencies.length;
  }
  return all.sort();
}

/** As the reference defines it: latencies of a group are means of the figures of its actors. */
function groupSummary(kind: GroupKind, all: readonly ActorSummary[]): GroupSummary {
  // An actor that only sends what others read has no latencies of its own.
  const timed = all.filter(({ max_latency_ms }) => max_latency_ms > 0);
  const average = (of: (summary: ActorSummary) => number) => mean(timed.map(of));
  const megabytes = all.map((summary) => summary.throughput_megabytes_per_second);
  const messages = all.map((summary) => summary.throughput_messages_per_second);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    kind,
    total_throughput_megabytes_per_second: sum(megabytes),
    total_throughput_messages_per_second: sum(messages),
    average_throughput_megabytes_per_second: mean(megabytes),
    average_throughput_messages_per_second: mean(messages),
    average_p50_latency_ms: average((summary) => summary.p50_latency_ms),
    average_p90_latency_ms: average((summary) => summary.p90_latency_ms),
    average_p95_latency_ms: average((summary) => summary.p95_latency_ms),
    average_p99_latency_ms: average((summary) => summary.p99_latency_ms),
    average_p999_latency_ms: average((summary) => summary.p999_latency_ms),
    average_p9999_latency_ms: average((summary) => summary.p9999_latency_ms),
    average_latency_ms: average((summary) => summary.avg_latency_ms),
    average_median_latency_ms: average((summary) => summary.median_latency_ms),
    min_latency_ms: timed.length === 0 ? 0 : Math.min(...timed.map((one) => one.min_latency_ms)),
    max_latency_ms: Math.max(0, ...timed.map((one) => one.max_latency_ms)),
    std_dev_latency_ms: average((summary) => summary.std_dev_latency_ms),
  };
}

function histogramSummary(histograms: readonly Recording['raw'][]): HistogramSummary {
  const all = merged(histograms);
  const named = shownPercentiles.map((percent) => [
    `p${String(percent).replace('.', '')}`,
    percentileMs(all, percent),
  ]);
  return {
    percentiles: Object.fromEntries(named) as Record<string, number>,
    max_ms: percentileMs(all, 100),
    count: all.count,
    curve: percentileCurve(all),
  };
}
