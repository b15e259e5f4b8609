import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnEnd } from './turn-end.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what came together in a turn is done once at its end, in order', async () => {
  const turnEnd = new TurnEnd();
  const done: string[] = [];
  turnEnd.add(() => done.push('first'));
  queueMicrotask(() => turnEnd.add(() => done.push('second')));
  await Promise.resolve();
  assert.deepEqual(done, []);
  await turn();
  assert.deepEqual(done, ['first', 'second']);
});

test('a task that is run early is not run again', async () => {
  const turnEnd = new TurnEnd();
  let runs = 0;
  turnEnd.add(() => runs++);
  turnEnd.run();
  await turn();
  assert.equal(runs, 1);
});

test('a turn with something to do is told of, and no other', () => {
  let turns = 0;
  const turnEnd = new TurnEnd(() => turns++);
  turnEnd.run();
  assert.equal(turns, 0);
  turnEnd.add(() => {});
  turnEnd.add(() => {});
  turnEnd.run();
  assert.equal(turns, 1);
});

test('what a task adds waits for the end of another turn', async () => {
  const turnEnd = new TurnEnd();
  const done: string[] = [];
  turnEnd.add(() => {
    done.push('task');
    turnEnd.add(() => done.push('added'));
  });
  turnEnd.run();
  assert.deepEqual(done, ['task']);
  turnEnd.run();
  assert.deepEqual(done, ['task', 'added']);
  turnEnd.run();
  assert.deepEqual(done, ['task', 'added']);
});
