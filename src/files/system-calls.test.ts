import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { noFileSending } from '../../tests/support/file-sending.ts';
import { loadSystemCalls, systemCalls } from './system-calls.ts';

const BLOCK_BYTES = 512;
const MIB = 1024 * 1024;
const noCalls = systemCalls() === undefined && 'the C library cannot be called here';

/** Both ends of a connection. */
class SocketPair implements AsyncDisposable {
  readonly #near: Socket;
  readonly #far: Socket;

  private constructor(near: Socket, far: Socket) {
    this.#near = near;
    this.#far = far;
  }

  static async open(): Promise<SocketPair> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const far = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    const [near] = await once(server, 'connection');
    server.close();
    return new SocketPair(near, far);
  }

  /** Of the end that sends. */
  get descriptor(): number {
    return (this.#near as unknown as { _handle: { fd: number } })._handle.fd;
  }

  /** So many bytes at the other end. */
  async receive(bytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let left = bytes;
    for await (const chunk of this.#far) {
      chunks.push(chunk);
      left -= chunk.byteLength;
      if (left <= 0) break;
    }
    return Buffer.concat(chunks);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#near.destroy();
    this.#far.destroy();
  }
}

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

  it('know which bytes of a file are in memory', { skip: noFileSending }, () => {
    const { isCached } = systemCalls()!;
    writeSync(fd, Buffer.alloc(MIB + 1));
    assert.equal(isCached(fd, 0, MIB + 1), true);
    assert.equal(isCached(fd, 5000, 1), true);
    assert.equal(isCached(fd, 0, 2 * MIB), false, 'the file ends before');
    assert.equal(isCached(-1, 0, 1), false);
  });

  it('give another descriptor of the same file', { skip: noCalls }, () => {
    const { duplicate, close } = systemCalls()!;
    const other = duplicate(fd);
    assert.notEqual(other, fd);
    assert.equal(fstatSync(other).ino, fstatSync(fd).ino);
    close(other);
    assert.throws(() => fstatSync(other), { code: 'EBADF' });
    assert.ok(duplicate(-1) < 0);
  });

  it('send a file to a socket until that is full', { skip: noCalls }, async () => {
    writeSync(fd, Buffer.alloc(MIB, 7));
    await using pair = await SocketPair.open();
    let sent = 0;
    for (let took = 1; took > 0; sent += Math.max(0, took)) {
      took = systemCalls()!.sendFile(pair.descriptor, fd, 0, MIB);
    }
    assert.ok(sent > 0);
    assert.deepEqual(await pair.receive(sent), Buffer.alloc(sent, 7));
  });

  it('are none where the package does not load', () => {
    const missing = () => {
      throw new Error("Cannot find module 'koffi'");
    };
    assert.equal(loadSystemCalls(missing as unknown as NodeJS.Require), null);
  });
});
