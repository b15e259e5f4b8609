import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recentLogBytesMax } from '../wire/limits.ts';
import { RecentLines } from './recent-lines.ts';

test('the oldest lines make way when there are too many bytes', () => {
  const recent = new RecentLines();
  const half = 'é'.repeat(recentLogBytesMax / 4);
  for (const line of ['first', half, half]) recent.add(line);
  assert.deepEqual(recent.lines, [half, half]);
  recent.add('last');
  assert.deepEqual(recent.lines, [half, 'last']);
});

test('a line that is too long for itself leaves nothing', () => {
  const recent = new RecentLines();
  recent.add('x'.repeat(recentLogBytesMax + 1));
  assert.deepEqual(recent.lines, []);
  recent.add('next');
  assert.deepEqual(recent.lines, ['next']);
});
