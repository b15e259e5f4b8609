import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from './call.ts';
import { CallTurns } from './call-turns.ts';

function call(command: string): Call {
  return new Call(command, Buffer.alloc(0), false, 0);
}

test('a call waits for the answer of the one before, and nobody for a poll', () => {
  const turns = new CallTurns();
  const [first, poll, second] = [call('message.send'), call('message.poll'), call('stream.list')];
  for (const added of [first, poll, second]) turns.add(added);
  assert.equal(turns.next(), first);
  assert.equal(turns.next(), undefined);
  turns.end(first);
  assert.equal(turns.next(), poll);
  assert.equal(turns.next(), second);
  turns.end(poll);
  turns.add(first);
  assert.equal(turns.next(), undefined);
  assert.deepEqual(turns.drain(), [first]);
});
