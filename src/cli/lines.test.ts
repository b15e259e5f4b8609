import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineGroups } from './lines.ts';

async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function groupsOf(...texts: string[]): Promise<string[][]> {
  const groups: string[][] = [];
  for await (const lines of lineGroups(stream(texts.map((text) => Buffer.from(text))))) {
    groups.push(lines.map(String));
  }
  return groups;
}

test('lines come in the groups in which they arrive', async () => {
  assert.deepEqual(await groupsOf('a\nb\nc', 'd\n', 'e'), [['a', 'b'], ['cd'], [], ['e']]);
});

test('line ends of both kinds are cut off, empty lines left out', async () => {
  assert.deepEqual(await groupsOf('a\r\n\r\n\nb\r', '\n'), [['a'], ['b']]);
  assert.deepEqual(await groupsOf(''), [[]]);
});

test('no byte of a line is lost or changed, however the input is cut', async () => {
  const line = fc.uint8Array({ minLength: 1, maxLength: 20 }).filter((bytes) => {
    return !bytes.includes(0x0a) && bytes.at(-1) !== 0x0d;
  });
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat({ max: 200 })), async (lines, cuts) => {
      const input = Buffer.concat(lines.flatMap((bytes) => [bytes, Buffer.from('\n')]));
      const bounds = [0, ...cuts, input.byteLength]
        .map((cut) => Math.min(cut, input.byteLength))
        .sort((a, b) => a - b);
      const chunks = bounds.slice(1).map((end, index) => input.subarray(bounds[index], end));
      const found: Buffer[] = [];
      for await (const group of lineGroups(stream(chunks))) found.push(...group);
      assert.deepEqual(
        found,
        lines.map((bytes) => Buffer.from(bytes)),
      );
    }),
  );
});
