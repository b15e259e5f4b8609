import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Cipher } from '../encryption/cipher.ts';
import { nodeAsyncFileSystem } from '../files/node-file-system.ts';
import { CatalogLog, type CatalogOptions } from './catalog-log.ts';
import { CatalogDamage, EncryptionMismatch } from './record-file.ts';
import { checkSealedCatalog } from './stored-catalog.ts';

const cipher = new Cipher(Buffer.alloc(32, 1));
const other = new Cipher(Buffer.alloc(32, 2));
const NAME = 'a-name-that-nobody-should-see';

let dir: string;
let reports: string[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'veltro-catalog-'));
  reports = [];
});

afterEach(() => rmSync(dir, { recursive: true }));

function openLog(options: Partial<CatalogOptions> = {}): Promise<CatalogLog> {
  const report = (_: string, message: string) => reports.push(message);
  return CatalogLog.open(dir, { sync: false, report, cipher, ...options });
}

function path(name: string): string {
  return join(dir, 'catalog', name);
}

/** Opens the catalog, adds streams, closes it. */
async function write(count: number, options: Partial<CatalogOptions> = {}): Promise<void> {
  const log = await openLog(options);
  for (let i = 0; i < count; i++) {
    const id = log.state.streamIds.peek();
    await log.append({ type: 'stream.create', id, name: `${NAME}-${id}`, createdAt: id });
  }
  await log.close();
}

async function names(): Promise<string[]> {
  const log = await openLog();
  const found = log.state.streams.sorted().map(({ name }) => name);
  await log.close();
  return found;
}

const expected = (count: number) => Array.from({ length: count }, (_, id) => `${NAME}-${id}`);

describe('An encrypted catalog', () => {
  it('opens with its key to what it was, and shows no name', async () => {
    await write(3);
    assert.ok(!readFileSync(path('log'), 'latin1').includes(NAME));
    assert.deepEqual(await names(), expected(3));
    await write(2, { logRecordsMax: 4 });
    for (const name of ['log', 'snapshot']) {
      assert.ok(!readFileSync(path(name), 'latin1').includes(NAME), name);
    }
    assert.deepEqual(await names(), expected(5));
    await write(1);
    assert.deepEqual(await names(), expected(6));
  });

  it('is refused with another key, without one, and nothing is changed', async () => {
    await write(2);
    // Begun and never written to, or shortened: there is no record to try the key on.
    for (const logRecordsMax of [undefined, 1]) {
      await write(1, { logRecordsMax });
      const before = readFileSync(path('log'));
      for (const [wrong, reason] of [
        [other, /was encrypted with another key/],
        [undefined, /is encrypted, and system\.encryption is not enabled/],
      ] as const) {
        await assert.rejects(openLog({ cipher: wrong }), (error) => {
          assert.ok(error instanceof EncryptionMismatch);
          assert.match(error.message, reason);
          return error.needsKey === (wrong === undefined);
        });
      }
      assert.ok(readFileSync(path('log')).equals(before));
    }
    assert.deepEqual(await names(), expected(4));
  });

  it('knows its key before the first record', async () => {
    await write(0);
    await assert.rejects(openLog({ cipher: other }), /another key/);
  });

  it('is not what a catalog in clear becomes', async () => {
    await write(2, { cipher: undefined });
    const before = readFileSync(path('log'));
    await assert.rejects(openLog(), /is not encrypted.*begins with an empty data directory/);
    assert.ok(readFileSync(path('log')).equals(before));
  });

  it('loses a torn end, and with any other change it is damaged', async () => {
    await write(2);
    const two = readFileSync(path('log'));
    await write(1);
    const whole = readFileSync(path('log'));
    for (let length = two.byteLength + 1; length < whole.byteLength; length += 7) {
      writeFileSync(path('log'), whole.subarray(0, length));
      assert.deepEqual(await names(), expected(2), `${length} bytes`);
    }
    assert.ok(reports.every((report) => report.includes('torn end')));
    for (let at = 0; at < two.byteLength; at++) {
      const changed = Buffer.from(whole);
      changed[at] ^= 0x10;
      writeFileSync(path('log'), changed);
      await assert.rejects(openLog(), CatalogDamage, `byte ${at}`);
    }
  });

  it('can be checked without the key', async () => {
    await write(3, { logRecordsMax: 2 });
    assert.equal(await checkSealedCatalog(nodeAsyncFileSystem, dir), 0);
    const whole = readFileSync(path('log'));
    writeFileSync(path('log'), whole.subarray(0, -5));
    assert.ok((await checkSealedCatalog(nodeAsyncFileSystem, dir)) > 0);
    const snapshot = readFileSync(path('snapshot'));
    snapshot[100] ^= 1;
    writeFileSync(path('snapshot'), snapshot);
    await assert.rejects(checkSealedCatalog(nodeAsyncFileSystem, dir), CatalogDamage);
  });

  it('is damaged when a record is whole and of another key', async () => {
    await write(1);
    const first = readFileSync(path('log'));
    rmSync(path('log'));
    await write(1, { cipher: other });
    const foreign = readFileSync(path('log'));
    // Both begin with the same number of bytes.
    const HEADER_BYTES = 8 + 4 + 36 + 16;
    const mixed = Buffer.concat([first.subarray(0, HEADER_BYTES), foreign.subarray(HEADER_BYTES)]);
    writeFileSync(path('log'), mixed);
    await assert.rejects(openLog(), /byte 64: the record cannot be decrypted/);
  });
});
