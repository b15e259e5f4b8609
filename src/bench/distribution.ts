import { deviation, mean, percentile } from './statistics.ts';

const BINS = 50;
/** The bins end at this many times the 99th percentile: the few beyond would hide the rest. */
const RANGE_FACTOR = 1.5;

/** How latencies spread, as reports have it. */
export interface LatencyDistribution {
  readonly bins: readonly { readonly edge_ms: number; readonly density: number }[];
  readonly log_normal_params: { readonly mu: number; readonly sigma: number };
  readonly percentiles: {
    readonly p05_ms: number;
    readonly p50_ms: number;
    readonly p95_ms: number;
    readonly p99_ms: number;
  };
}

/** The spread of samples in ascending order, in ms; undefined where all are the same. */
export function latencyDistribution(sorted: Float64Array): LatencyDistribution | undefined {
  const start = sorted[0] ?? 0;
  const width = (percentile(sorted, 99) * RANGE_FACTOR - start) / BINS;
  if (sorted.length === 0 || !(width > 0)) return undefined;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of sorted) {
    const bin = Math.floor((value - start) / width);
    if (bin < BINS) counts[bin] += 1;
  }
  return {
    bins: counts.map((count, index) => ({
      edge_ms: start + index * width,
      density: count / sorted.length / width,
    })),
    log_normal_params: logNormal(sorted),
    percentiles: {
      p05_ms: percentile(sorted, 5),
      p50_ms: percentile(sorted, 50),
      p95_ms: percentile(sorted, 95),
      p99_ms: percentile(sorted, 99),
    },
  };
}

function logNormal(sorted: Float64Array): { mu: number; sigma: number } {
  const logarithms = sorted.filter((value) => value > 0).map(Math.log);
  return { mu: mean(logarithms), sigma: deviation(logarithms) };
}
