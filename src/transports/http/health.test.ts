import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Exchange } from '../../commands/exchange.ts';
import { WriteRefusals } from '../../commands/write-refusals.ts';
import type { ShardAnswer, ShardRelease } from '../../shards/shard-call.ts';
import type { ShardRouter } from '../../shards/shard-router.ts';
import { writeRefusalMs } from '../../wire/limits.ts';
import { STATUS_OK, status } from '../../wire/status.ts';
import { healthProblems } from './health.ts';

const places = new Map([[7, { streamId: 1, topicId: 2, partitionId: 3 }]]);

function routerOf(...isUp: readonly boolean[]): ShardRouter {
  const links = isUp.map((up, shard) => ({ shard, isUp: up }));
  return { links, placeOf: (handle: number) => places.get(handle) } as unknown as ShardRouter;
}

function refusals(): { refused: WriteRefusals; answer(handle: number, code: number): void } {
  const passedOn: number[] = [];
  const refused = new WriteRefusals((_exchange, { status: code }) => passedOn.push(code));
  const answer = (handle: number, code: number) => {
    const sent = { status: code } as ShardAnswer;
    refused.readSent({ handle } as Exchange, sent, {} as ShardRelease);
    assert.equal(passedOn.at(-1), code);
  };
  return { refused, answer };
}

test('the phase comes before everything else', () => {
  const { refused } = refusals();
  const codesIn = (phase: 'recovering' | 'draining' | 'serving') =>
    healthProblems(phase, routerOf(false), refused).map(({ code }) => code);
  assert.deepEqual(codesIn('recovering'), ['recovering']);
  assert.deepEqual(codesIn('draining'), ['draining']);
  assert.deepEqual(codesIn('serving'), ['shard_down']);
});

test('every shard that is down is named', () => {
  const problems = healthProblems('serving', routerOf(true, false, false), refusals().refused);
  assert.deepEqual(
    problems.map(({ reason }) => reason),
    ['Shard 1 is being replaced.', 'Shard 2 is being replaced.'],
  );
});

test('a partition that refuses writes is named until it takes one, or for a while', () => {
  const { refused, answer } = refusals();
  const reasons = () => healthProblems('serving', routerOf(true), refused).map((p) => p.reason);
  const named = 'Partition 3 of topic 2 of stream 1 refuses writes: CannotSaveMessagesToSegment.';
  answer(7, status.InvalidMessagesCount);
  answer(8, status.CannotSyncFile);
  assert.deepEqual(reasons(), []);
  answer(7, status.CannotSaveMessagesToSegment);
  assert.deepEqual(reasons(), [named]);
  answer(7, STATUS_OK);
  assert.deepEqual(reasons(), []);
  mock.timers.enable({ apis: ['Date'] });
  answer(7, status.CannotSaveMessagesToSegment);
  mock.timers.tick(writeRefusalMs);
  assert.deepEqual(reasons(), [named]);
  mock.timers.tick(1);
  assert.deepEqual(reasons(), []);
  mock.timers.reset();
});
