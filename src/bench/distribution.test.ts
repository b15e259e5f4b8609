import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyDistribution } from './distribution.ts';

test('fifty bins hold all but the far end, as density', () => {
  const sorted = Float64Array.from({ length: 1000 }, (_, index) => 1 + index / 100);
  const found = latencyDistribution(sorted)!;
  assert.equal(found.bins.length, 50);
  const width = found.bins[1].edge_ms - found.bins[0].edge_ms;
  const area = found.bins.reduce((total, { density }) => total + density * width, 0);
  assert.ok(Math.abs(area - 1) < 1e-9, String(area));
  assert.equal(found.bins[0].edge_ms, 1);
  assert.ok(Math.abs(found.percentiles.p50_ms - 5.995) < 1e-9);
});

test('what lies beyond one and a half times the 99th percentile is left out', () => {
  const sorted = new Float64Array(1000).map((_, index) => 1 + index / 1000);
  sorted[999] = 10_000;
  const { bins } = latencyDistribution(sorted)!;
  assert.ok(bins[49].edge_ms < 3, String(bins[49].edge_ms));
});

test('the log-normal parameters are those of the logarithms', () => {
  const sorted = new Float64Array([1, Math.E, Math.E ** 2]);
  const { mu, sigma } = latencyDistribution(sorted)!.log_normal_params;
  assert.ok(Math.abs(mu - 1) < 1e-12 && Math.abs(sigma - Math.sqrt(2 / 3)) < 1e-12);
});

test('nothing to spread has no distribution', () => {
  assert.equal(latencyDistribution(new Float64Array()), undefined);
});
