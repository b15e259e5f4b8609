import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveHeartbeatMs } from '../../../wire/limits.ts';
import type { CommandCall } from '../command-call.ts';
import { type ApiError, unavailable } from '../errors.ts';
import { type LiveSink, Subscription } from './subscription.ts';

const request = {
  streamId: 1,
  topicId: 1,
  consumer: { kind: 'consumer', id: 1 },
  partitionId: 0,
  strategy: { kind: 'first', value: 0n },
  count: 100,
  autoCommit: false,
} as const;

test('a poll that found nothing is a sign of life, and one that found something is given', async () => {
  const counts = [0, 7, 0];
  const waits: unknown[] = [];
  const told: string[] = [];
  const call = {
    session: { isOpen: true },
    endWaiting() {},
    async runRaw(_codec: unknown, { waitMs }: { waitMs: number }, read: (answer: object) => void) {
      waits.push(waitMs);
      if (counts.length === 1) subscription.end(unavailable('The broker stops.'));
      read({ messagesCount: counts.shift() });
    },
  } as unknown as CommandCall;
  const sink: LiveSink = {
    room: 5,
    whenReady: (callback) => callback(),
    give: ({ messagesCount }) => told.push(`${messagesCount} messages`),
    beat: () => told.push('beat'),
    end: async ({ message }: ApiError) => {
      told.push(message);
    },
  };
  const subscriber = { refusal: () => undefined, expiresInMs: 60_000 };
  const subscription = new Subscription(call, request, subscriber, sink);
  await subscription.run();
  assert.deepEqual(told, ['beat', '7 messages', 'The broker stops.']);
  assert.deepEqual(waits, [liveHeartbeatMs, liveHeartbeatMs, liveHeartbeatMs]);
});
