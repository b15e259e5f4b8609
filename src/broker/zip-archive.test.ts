import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { unzipSync } from 'fflate';
import {
  type SnapshotCompression,
  snapshotCompressions,
} from '../wire/classic/commands/get-snapshot.ts';
import { zipArchive } from './zip-archive.ts';

const ZSTANDARD = 93;
const DEFLATE = 8;
const { zstdDecompressSync } = zlib as typeof zlib & {
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Buffer;
};

const entries = [
  { name: 'first.txt', content: 'aäa'.repeat(1000) },
  { name: 'empty.txt', content: '' },
];

/** Number of the compression that each entry names, as it stands in the archive's directory. */
function methodsIn(archive: Buffer): number[] {
  const methods: number[] = [];
  for (
    let at = archive.indexOf('PK\x01\x02');
    at >= 0;
    at = archive.indexOf('PK\x01\x02', at + 4)
  ) {
    methods.push(archive.readUInt16LE(at + 10));
  }
  return methods;
}

async function archiveOf(compression: SnapshotCompression): Promise<Buffer> {
  return zipArchive(entries, compression);
}

test('stored entries stand there as they are', async () => {
  const archive = await archiveOf('stored');
  assert.deepEqual(methodsIn(archive), [0, 0]);
  assert.ok(archive.includes(entries[0].content));
});

test('what is deflated, or cannot be compressed as asked, comes out as it went in', async () => {
  for (const compression of ['deflated', 'bzip2', 'lzma', 'xz'] as const) {
    const archive = await archiveOf(compression);
    assert.deepEqual(methodsIn(archive), [DEFLATE, DEFLATE], compression);
    assert.ok(archive.byteLength < entries[0].content.length / 2);
    const files = unzipSync(archive);
    for (const { name, content } of entries) {
      assert.equal(Buffer.from(files[name]).toString(), content, `${compression}: ${name}`);
    }
  }
});

test('Zstandard is used where Node.js has it', async () => {
  const archive = await archiveOf('zstd');
  const method = zstdDecompressSync === undefined ? DEFLATE : ZSTANDARD;
  assert.deepEqual(methodsIn(archive), [method, method]);
  if (zstdDecompressSync === undefined) return;
  const frame = archive.subarray(archive.indexOf('first.txt') + 'first.txt'.length);
  const end = frame.indexOf('PK\x07\x08');
  assert.equal(zstdDecompressSync(frame.subarray(0, end)).toString(), entries[0].content);
});

test('every compression of the protocol makes an archive, also one without files', async () => {
  for (const compression of Object.keys(snapshotCompressions) as SnapshotCompression[]) {
    const archive = await zipArchive([], compression);
    assert.deepEqual(unzipSync(archive), {}, compression);
  }
});
