import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const NS_PER_MS = 1_000_000;
const HOUR_NS = 3_600_000_000_000;
/** Three digits: a latency is known to a thousandth of itself. */
const FIGURES = 3;
/** A finer schedule is corrected no finer: one long wait would take long to correct. */
const INTERVAL_NS_MIN = 10_000;
const STEPS_PER_NINE = 20;

/** What the percentiles of a histogram are asked for. */
export const shownPercentiles = [50, 90, 95, 99, 99.9, 99.99] as const;

/** One percentile of a histogram. */
export interface HistogramPoint {
  readonly percentile: number;
  readonly latency_ms: number;
}

/**
 * Latencies in a histogram of high dynamic range, twice where work has a schedule: as they were,
 * and corrected for what a slow answer kept from being sent. Someone who asks every 10 ms and once
 * waits for 100 ms would have seen 90, 80, … 10 ms as well.
 */
export class LatencyHistogram {
  readonly raw = newHistogram();
  readonly corrected: RecordableHistogram | null;
  readonly #intervalNs: number;

  /** The time between two batches of the schedule, null where there is none. */
  constructor(intervalMs: number | null) {
    this.#intervalNs = Math.max(INTERVAL_NS_MIN, (intervalMs ?? 0) * NS_PER_MS);
    this.corrected = intervalMs === null ? null : newHistogram();
  }

  record(latencyMs: number): void {
    const ns = nanoseconds(latencyMs);
    this.raw.record(ns);
    if (this.corrected === null) return;
    this.corrected.record(ns);
    for (let missed = ns - this.#intervalNs; missed >= this.#intervalNs; ) {
      this.corrected.record(Math.round(missed));
      missed -= this.#intervalNs;
    }
  }
}

function newHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: HOUR_NS, figures: FIGURES });
}

function nanoseconds(ms: number): number {
  return Math.min(HOUR_NS, Math.max(1, Math.round(ms * NS_PER_MS)));
}

/** All latencies of several histograms. */
export function merged(histograms: readonly RecordableHistogram[]): RecordableHistogram {
  const all = newHistogram();
  for (const histogram of histograms) if (histogram.count > 0) all.add(histogram);
  return all;
}

/** One percentile in milliseconds; 0 where nothing was recorded. */
export function percentileMs(histogram: RecordableHistogram, percent: number): number {
  return histogram.count === 0 ? 0 : histogram.percentile(percent) / NS_PER_MS;
}

/**
 * Latencies by percentile, for a curve: as many steps from 90 to 99 % as from 99 to 99.9 %, up to
 * where only the greatest value is left.
 */
export function percentileCurve(histogram: RecordableHistogram): HistogramPoint[] {
  if (histogram.count === 0) return [];
  const points: HistogramPoint[] = [];
  for (let step = 1; 10 ** (step / STEPS_PER_NINE) < histogram.count; step += 1) {
    const percent = 100 * (1 - 10 ** (-step / STEPS_PER_NINE));
    points.push({ percentile: percent, latency_ms: percentileMs(histogram, percent) });
  }
  return [...points, { percentile: 100, latency_ms: percentileMs(histogram, 100) }];
}
