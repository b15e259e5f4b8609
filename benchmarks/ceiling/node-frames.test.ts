import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  batchRequest,
  createStreamRequest,
  createTopicRequest,
  deleteStreamRequest,
  loginRequest,
  pollRequest,
} from './node-frames.ts';

const NAME = '076365696c696e67';

test('control requests have the bytes of the protocol', () => {
  const expected: [Buffer, string][] = [
    [loginRequest(), '16000000 26000000 0469676779 0469676779 00000000 00000000'],
    [createStreamRequest(), `0c000000 ca000000 ${NAME}`],
    [deleteStreamRequest(), `0d000000 cb000000 02${NAME}`],
    [
      createTopicRequest(4),
      `2b000000 2e010000 02${NAME} 04000000 01 ffffffffffffffff ffffffffffffffff 01 ${NAME}`,
    ],
    [
      pollRequest(2, 3000, 1000),
      `30000000 64000000 01 010403000000 02${NAME} 02${NAME} ` +
        '01 02000000 01 b80b000000000000 e8030000 00',
    ],
  ];
  for (const [frame, hex] of expected) assert.equal(frame.toString('hex'), hex.replaceAll(' ', ''));
});

test('a batch holds a thousand messages behind a thousand index entries', () => {
  const frame = batchRequest(3);
  const messages = 8 + 4 + 28 + 16_000;
  assert.equal(frame.length, messages + 1_064_000);
  assert.equal(frame.readUInt32LE(0), frame.length - 4);
  assert.equal(
    frame.subarray(4, 40).toString('hex'),
    `65000000 1c000000 02${NAME} 02${NAME} 0204 03000000 e8030000`.replaceAll(' ', ''),
  );
  const ends = Array.from({ length: 1000 }, (_, number) => frame.readUInt32LE(44 + 16 * number));
  assert.equal(ends[0], 1064);
  assert.equal(ends[999], 1_064_000);
  const ids = ends.map((end) => frame.readUInt32LE(messages + end - 1064 + 8));
  assert.deepEqual([ids[0], ids[999], new Set(ids).size], [1, 1000, 1000]);
  assert.equal(frame.readUInt32LE(messages + 52), 1000);
});
