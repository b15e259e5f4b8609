import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupOffsetsCountedMax } from '../wire/limits.ts';
import { createGroupOffsets, GroupOffsetsWriter, readGroupOffsets } from './group-offsets.ts';

test('what groups store is told until it is deleted, and slots are used again', () => {
  const memory = createGroupOffsets();
  const writer = new GroupOffsetsWriter(memory);
  const told = () => [...readGroupOffsets(memory)].map((entry) => Object.values(entry));
  assert.deepEqual(told(), []);
  writer.set(4, 0, 10);
  writer.set(4, 1, 20);
  writer.set(4, 0, 11);
  assert.deepEqual(told(), [
    [4, 0, 11],
    [4, 1, 20],
  ]);
  writer.delete(4, 0);
  writer.delete(9, 9);
  assert.deepEqual(told(), [[4, 1, 20]]);
  writer.set(6, 2, 0);
  assert.deepEqual(told(), [
    [6, 2, 0],
    [4, 1, 20],
  ]);
  assert.deepEqual([...readGroupOffsets(createGroupOffsets())], []);
});

test('a new worker begins with none, and offsets without a slot are not told', () => {
  const memory = createGroupOffsets();
  const first = new GroupOffsetsWriter(memory);
  for (let handle = 0; handle <= groupOffsetsCountedMax; handle++) first.set(handle, 1, handle);
  assert.equal([...readGroupOffsets(memory)].length, groupOffsetsCountedMax);
  const second = new GroupOffsetsWriter(memory);
  assert.deepEqual([...readGroupOffsets(memory)], []);
  second.set(1, 2, 3);
  assert.deepEqual([...readGroupOffsets(memory)], [{ handle: 1, groupId: 2, offset: 3 }]);
});
