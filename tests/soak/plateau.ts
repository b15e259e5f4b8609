import assert from 'node:assert/strict';

/** So much of a series at its begin may be caches that fill and code that is compiled. */
const WARM_UP_SHARE = 1 / 3;
const SAMPLES_MIN = 6;

/** The middle of some numbers. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[sorted.length >> 1];
}

/**
 * How much a series has grown after it has warmed up: the median of its last third less that of the
 * third in front of it. A single high value changes nothing, a slow leak does.
 */
export function growthOf(samples: readonly number[]): number {
  assert.ok(samples.length >= SAMPLES_MIN, `${samples.length} rounds tell nothing`);
  const rest = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const half = rest.length >> 1;
  return medianOf(rest.slice(-half)) - medianOf(rest.slice(0, half));
}
