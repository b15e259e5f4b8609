import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiter } from './rate-limiter.ts';

test('work waits until its tokens have come', () => {
  let nowMs = 5000;
  const limiter = new RateLimiter(1_000_000, () => nowMs);
  assert.equal(limiter.spend(2000), 2);
  nowMs += 1;
  assert.equal(limiter.spend(3000), 4);
  nowMs += 4;
  assert.equal(limiter.spend(0), 0);
});

test('over time the rate is the one that was asked for, late timers or not', () => {
  let nowMs = 0;
  const limiter = new RateLimiter(10_000_000, () => nowMs);
  let bytes = 0;
  while (nowMs < 60_000) {
    bytes += 100_000;
    const waitMs = limiter.spend(100_000);
    if (waitMs > 0) nowMs += waitMs + 1.3;
  }
  assert.ok(Math.abs(bytes / 60 - 10_000_000) < 20_000, `${bytes / 60} bytes a second`);
});

test('a pause is not made up for later', () => {
  let nowMs = 0;
  const limiter = new RateLimiter(1_000_000, () => nowMs);
  nowMs = 3_600_000;
  assert.equal(limiter.spend(10_000), 0);
  assert.equal(limiter.spend(10_000), 10);
});
