import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameBytesMax } from '../wire/limits.ts';
import { StreamAnswer } from './stream-answer.ts';

function response(code: number, payload: Buffer, length = payload.byteLength): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(code, 0);
  header.writeUInt32LE(length, 4);
  return Buffer.concat([header, payload]);
}

/** Fills an answer with pieces of at most so many bytes. */
function filled(bytes: Buffer, piece: number): StreamAnswer {
  const answer = new StreamAnswer();
  let at = 0;
  while (at < bytes.byteLength && answer.target.byteLength > 0) {
    const { target } = answer;
    const count = Math.min(piece, target.byteLength, bytes.byteLength - at);
    bytes.copy(target, 0, at, at + count);
    answer.fill(count);
    at += count;
  }
  return answer;
}

test('a response is complete with its last byte, however it is cut', () => {
  for (const payload of [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(70_000, 3)]) {
    const bytes = response(5, payload);
    for (const piece of [1, 3, 8, 9, 1 << 20]) {
      const answer = filled(bytes, piece);
      assert.ok(answer.isComplete && !answer.isTooLong);
      assert.deepEqual([answer.code, answer.payload.equals(payload)], [5, true]);
      assert.equal(filled(bytes.subarray(0, -1), piece).isComplete, false);
    }
  }
});

test('a response that announces too much gets no memory', () => {
  const answer = filled(response(0, Buffer.from('x'), frameBytesMax + 1), 9);
  assert.ok(answer.isTooLong && !answer.isComplete);
  assert.equal(answer.target.byteLength, 0);
  assert.equal(answer.length, frameBytesMax + 1);
});
