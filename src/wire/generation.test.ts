import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ping } from './classic/commands/ping.ts';
import { encodeRequest } from './classic/frame.ts';
import { generationOf } from './generation.ts';

function vsrHeader(): Buffer {
  const header = Buffer.alloc(256);
  header.writeUInt32LE(256, 48);
  header[60] = 5;
  return header;
}

test('a request of the 0.9 line is told apart by its header', () => {
  assert.equal(generationOf(vsrHeader()), 'vsr');
  assert.equal(generationOf(vsrHeader().subarray(0, 64)), 'vsr');
});

test('whatever differs from that header is classic', () => {
  const changes: [offset: number, value: number][] = [
    [0, 4],
    [47, 1],
    [49, 0],
    [60, 8],
  ];
  for (const [offset, value] of changes) {
    const header = vsrHeader();
    header[offset] = value;
    assert.equal(generationOf(header), 'classic', `byte ${offset}`);
  }
  assert.equal(generationOf(vsrHeader().subarray(0, 63)), 'classic');
});

test('a classic request is classic, also in its smallest piece', () => {
  const frame = encodeRequest(ping, undefined);
  for (let bytes = 0; bytes <= frame.byteLength; bytes++) {
    assert.equal(generationOf(frame.subarray(0, bytes)), 'classic');
  }
});
