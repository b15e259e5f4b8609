import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LatencyHistogram, merged, percentileCurve, percentileMs } from './histogram.ts';

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) <= expected * 0.001, `${found}, not ${expected}`);

test('percentiles are exact to a thousandth', () => {
  const histogram = new LatencyHistogram(null);
  for (let ms = 1; ms <= 1000; ms += 1) histogram.record(ms);
  near(percentileMs(histogram.raw, 50), 500);
  near(percentileMs(histogram.raw, 99.9), 999);
  assert.equal(histogram.corrected, null);
});

test('a slow answer counts for what it kept from being sent', () => {
  const histogram = new LatencyHistogram(10);
  for (let count = 0; count < 100; count += 1) histogram.record(1);
  histogram.record(1000);
  assert.equal(histogram.raw.count, 101);
  assert.equal(histogram.corrected!.count, 200);
  near(percentileMs(histogram.raw, 95), 1);
  near(percentileMs(histogram.corrected!, 75), 500);
});

test('histograms are put together, and the curve rises to the greatest value', () => {
  const [one, two] = [new LatencyHistogram(null), new LatencyHistogram(null)];
  for (let ms = 1; ms <= 100; ms += 1) (ms % 2 === 0 ? one : two).record(ms);
  const curve = percentileCurve(merged([one.raw, two.raw, new LatencyHistogram(null).raw]));
  assert.deepEqual(
    curve.map(({ latency_ms }) => latency_ms),
    curve.map(({ latency_ms }) => latency_ms).sort((left, right) => left - right),
  );
  near(curve.at(-1)!.latency_ms, 100);
  assert.equal(curve.at(-1)!.percentile, 100);
  assert.deepEqual(percentileCurve(merged([])), []);
});
