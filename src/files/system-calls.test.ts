import assert from 'node:assert/strict';
import { closeSync, fstatSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { loadSystemCalls, systemCalls } from './system-calls.ts';

const BLOCK_BYTES = 512;
const MIB = 1024 * 1024;
const noCalls = systemCalls() === undefined && 'the C library cannot be called here';

describe('system calls', () => {
  let dir: string;
  let fd: number;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'veltro-calls-'));
    fd = openSync(join(dir, 'file'), 'w+');
  });

  afterEach(() => {
    closeSync(fd);
    rmSync(dir, { recursive: true });
  });

  function size() {
    const { size, blocks } = fstatSync(fd);
    return { size, stored: blocks * BLOCK_BYTES };
  }

  it('keep blocks ready behind the end of a file, until it is cut', { skip: noCalls }, () => {
    systemCalls()!.preallocate(fd, 0, MIB);
    assert.equal(size().size, 0);
    assert.ok(size().stored >= MIB, 'the file system of temporary files keeps blocks ready');
    ftruncateSync(fd, 0);
    assert.deepEqual(size(), { size: 0, stored: 0 });
  });

  it('do nothing when the system refuses', { skip: noCalls }, () => {
    systemCalls()!.preallocate(fd, -1, MIB);
    systemCalls()!.preallocate(-1, 0, MIB);
    assert.deepEqual(size(), { size: 0, stored: 0 });
  });

  it('are none where the package does not load', () => {
    const missing = () => {
      throw new Error("Cannot find module 'koffi'");
    };
    assert.equal(loadSystemCalls(missing as unknown as NodeJS.Require), null);
  });
});
