import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Cipher } from '../encryption/cipher.ts';
import { nodeAsyncFileSystem as system } from '../files/node-file-system.ts';
import { CatalogLog } from './catalog-log.ts';
import { CatalogDamage, EncryptionMismatch, readRecords } from './record-file.ts';
import { cutLogDamage, findLogDamage } from './repair.ts';

const key = new Cipher(Buffer.alloc(32, 1));
const STREAMS = 5;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'veltro-repair-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

function path(name: string): string {
  return join(dir, 'catalog', name);
}

function open(cipher?: Cipher, logRecordsMax?: number): Promise<CatalogLog> {
  return CatalogLog.open(dir, { sync: false, report: () => {}, cipher, logRecordsMax });
}

/** Adds streams; returns the bytes of the log. */
async function write(count: number, cipher?: Cipher, logRecordsMax?: number): Promise<Buffer> {
  const log = await open(cipher, logRecordsMax);
  for (let i = 0; i < count; i++) {
    const id = log.state.streamIds.peek();
    await log.append({ type: 'stream.create', id, name: `stream-${id}`, createdAt: 1 });
  }
  await log.close();
  return readFileSync(path('log'));
}

async function names(cipher?: Cipher): Promise<string[]> {
  const log = await open(cipher);
  const found = log.state.streams.sorted().map(({ name }) => name);
  await log.close();
  return found;
}

const firstNames = (count: number) => Array.from({ length: count }, (_, id) => `stream-${id}`);

function flip(name: string, at: number): Buffer {
  const bytes = readFileSync(path(name));
  bytes[at] ^= 4;
  writeFileSync(path(name), bytes);
  return bytes;
}

for (const [kind, cipher] of [
  ['clear', undefined],
  ['encrypted', key],
] as const) {
  describe(`Repairing a catalog in ${kind === 'clear' ? 'clear' : 'encrypted form'}`, () => {
    it('keeps the records in front of any wrong byte, and the damaged log beside them', async () => {
      const whole = await write(STREAMS, cipher);
      const { records } = readRecords('log', whole, cipher);
      for (let at = records[0].position; at < records[STREAMS - 1].position; at += 7) {
        writeFileSync(path('log'), whole);
        const bad = flip('log', at);
        const kept = records.findLastIndex(({ position }) => position <= at);
        const damage = (await findLogDamage(system, dir, cipher))!;
        assert.equal(damage.position, records[kept].position);
        assert.deepEqual([damage.recordsKept, damage.recordsBehind], [kept, STREAMS - 1 - kept]);
        assert.deepEqual(readFileSync(path('log')), bad, 'looking changes nothing');
        const aside = await cutLogDamage(system, dir, damage);
        assert.deepEqual(readFileSync(aside), bad);
        assert.deepEqual(await names(cipher), firstNames(kept));
        rmSync(aside);
      }
    });

    it('finds nothing in a sound one, also with a torn end', async () => {
      const whole = await write(STREAMS, cipher);
      assert.equal(await findLogDamage(system, dir, cipher), undefined);
      writeFileSync(path('log'), whole.subarray(0, whole.byteLength - 3));
      assert.equal(await findLogDamage(system, dir, cipher), undefined);
    });

    it('goes on from a snapshot', async () => {
      await write(4, cipher, 4);
      const whole = await write(3, cipher);
      flip('log', readRecords('log', whole, cipher).records[1].position + 30);
      const damage = (await findLogDamage(system, dir, cipher))!;
      await cutLogDamage(system, dir, damage);
      assert.deepEqual(await names(cipher), firstNames(5));
      await write(1, cipher);
      assert.deepEqual(await names(cipher), firstNames(6));
    });

    it('has no help for a damaged snapshot, header, or a log that is gone', async () => {
      await write(4, cipher, 4);
      const whole = await write(3, cipher);
      const snapshot = readFileSync(path('snapshot'));
      const before = readdirSync(path(''));
      flip('snapshot', 100);
      await assert.rejects(findLogDamage(system, dir, cipher), CatalogDamage);
      writeFileSync(path('snapshot'), snapshot);
      for (const at of cipher === undefined ? [0, 8] : [0, 8, 12, 60]) {
        writeFileSync(path('log'), whole);
        flip('log', at);
        await assert.rejects(findLogDamage(system, dir, cipher), CatalogDamage, `byte ${at}`);
      }
      rmSync(path('log'));
      await assert.rejects(findLogDamage(system, dir, cipher), /it is gone/);
      writeFileSync(path('log'), whole);
      assert.deepEqual(readdirSync(path('')), before);
    });
  });
}

describe('Repairing an encrypted catalog', () => {
  it('is refused without its key', async () => {
    await write(STREAMS, key);
    flip('log', 200);
    await assert.rejects(findLogDamage(system, dir), EncryptionMismatch);
    await assert.rejects(
      findLogDamage(system, dir, new Cipher(Buffer.alloc(32, 2))),
      EncryptionMismatch,
    );
  });
});
