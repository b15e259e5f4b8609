import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { noFileSending } from '../../tests/support/file-sending.ts';
import { FileSpan } from './file-span.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { systemCalls } from './system-calls.ts';

const NO_SOCKET = 2 ** 30;

const content = randomBytes(100_000);
let dir: string;
let fd: number;

function spanOf(position: number, bytes: number): FileSpan {
  const span = new FileSpan();
  span.set(nodeFileSystem.share(fd, position, bytes), position, bytes);
  return span;
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

describe('FileSpan', { skip: noFileSending }, () => {
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'veltro-span-'));
    fd = openSync(join(dir, 'file'), 'w+');
    writeSync(fd, content);
  });

  afterEach(() => {
    closeSync(fd);
    rmSync(dir, { recursive: true });
  });

  it('is nothing at first, and may be dropped', () => {
    const span = new FileSpan();
    span.drop();
    assert.deepEqual([span.fd, span.bytes], [-1, 0]);
  });

  it('reads on from where it is, by a descriptor of its own', () => {
    const span = spanOf(10, 90_000);
    assert.notEqual(span.fd, fd);
    const parts = [span.read(1000), span.read(50_000), span.read(50_000)];
    assert.deepEqual(Buffer.concat(parts), content.subarray(10, 90_010));
    assert.equal(span.bytes, 0);
    span.drop();
  });

  it('closes its descriptor once, whoever has it last', () => {
    const first = spanOf(0, 1000);
    const descriptor = first.fd;
    const second = new FileSpan();
    second.take(first);
    first.drop();
    assert.ok(isOpen(descriptor), 'it was handed on');
    second.drop();
    assert.ok(!isOpen(descriptor), 'nobody has it');
    const other = openSync(join(dir, 'file'), 'r');
    second.drop();
    assert.ok(isOpen(other), 'it closes nothing of others');
    closeSync(other);
  });

  it('stays where it is when a socket takes nothing', () => {
    const span = spanOf(0, 1000);
    assert.equal(span.sendTo(NO_SOCKET, 1000), false);
    assert.deepEqual([span.position, span.bytes], [0, 1000]);
    span.drop();
  });

  it('refuses to end before it should', () => {
    const span = new FileSpan();
    span.set(systemCalls()!.duplicate(fd), content.byteLength - 10, 20);
    assert.equal(span.read(20).byteLength, 10);
    assert.throws(() => span.read(20), /ends before position 100010/);
    span.drop();
  });
});
