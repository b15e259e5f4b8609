/** Figures of many latencies, in the unit of the samples. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly average: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly deviation: number;
}

/** The value below which `percent` of the samples lie, between two of them in proportion. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  if (sorted.length === 0) return 0;
  const rank = (percent / 100) * (sorted.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(lower + 1, sorted.length - 1);
  const weight = rank - lower;
  return sorted[lower] * (1 - weight) + sorted[upper] * weight;
}

/** The mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) return 0;
  let total = 0;
  for (let index = 0; index < values.length; index += 1) total += values[index];
  return total / values.length;
}

/** The standard deviation of all there is, not of a sample of it; 0 of nothing. */
export function deviation(values: ArrayLike<number>): number {
  const average = mean(values);
  let squares = 0;
  for (let index = 0; index < values.length; index += 1) squares += (values[index] - average) ** 2;
  return values.length === 0 ? 0 : Math.sqrt(squares / values.length);
}

/** All figures of samples in ascending order; zeros of nothing. */
export function latencyFigures(sorted: ArrayLike<number>): LatencyFigures {
  return {
    p50: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    p999: percentile(sorted, 99.9),
    p9999: percentile(sorted, 99.99),
    average: mean(sorted),
    median: percentile(sorted, 50),
    min: sorted[0] ?? 0,
    max: sorted[sorted.length - 1] ?? 0,
    deviation: deviation(sorted),
  };
}
