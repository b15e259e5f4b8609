/** Median and range of some measurements. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

function sorted(values: readonly number[]): number[] {
  if (values.length === 0) throw new Error('There is nothing to summarize.');
  return [...values].sort((left, right) => left - right);
}

/** Median, smallest and largest; throws on an empty list. */
export function spread(values: readonly number[]): Spread {
  const ordered = sorted(values);
  const upper = ordered.length >> 1;
  const lower = (ordered.length - 1) >> 1;
  const median = (ordered[lower] + ordered[upper]) / 2;
  return { median, min: ordered[0], max: ordered[ordered.length - 1] };
}

/** `1,092 (917–1,268)`. */
export function spreadText({ median, min, max }: Spread, digits = 0): string {
  const text = (value: number) =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(median)} (${text(min)}–${text(max)})`;
}

/** Nearest-rank percentile, `percent` in 1..100; throws on an empty list. */
export function percentile(values: readonly number[], percent: number): number {
  const ordered = sorted(values);
  return ordered[Math.ceil((ordered.length * percent) / 100) - 1];
}
