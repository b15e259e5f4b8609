/** A value at a time since the start of the run. */
export interface Point {
  readonly time_s: number;
  readonly value: number;
}

/** What happened in one stretch of time. */
export interface Bucket {
  bytes: number;
  messages: number;
  latencyMs: number;
  /** Batches whose latencies these are. */
  batches: number;
}

const MS_PER_SECOND = 1000;
const BYTES_PER_MB = 1_000_000;

/**
 * Work by time, in buckets of one length. A run that fills all buckets goes on with buckets of
 * twice that length.
 */
export class TimeSeries {
  readonly #bucketsMax: number;
  #bucketMs: number;
  #buckets: Bucket[] = [];

  constructor(bucketMs: number, bucketsMax: number) {
    this.#bucketMs = bucketMs;
    this.#bucketsMax = bucketsMax;
  }

  /** Without a latency the work counts, but says nothing about time. */
  add(atMs: number, latencyMs: number | null, messages: number, bytes: number): void {
    while (atMs >= this.#bucketMs * this.#bucketsMax) this.#coarsen();
    const index = Math.floor(atMs / this.#bucketMs);
    while (this.#buckets.length <= index) this.#buckets.push(emptyBucket());
    const bucket = this.#buckets[index];
    bucket.bytes += bytes;
    bucket.messages += messages;
    if (latencyMs === null) return;
    bucket.latencyMs += latencyMs;
    bucket.batches += 1;
  }

  finish(): Buckets {
    return { bucketMs: this.#bucketMs, buckets: this.#buckets };
  }

  #coarsen(): void {
    ({ bucketMs: this.#bucketMs, buckets: this.#buckets } = coarser(this.finish()));
  }
}

/** A finished series. */
export interface Buckets {
  readonly bucketMs: number;
  readonly buckets: Bucket[];
}

function emptyBucket(): Bucket {
  return { bytes: 0, messages: 0, latencyMs: 0, batches: 0 };
}

function addTo(target: Bucket, source: Bucket): void {
  target.bytes += source.bytes;
  target.messages += source.messages;
  target.latencyMs += source.latencyMs;
  target.batches += source.batches;
}

/** The same work in buckets of twice the length. */
function coarser({ bucketMs, buckets }: Buckets): Buckets {
  const pairs: Bucket[] = [];
  for (const [index, bucket] of buckets.entries()) {
    if (index % 2 === 0) pairs.push({ ...bucket });
    else addTo(pairs[(index - 1) / 2], bucket);
  }
  return { bucketMs: bucketMs * 2, buckets: pairs };
}

/** The work of several actors as one series, in buckets of the longest length among them. */
export function together(all: readonly Buckets[]): Buckets {
  const bucketMs = Math.max(...all.map((series) => series.bucketMs));
  const buckets: Bucket[] = [];
  for (const series of all) {
    let fitting = series;
    while (fitting.bucketMs < bucketMs) fitting = coarser(fitting);
    for (const [index, bucket] of fitting.buckets.entries()) {
      buckets[index] ??= emptyBucket();
      addTo(buckets[index], bucket);
    }
  }
  return { bucketMs, buckets };
}

/** Seconds that each bucket covers: the last one ends with the work. */
function coveredSeconds({ bucketMs, buckets }: Buckets, endMs: number, index: number): number {
  const isLast = index === buckets.length - 1;
  const coveredMs = isLast ? Math.max(1, endMs - index * bucketMs) : bucketMs;
  return coveredMs / MS_PER_SECOND;
}

function pointsOf(series: Buckets, amountOf: (bucket: Bucket, index: number) => number): Point[] {
  const seconds = series.bucketMs / MS_PER_SECOND;
  return series.buckets.map((bucket, index) => ({
    time_s: index * seconds,
    value: amountOf(bucket, index),
  }));
}

/** Megabytes of payload per second; `endMs` is when the work was over. */
export function megabytesPerSecond(series: Buckets, endMs: number): Point[] {
  return pointsOf(
    series,
    ({ bytes }, index) => bytes / BYTES_PER_MB / coveredSeconds(series, endMs, index),
  );
}

/** Messages per second; `endMs` is when the work was over. */
export function messagesPerSecond(series: Buckets, endMs: number): Point[] {
  return pointsOf(series, ({ messages }, index) => messages / coveredSeconds(series, endMs, index));
}

/** Mean latency of the batches of each bucket, in milliseconds; without the empty ones. */
export function meanLatencies(series: Buckets): Point[] {
  const points = pointsOf(series, ({ latencyMs, batches }) => latencyMs / batches);
  return points.filter(({ value }) => Number.isFinite(value));
}

/** Each point as the mean of itself and those before it, `window` of them where there are. */
export function movingAverage(points: readonly Point[], window: number): Point[] {
  let total = 0;
  return points.map(({ time_s, value }, index) => {
    total += value;
    if (index >= window) total -= points[index - window].value;
    return { time_s, value: total / Math.min(index + 1, window) };
  });
}
