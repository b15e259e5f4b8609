import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  meanLatencies,
  megabytesPerSecond,
  messagesPerSecond,
  movingAverage,
  TimeSeries,
  together,
} from './time-series.ts';

const values = (points: readonly { value: number }[]) => points.map(({ value }) => value);

test('work is counted in the bucket of its time, and empty buckets are zero', () => {
  const series = new TimeSeries(10, 1000);
  series.add(0, 2, 100, 1_000_000);
  series.add(9.99, 4, 100, 1_000_000);
  series.add(25, 6, 50, 500_000);
  const found = series.finish();
  assert.deepEqual(values(megabytesPerSecond(found, 30)), [200, 0, 50]);
  assert.deepEqual(values(messagesPerSecond(found, 30)), [20_000, 0, 5000]);
  assert.deepEqual(meanLatencies(found), [
    { time_s: 0, value: 3 },
    { time_s: 0.02, value: 6 },
  ]);
});

test('the last bucket ends with the work', () => {
  const series = new TimeSeries(10, 1000);
  series.add(4, 1, 10, 1_000_000);
  assert.deepEqual(values(megabytesPerSecond(series.finish(), 5)), [200]);
});

test('a long run gets longer buckets and loses nothing', () => {
  const series = new TimeSeries(10, 4);
  for (let ms = 0; ms < 200; ms += 10) series.add(ms, 1, 1, 1);
  const { bucketMs, buckets } = series.finish();
  assert.equal(bucketMs, 80);
  assert.deepEqual(
    buckets.map(({ messages }) => messages),
    [8, 8, 4],
  );
});

test('series of different buckets are added up', () => {
  const [fine, coarse] = [new TimeSeries(10, 1000), new TimeSeries(20, 1000)];
  fine.add(5, 1, 1, 10);
  fine.add(15, 3, 1, 10);
  fine.add(45, 5, 1, 10);
  coarse.add(39, 8, 2, 20);
  const { bucketMs, buckets } = together([fine.finish(), coarse.finish()]);
  assert.equal(bucketMs, 20);
  assert.deepEqual(
    buckets.map(({ bytes }) => bytes),
    [20, 20, 10],
  );
  assert.deepEqual(values(meanLatencies({ bucketMs, buckets })), [2, 8, 5]);
});

test('a moving average looks back over its window only', () => {
  const points = [3, 6, 9, 12].map((value, time_s) => ({ time_s, value }));
  assert.deepEqual(values(movingAverage(points, 2)), [3, 4.5, 7.5, 10.5]);
  assert.deepEqual(values(movingAverage(points, 1)), [3, 6, 9, 12]);
  assert.deepEqual(movingAverage(points, 100)[3], { time_s: 3, value: 7.5 });
});
