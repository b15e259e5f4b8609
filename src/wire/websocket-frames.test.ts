import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHead, FrameHead, opcode, sentHeadBytesMax, writeHead } from './websocket-frames.ts';

const key = Buffer.from([1, 2, 3, 0x84]);
const sizes = [0, 125, 126, 0xffff, 0x1_0000, 2 ** 32 - 1];

function unmasked(kind: number, bytes: number): Buffer {
  const head = Buffer.alloc(sentHeadBytesMax);
  return head.subarray(0, writeHead(head, 0, kind, bytes));
}

test('a head says what was written, however it is cut, and the next one begins behind it', () => {
  for (const cut of [1, 2, 3, 5, 14]) {
    const head = new FrameHead();
    for (const bytes of sizes) {
      for (const isMasked of [true, false]) {
        const written = isMasked
          ? clientHead(opcode.binary, bytes, key)
          : unmasked(opcode.binary, bytes);
        const chunk = Buffer.concat([Buffer.from('before'), written, Buffer.from('behind')]);
        let at = 6;
        do at += head.take(chunk, at, Math.min(at + cut, chunk.byteLength));
        while (!head.isComplete);
        assert.equal(at, 6 + written.byteLength);
        assert.deepEqual([head.payloadBytes, head.isMasked], [bytes, isMasked]);
        assert.equal(head.key, isMasked ? key.readInt32LE(0) : 0);
      }
    }
  }
});

test('the bits of the first byte are told apart', () => {
  for (const [first, kind, isControl, isFinal, usesReservedBits] of [
    [0x02, opcode.binary, false, false, false],
    [0x80, opcode.continuation, false, true, false],
    [0x89, opcode.ping, true, true, false],
    [0x48, opcode.close, true, false, true],
  ] as const) {
    const head = new FrameHead();
    assert.equal(head.take(Buffer.from([first, 0]), 0, 2), 2);
    assert.deepEqual(
      [head.kind, head.isControl, head.isFinal, head.usesReservedBits],
      [kind, isControl, isFinal, usesReservedBits],
    );
  }
});
