import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FaultyFileSystem } from '../../tests/support/faulty-file-system.ts';
import { MemoryFileSystem } from '../../tests/support/memory-file-system.ts';
import { systemCalls } from '../files/system-calls.ts';
import { OpenFiles, StoredFile } from './files.ts';
import type { Partition } from './partition.ts';
import { Preallocation } from './preallocation.ts';
import { type TestOptions, TestShard, testMessage } from './storage-test-kit.ts';

const MIB = 1024 * 1024;
const BLOCK_BYTES = 512;
const noCalls = systemCalls() === undefined && 'the C library cannot be called here';

/** A disk that notes what it is asked to keep ready. */
class NotingSystem extends MemoryFileSystem {
  readonly asked: [position: number, length: number][] = [];

  override preallocate(_fd: number, position = 0, length = 0): void {
    this.asked.push([position, length]);
  }
}

describe('Preallocation', () => {
  let system: NotingSystem;
  let ahead: Preallocation;
  let faulty: FaultyFileSystem;

  beforeEach(() => {
    system = new NotingSystem();
    system.makeFolder('/data');
    faulty = new FaultyFileSystem(system);
    ahead = new Preallocation(new StoredFile(new OpenFiles(4, faulty), '/data/log'));
  });

  it('asks for nothing before a log has shown that it grows', () => {
    ahead.cover(100, 0, 1024 * MIB);
    ahead.cover(MIB + 100, MIB - 1, 1024 * MIB);
    assert.deepEqual(system.asked, []);
    ahead.cover(MIB + 100, MIB, 1024 * MIB);
    assert.deepEqual(system.asked, [[MIB, 100 + 4 * MIB]]);
  });

  it('asks anew when what is ready does not suffice, behind it', () => {
    ahead.cover(MIB + 100, MIB, 1024 * MIB);
    ahead.cover(5 * MIB + 100, 5 * MIB, 1024 * MIB);
    assert.equal(system.asked.length, 1);
    ahead.cover(5 * MIB + 101, 5 * MIB, 1024 * MIB);
    assert.deepEqual(system.asked[1], [5 * MIB + 100, 4 * MIB + 1]);
  });

  it('asks for little where segments are small', () => {
    ahead.cover(64, 32, 1024);
    assert.deepEqual(system.asked, [[32, 64]]);
  });

  it('gives back once, and only what it asked for', () => {
    const cuts: string[] = [];
    faulty.plan = ({ name }) => {
      if (name === 'truncate') cuts.push(name);
      return undefined;
    };
    ahead.giveBack(0);
    assert.equal(cuts.length, 0);
    ahead.cover(64, 32, 1024);
    ahead.giveBack(64);
    ahead.giveBack(64);
    assert.equal(cuts.length, 1);
  });

  it('lives with a log that cannot be cut', () => {
    ahead.cover(64, 32, 1024);
    faulty.plan = ({ name }) => (name === 'truncate' ? { code: 'EIO' } : undefined);
    ahead.giveBack(64);
    assert.equal(faulty.faultsCount, 1);
  });
});

describe('the blocks of a growing segment', { skip: noCalls }, () => {
  let shard: TestShard;
  let sent: number;

  function open(options: TestOptions = {}): Partition {
    shard = new TestShard({ segmentBytes: 64 * MIB, ...options });
    const partition = shard.partition();
    partition.create();
    return partition;
  }

  afterEach(() => shard.dispose());

  function send(partition: Partition, count: number): void {
    for (let i = 0; i < count; i++) {
      assert.equal(shard.write(partition, [testMessage(sent++, 1024 * 1024)]), 0);
    }
  }

  /** Bytes of blocks that each log has behind its end. */
  function ahead(): number[] {
    const names = readdirSync(shard.partitionDir).filter((name) => name.endsWith('.log'));
    return names.sort().map((name) => {
      const { blocks, size } = statSync(join(shard.partitionDir, name));
      return blocks * BLOCK_BYTES - size;
    });
  }

  beforeEach(() => {
    sent = 0;
  });

  it('are kept ready ahead, and given back when it is closed', () => {
    const partition = open();
    send(partition, 3);
    const [bytes] = ahead();
    assert.ok(bytes > MIB / 2, `${bytes} bytes ahead`);
    assert.equal(shard.read(partition, 0, 10).length, 3);
    partition.close();
    assert.ok(ahead()[0] < MIB / 16);
  });

  it('are given back when it is sealed', () => {
    const partition = open({ segmentBytes: 32 * MIB });
    send(partition, 34);
    const [sealed, active] = ahead();
    assert.ok(sealed < MIB / 16 && active > MIB / 4, `${sealed} and ${active} bytes ahead`);
  });

  it('are not kept ready when nobody wants it', () => {
    const partition = open({ preallocates: false });
    send(partition, 3);
    assert.ok(ahead()[0] < MIB / 16);
  });

  it('that a killed process left are given back by the next, and nothing is lost', () => {
    const first = open();
    send(first, 3);
    // Its descriptors go, and nothing is said to the files: so a kill leaves them.
    shard.files.closeAll();
    assert.ok(ahead()[0] > MIB / 2);
    const partition = shard.partition();
    partition.load();
    assert.equal(shard.read(partition, 0, 10).length, 3);
    partition.close();
    assert.ok(ahead()[0] < MIB / 16);
  });
});
