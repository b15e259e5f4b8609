import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerSplitter } from './answer-splitter.ts';

function answer(code: number, payload: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(code, 0);
  header.writeUInt32LE(payload.length, 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

test('answers are found however the bytes arrive', () => {
  const bytes = Buffer.concat([
    answer(0, ''),
    answer(0, 'the head and what follows it'),
    answer(1009, ''),
    answer(0, 'tiny'),
  ]);
  for (let piece = 1; piece <= bytes.byteLength; piece += 1) {
    const found: unknown[] = [];
    const splitter = new AnswerSplitter(8, (code, length, head) =>
      found.push([code, length, String(head)]),
    );
    for (let start = 0; start < bytes.byteLength; start += piece) {
      splitter.push(bytes.subarray(start, start + piece));
    }
    assert.deepEqual(
      found,
      [
        [0, 0, ''],
        [0, 28, 'the head'],
        [1009, 0, ''],
        [0, 4, 'tiny'],
      ],
      `in pieces of ${piece}`,
    );
  }
});
