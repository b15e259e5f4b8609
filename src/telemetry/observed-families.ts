import type { Meter } from '@opentelemetry/api';
import type { Family, Sample } from '../metrics/family.ts';

/**
 * Shows families of metrics to a meter, which reads them when it exports: what is counted for
 * Prometheus is counted once. A histogram is there as its count and its sum, because a meter has
 * none that is read.
 */
export function observeFamilies(meter: Meter, families: readonly Family[]): void {
  for (const family of families) {
    if (family.type === 'histogram') observeHistogram(meter, family);
    else observe(meter, family, observedName(family.name), (samples) => samples);
  }
}

/** `veltro_sent_bytes_total` is `veltro.sent_bytes`: the kind of the metric says the rest. */
function observedName(name: string): string {
  return name.replace(/_total$/, '').replace('_', '.');
}

function observeHistogram(meter: Meter, family: Family): void {
  const base = observedName(family.name);
  for (const part of ['count', 'sum'] as const) {
    const line = `${family.name}_${part}`;
    const head = { ...family, type: 'counter' } as const;
    observe(meter, head, `${base}.${part}`, (samples) =>
      samples.filter(({ metricName }) => metricName === line),
    );
  }
}

function observe(
  meter: Meter,
  { type, help: description, collect }: Family,
  name: string,
  choose: (samples: readonly Sample[]) => readonly Sample[],
): void {
  const instrument =
    type === 'counter'
      ? meter.createObservableCounter(name, { description })
      : meter.createObservableGauge(name, { description });
  instrument.addCallback((result) => {
    for (const { value, labels } of choose([...collect()])) result.observe(value, labels);
  });
}
