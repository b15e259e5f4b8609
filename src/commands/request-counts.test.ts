import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ping } from '../wire/classic/commands/ping.ts';
import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { RequestCounts } from './request-counts.ts';

test('requests count by the name of their command, failures by status', () => {
  const counts = new RequestCounts();
  assert.deepEqual([counts.byCommand(), counts.byStatus()], [[], []]);
  for (const code of [ping.code, sendMessages.code, sendMessages.code, 999, 2 ** 32 - 1, 0]) {
    counts.begin(code);
  }
  for (const status of [3, 3, 40]) counts.fail(status);
  assert.deepEqual(counts.byCommand(), [
    { labels: { command: 'unknown' }, value: 3 },
    { labels: { command: ping.name }, value: 1 },
    { labels: { command: sendMessages.name }, value: 2 },
  ]);
  assert.deepEqual(counts.byStatus(), [
    { labels: { status: 3 }, value: 2 },
    { labels: { status: 40 }, value: 1 },
  ]);
});
