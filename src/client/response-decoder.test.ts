import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clientReadBytes, frameBytesMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { ResponseDecoder } from './response-decoder.ts';

type Response = readonly [code: number, payload: string];

function frameOf(code: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(code, 0);
  header.writeUInt32LE(payload.byteLength, 4);
  return Buffer.concat([header, payload]);
}

function collecting(): [ResponseDecoder, Response[]] {
  const responses: Response[] = [];
  const decoder = new ResponseDecoder((code, payload) => {
    responses.push([code, payload.toString('hex')]);
  });
  return [decoder, responses];
}

const responsesInPieces = fc.tuple(
  fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 40 })), { minLength: 1, maxLength: 8 }),
  fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
);

test('responses are the same however their bytes are cut', () => {
  fc.assert(
    fc.property(responsesInPieces, ([sent, pieces]) => {
      const [decoder, received] = collecting();
      const bytes = Buffer.concat(sent.map(([code, payload]) => frameOf(code, payload)));
      for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
        const end = start + pieces[turn % pieces.length];
        decoder.push(bytes.subarray(start, end));
        start = end;
      }
      assert.deepEqual(
        received,
        sent.map(([code, payload]) => [code, Buffer.from(payload).toString('hex')]),
      );
    }),
  );
});

test('the bytes of a chunk may be reused at once', () => {
  const payloads: Buffer[] = [];
  const decoder = new ResponseDecoder((_, payload) => payloads.push(payload));
  const chunk = frameOf(0, Buffer.from('kept'));
  decoder.push(chunk);
  chunk.fill(0);
  assert.equal(payloads[0].toString(), 'kept');
});

test('the rest of a large payload is received in place', () => {
  const payloads: Buffer[] = [];
  const decoder = new ResponseDecoder((_, payload) => payloads.push(payload));
  const content = Buffer.alloc(3 * clientReadBytes, 'ab');
  decoder.push(frameOf(0, content).subarray(0, 8 + 10));
  for (let start = 10; start < content.length; ) {
    const target = decoder.receiveBuffer();
    const length = content.copy(target, 0, start, start + clientReadBytes - 1);
    decoder.push(target.subarray(0, length));
    start += length;
  }
  assert.ok(payloads[0].equals(content));
});

test('a length that no broker answers is refused before it is allocated', () => {
  const [decoder] = collecting();
  const header = Buffer.alloc(8);
  header.writeUInt32LE(frameBytesMax + 1, 4);
  assert.throws(() => decoder.push(header), { code: status.InvalidBytesResponse });
});
