import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DataDirLocked, DataLock } from './data-lock.ts';

describe('DataLock', () => {
  let dataDir = '';
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'veltro-lock-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('is refused to a second holder, and free again after a release', async () => {
    const lock = await DataLock.take(dataDir);
    await assert.rejects(DataLock.take(dataDir), (error) => {
      assert.ok(error instanceof DataDirLocked);
      assert.match(
        error.message,
        new RegExp(`in use by the broker with process id ${process.pid}`),
      );
      return true;
    });
    lock.release();
    (await DataLock.take(dataDir)).release();
    assert.deepEqual(readdirSync(dataDir), []);
  });

  it('goes to exactly one of many who want it at once', async () => {
    const takers = Array.from({ length: 8 }, () => DataLock.take(dataDir));
    const outcomes = await Promise.allSettled(takers);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('counts for nothing when its process is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    writeFileSync(join(dataDir, 'veltro.lock'), JSON.stringify({ pid: child.pid, startTime: '1' }));
    (await DataLock.take(dataDir)).release();
  });

  it('counts for nothing when another process got the same id', async () => {
    const holder = { pid: process.pid, startTime: 'another time' };
    writeFileSync(join(dataDir, 'veltro.lock'), JSON.stringify(holder));
    (await DataLock.take(dataDir)).release();
  });

  it('counts for nothing when it cannot be read', async () => {
    writeFileSync(join(dataDir, 'veltro.lock'), 'torn');
    (await DataLock.take(dataDir)).release();
  });
});
