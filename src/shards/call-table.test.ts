import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallTable } from './call-table.ts';
import type { ShardCall } from './shard-call.ts';

const call: ShardCall = { onShardAnswer() {}, onShardLost() {} };

test('a frame that was given back before its send was answered is not given back again', () => {
  const calls = new CallTable();
  const [first, second] = [calls.add(call), calls.add(call)];
  calls.setFrame(first, 64, false);
  calls.setFrame(second, 128, false);
  calls.forgetFrame(64);
  assert.ok(calls.frameOf(first) < 0);
  assert.deepEqual([...calls.frames()], [128]);
});

test('the frame of a send that was answered is no frame of another one', () => {
  const calls = new CallTable();
  const answered = calls.add(call);
  calls.setFrame(answered, 64, false);
  calls.take(answered);
  assert.deepEqual([...calls.frames()], []);
  calls.forgetFrame(64);
  assert.equal(calls.frameOf(calls.add(call)), 0);
});

test('a large send is there until it is answered, or its shard is lost', () => {
  const calls = new CallTable();
  const [small, large] = [calls.add(call), calls.add(call)];
  calls.setFrame(small, 64, false);
  assert.equal(calls.hasLargeSend, false);
  calls.setFrame(large, 128, true);
  calls.take(small);
  assert.equal(calls.hasLargeSend, true);
  calls.take(large);
  assert.equal(calls.hasLargeSend, false);
  calls.setFrame(calls.add(call), 128, true);
  calls.takeAll();
  assert.equal(calls.hasLargeSend, false);
});

test('where sends go that wait is known until they are answered', () => {
  const calls = new CallTable();
  const [one, two, other] = [calls.add(call), calls.add(call), calls.add(call)];
  calls.setFrame(one, 64, false, 7);
  calls.setFrame(two, 128, true, 7);
  assert.deepEqual([calls.hasSendTo(7), calls.hasSendTo(0)], [true, false]);
  calls.take(one);
  calls.take(other);
  assert.equal(calls.hasSendTo(7), true);
  calls.forgetFrame(128);
  calls.take(two);
  assert.equal(calls.hasSendTo(7), false);
  calls.setFrame(calls.add(call), 64, false, 7);
  calls.takeAll();
  assert.equal(calls.hasSendTo(7), false);
});
