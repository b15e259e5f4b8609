import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '../wire/status.ts';
import { Turns } from './turns.ts';

/** Tasks that run until they are told to end. */
function tasks(turns: Turns, count: number) {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const runs = Array.from({ length: count }, (_, index) =>
    turns.run(() => {
      started.push(index);
      return new Promise<number>((resolve) => (ends[index] = () => resolve(index)));
    }),
  );
  return { started, ends, runs };
}

test('so many run at once, the others in their order when one has ended', async () => {
  const { started, ends, runs } = tasks(new Turns(2, 10), 5);
  await Promise.resolve();
  assert.deepEqual(started, [0, 1]);
  ends[1]();
  assert.equal(await runs[1], 1);
  ends[0]();
  assert.equal(await runs[0], 0);
  await Promise.resolve();
  assert.deepEqual(started, [0, 1, 2, 3]);
  for (const index of [2, 3]) ends[index]();
  await Promise.all([runs[2], runs[3]]);
  ends[4]();
  assert.equal(await runs[4], 4);
});

test('a task that fails makes room as well', async () => {
  const turns = new Turns(1, 1);
  const failing = turns.run(() => Promise.reject(new Error('no')));
  const next = turns.run(async () => 'next');
  await assert.rejects(failing, /no/);
  assert.equal(await next, 'next');
  assert.equal(await turns.run(async () => 'last'), 'last');
});

test('who comes when enough wait already is turned away at once', async () => {
  const turns = new Turns(1, 2);
  const { ends, runs } = tasks(turns, 3);
  await assert.rejects(
    turns.run(async () => {}),
    { code: status.Disconnected },
  );
  for (const index of [0, 1, 2]) {
    await new Promise(setImmediate);
    ends[index]();
    await runs[index];
  }
  await turns.run(async () => {});
});
