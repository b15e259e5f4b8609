import type { RecordableHistogram } from 'node:perf_hooks';
import { benchBucketsMax, benchSamplesMax } from '../wire/limits.ts';
import type { Batch } from './driver.ts';
import { LatencyHistogram } from './histogram.ts';
import { Samples } from './samples.ts';
import { type Buckets, TimeSeries } from './time-series.ts';

/** What an actor has done in the measured time. */
export interface Totals {
  readonly batches: number;
  readonly messages: number;
  readonly payloadBytes: number;
  readonly totalBytes: number;
  /** When its last batch was done. */
  readonly endMs: number;
}

/** Everything that was measured of one actor. */
export interface Recording {
  /** Its number in the plan. */
  readonly index: number;
  readonly totals: Totals;
  /** Latencies in ms, ascending. */
  readonly latencies: Float64Array;
  readonly series: Buckets;
  readonly raw: RecordableHistogram;
  readonly corrected: RecordableHistogram | null;
}

/** Notes what one actor does. */
export class Recorder {
  readonly #samples = new Samples(benchSamplesMax);
  readonly #series: TimeSeries;
  readonly #histogram: LatencyHistogram;
  #batches = 0;
  #messages = 0;
  #payloadBytes = 0;
  #totalBytes = 0;
  #endMs = 0;

  /** `intervalMs` is the time between batches where a rate limit sets one. */
  constructor(samplingMs: number, intervalMs: number | null) {
    this.#series = new TimeSeries(samplingMs, benchBucketsMax);
    this.#histogram = new LatencyHistogram(intervalMs);
  }

  /** `latencyMs` is null for work whose time is measured later, by who reads it. */
  record(atMs: number, latencyMs: number | null, batch: Batch): void {
    this.#batches += 1;
    this.#messages += batch.messages;
    this.#payloadBytes += batch.payloadBytes;
    this.#totalBytes += batch.totalBytes;
    this.#endMs = atMs;
    this.#series.add(atMs, latencyMs, batch.messages, batch.payloadBytes);
    if (latencyMs === null) return;
    this.#samples.add(latencyMs);
    this.#histogram.record(latencyMs);
  }

  get messages(): number {
    return this.#messages;
  }

  finish(index: number): Recording {
    return {
      index,
      totals: {
        batches: this.#batches,
        messages: this.#messages,
        payloadBytes: this.#payloadBytes,
        totalBytes: this.#totalBytes,
        endMs: this.#endMs,
      },
      latencies: this.#samples.sorted(),
      series: this.#series.finish(),
      raw: this.#histogram.raw,
      corrected: this.#histogram.corrected,
    };
  }
}
