import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { FaultyFileSystem } from '../../tests/support/faulty-file-system.ts';
import { MemoryFileSystem } from '../../tests/support/memory-file-system.ts';
import { OpenFiles, StoredFile } from './files.ts';

/** The limits of the system are set by bash. */
const cannotLimit = spawnSync('bash', ['-c', 'ulimit -f 4']).status !== 0;

describe('StoredFile', () => {
  let dir: string;
  let files: OpenFiles;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'veltro-files-'));
    files = new OpenFiles(4);
  });

  afterEach(() => {
    files.closeAll();
    rmSync(dir, { recursive: true });
  });

  it('never has more files open than the limit, and reads all of them', () => {
    const all = Array.from({ length: 20 }, (_, i) => new StoredFile(files, join(dir, `${i}`)));
    for (const [i, file] of all.entries()) {
      file.write(Buffer.from([i]), 0, 1, 0);
      assert.ok(files.size <= 4);
    }
    const byte = Buffer.alloc(1);
    for (const [i, file] of all.entries()) {
      assert.equal(file.read(byte, 0, 1, 0), 1);
      assert.equal(byte[0], i);
    }
    all[19].remove();
    assert.equal(all[19].read(byte, 0, 1, 0), 0, 'made anew, empty');
  });

  it('makes a file empty, and cuts it only when it is not', () => {
    const system = new FaultyFileSystem(new MemoryFileSystem());
    system.makeFolder('/data');
    let cuts = 0;
    system.plan = ({ name }) => {
      if (name === 'truncate') cuts++;
      return undefined;
    };
    const file = new StoredFile(new OpenFiles(4, system), '/data/file');
    file.create();
    assert.deepEqual([system.size('/data/file'), cuts], [0, 0]);
    file.write(Buffer.from('left over'), 0, 9, 0);
    file.create();
    assert.deepEqual([system.size('/data/file'), cuts], [0, 1]);
  });

  it('closes those that were used longest ago', () => {
    const all = Array.from({ length: 5 }, (_, i) => new StoredFile(files, join(dir, `${i}`)));
    for (const i of [0, 1, 2, 3, 0, 4]) all[i].truncate(0);
    const isOpen = all.map(({ fd }) => fd >= 0);
    assert.deepEqual(isOpen, [true, false, false, true, true]);
  });

  it('writes pieces as one, at a position', () => {
    const file = new StoredFile(files, join(dir, 'pieces'));
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.nat({ max: 100 }), (pieces, position) => {
        file.truncate(0);
        file.writePieces(pieces, position);
        const expected = Buffer.concat([Buffer.alloc(position), ...pieces]);
        const isEmpty = pieces.every(({ byteLength }) => byteLength === 0);
        const written = readFileSync(file.path);
        assert.ok(isEmpty ? written.byteLength === 0 : written.equals(expected));
      }),
      { numRuns: 50 },
    );
  });

  it('makes room when the system lets it open no more', { skip: cannotLimit }, () => {
    const output = runLimited(
      'ulimit -n 40',
      `const files = new OpenFiles(1000);
      const all = [];
      for (let i = 0; i < 100; i++) all.push(new StoredFile(files, join(dir, 'many' + i)));
      for (const file of all) file.write(Buffer.from([7]), 0, 1, 0);
      const byte = Buffer.alloc(1);
      console.log(all.every((file) => file.read(byte, 0, 1, 0) === 1 && byte[0] === 7));`,
    );
    assert.equal(output, 'true');
  });

  it('goes on after a write that took only part of the bytes', { skip: cannotLimit }, () => {
    // A limit on file sizes cuts the first write; the second one fails with the system's error.
    const output = runLimited(
      'ulimit -f 4',
      `process.on('SIGXFSZ', () => {});
      const file = new StoredFile(new OpenFiles(4), join(dir, 'limited'));
      const pieces = [100, 3000, 2000].map((bytes, i) => Buffer.alloc(bytes, i + 1));
      try { file.writePieces(pieces, 0); } catch (error) { console.log(error.code); }`,
    );
    assert.equal(output, 'EFBIG');
    const bytes = readFileSync(join(dir, 'limited'));
    assert.equal(bytes.byteLength, 4096);
    assert.ok(bytes.subarray(0, 100).every((byte) => byte === 1));
    assert.ok(bytes.subarray(100, 3100).every((byte) => byte === 2));
    assert.ok(bytes.subarray(3100).every((byte) => byte === 3));
  });

  it('reads and writes all, however little the system does at once', () => {
    const disk = new FaultyFileSystem(new MemoryFileSystem());
    const few = new OpenFiles(4, disk);
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat({ max: 60 }), { minLength: 1 }), (pieces, shares) => {
        const file = new StoredFile(few, '/short');
        file.truncate(0);
        let calls = 0;
        disk.plan = ({ bytes }) =>
          bytes === 0 ? undefined : { bytes: shares[calls++ % shares.length] };
        const whole = Buffer.concat(pieces);
        file.writePieces(pieces, 3);
        const found = Buffer.alloc(whole.byteLength + 10);
        const got = file.read(found, 0, found.byteLength, 3);
        disk.plan = () => undefined;
        assert.deepEqual(found.subarray(0, got), whole);
        file.close();
      }),
    );
    assert.ok(disk.faultsCount > 0);
  });

  it('refuses a file that takes nothing', () => {
    const disk = new MemoryFileSystem();
    disk.write = () => 0;
    const file = new StoredFile(new OpenFiles(4, disk), '/full');
    assert.throws(() => file.write(Buffer.alloc(5), 0, 5, 0), /full takes no more bytes/);
  });

  /** What a script prints in a process with a limit. */
  function runLimited(limit: string, script: string): string {
    const module = `
      import { join } from 'node:path';
      import { OpenFiles, StoredFile } from ${JSON.stringify(new URL('./files.js', import.meta.url))};
      const dir = ${JSON.stringify(dir)};
      ${script}`;
    const command = `${limit}; exec "$0" --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, module]);
    assert.equal(String(stderr), '');
    return String(stdout).trim();
  }
});
