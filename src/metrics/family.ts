import { type Latencies, latencyBounds } from '../shards/shard-counters.ts';

/** Names and values that tell the series of a family apart. */
export type Labels = Readonly<Record<string, string | number>>;

/** One line of the exposition. */
export interface Sample {
  /** Default: the name of the family. */
  readonly metricName?: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** All series of one name, read from where they are counted when somebody asks. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  collect(): Iterable<Sample>;
}

/** A figure that has one series. */
export function single(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  read: () => number,
): Family {
  return { type, name, help, collect: () => [{ value: read() }] };
}

/** The lines of a histogram for one set of labels: each bucket counts those below it as well. */
export function histogramSamples(name: string, labels: Labels, latencies: Latencies): Sample[] {
  const { buckets, count, sumSeconds } = latencies;
  let below = 0;
  const lines = buckets.map((times, index): Sample => {
    below += times;
    const le = index < latencyBounds.length ? latencyBounds[index] : '+Inf';
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  lines.push({ metricName: `${name}_sum`, labels, value: sumSeconds });
  lines.push({ metricName: `${name}_count`, labels, value: count });
  return lines;
}
