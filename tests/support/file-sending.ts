import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCalls } from '../../src/files/system-calls.ts';

/** Why nothing is sent from files here, or false where it is: a reason to skip tests of that. */
export const noFileSending = reason();

function reason(): string | false {
  const calls = systemCalls();
  if (calls === undefined) return 'the C library cannot be called here';
  const dir = mkdtempSync(join(tmpdir(), 'veltro-cached-'));
  const fd = openSync(join(dir, 'file'), 'w+');
  try {
    writeSync(fd, 'one page');
    const isTold = calls.isCached(fd, 0, 1);
    return !isTold && 'the system does not tell which bytes of a file are in memory';
  } finally {
    closeSync(fd);
    rmSync(dir, { recursive: true });
  }
}
