import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type FaultPlan, FaultyFileSystem } from '../../tests/support/faulty-file-system.ts';
import { MemoryFileSystem, systemError } from '../../tests/support/memory-file-system.ts';
import { SeededRandom } from '../../tests/support/random.ts';
import type { FileSystem } from '../files/file-system.ts';
import { status } from '../wire/status.ts';
import type { Partition } from './partition.ts';
import { PollReply } from './poll-reply.ts';
import { type TestMessage, type TestOptions, TestShard, testMessage } from './storage-test-kit.ts';

const ALL = 0xffff_ffff;
const NO_CACHE = { frameBytes: 0, regionBytes: 0 };
const SECOND_MICROS = 1_000_000;

let disk: MemoryFileSystem;
let faulty: FaultyFileSystem;
let shard: TestShard;
let partition: Partition;

function open(options: TestOptions = {}): void {
  shard = new TestShard({ system: faulty, segmentBytes: 2048, ...options });
  partition = shard.partition();
}

/** A new disk with an empty data directory. */
function format(): void {
  disk = new MemoryFileSystem();
  disk.makeFolder('/data');
  disk.syncFolder('/');
  faulty = new FaultyFileSystem(disk);
}

beforeEach(format);

function messages(first: number, count: number): TestMessage[] {
  return Array.from({ length: count }, (_, i) => testMessage(first + i, 100));
}

/** Sends so many messages, the next numbers; returns the status. */
function send(count: number, nowMicros = 0): number {
  return shard.write(partition, messages(partition.lastOffset + 1, count), false, nowMicros);
}

/** The partition holds so many messages, and readers get all of them. */
function assertHolds(count: number): void {
  const found = shard.read(partition, 0, ALL);
  assert.deepEqual(
    found.map(({ id, offset }) => [id, offset]),
    messages(0, count).map(({ id }, offset) => [id, offset]),
  );
}

function failing(names: readonly (keyof FileSystem)[], code: string, part = ''): FaultPlan {
  return ({ name, path, bytes }) =>
    names.includes(name) && path.includes(part)
      ? { code, bytesBefore: Math.ceil(bytes * 0.6) }
      : undefined;
}

const healthy: FaultPlan = () => undefined;

/** The process ends, and another one opens what is there. */
function restart(options: TestOptions = {}): void {
  disk.closeAll();
  open(options);
  partition.load();
}

describe('A disk that is full', () => {
  it('refuses sends, keeps what was acknowledged, and is used again when it has room', () => {
    open({ budget: NO_CACHE });
    partition.create();
    assert.equal(send(3), 0);
    faulty.plan = failing(['write', 'writev'], 'ENOSPC');
    for (let i = 0; i < 3; i++) assert.equal(send(2), status.CannotSaveMessagesToSegment);
    assertHolds(3);
    faulty.plan = healthy;
    assert.equal(send(4), 0);
    assertHolds(7);
    assert.match(shard.reports[0], /^error: .*cannot append: ENOSPC/);
    restart();
    assertHolds(7);
  });

  it('leaves no half of a batch to a start when even the undoing fails', () => {
    open();
    partition.create();
    assert.equal(send(3), 0);
    faulty.plan = failing(['write', 'writev', 'truncate'], 'ENOSPC');
    assert.equal(send(2), status.CannotSaveMessagesToSegment);
    faulty.plan = healthy;
    restart();
    assertHolds(3 + 1);
    assert.match(shard.reports[0], /^warn: .*removed a torn end/);
  });
});

describe('A folder that takes no new files', () => {
  for (const code of ['EROFS', 'EACCES', 'EMFILE', 'ENFILE']) {
    it(`refuses what needs a segment (${code}), and goes on by itself`, () => {
      open();
      partition.create();
      assert.equal(send(10), 0);
      faulty.plan = failing(['open'], code, '010.log');
      assert.equal(send(10), status.CannotCreateSegmentLogFile);
      assert.equal(send(1), 0, 'what fits the old one is taken');
      faulty.plan = healthy;
      assert.equal(send(10), 0);
      assertHolds(21);
      assert.equal(partition.segmentsCount, 2);
    });
  }
});

describe('A read that the system refuses', () => {
  it('has a status of its own, is told once, and works again afterwards', () => {
    open({ budget: NO_CACHE });
    partition.create();
    assert.equal(send(5), 0);
    for (const part of ['.log', '.index']) {
      faulty.plan = failing(['read'], 'EIO', part);
      for (let i = 0; i < 3; i++) {
        assert.equal(partition.read(0, 5, new PollReply()), status.CannotReadMessage);
      }
      faulty.plan = healthy;
      assertHolds(5);
    }
    assert.equal(shard.reports.length, 2);
    assert.match(shard.reports[0], /^error: .*cannot read: EIO/);
  });
});

describe('A sync that fails', () => {
  /** Every sync fails, and what was to be written counts as written. */
  function failSyncs(): () => void {
    const sync = disk.sync.bind(disk);
    disk.sync = (fd) => {
      disk.loseChanges(fd);
      throw systemError('EIO', 'a file');
    };
    return () => {
      disk.sync = sync;
    };
  }

  it('refuses the batch and everything until the files are verified and synced', () => {
    open({ acknowledgement: 'synced' });
    partition.create();
    assert.equal(send(3), 0);
    faulty.plan = failing(['sync'], 'EIO', '.log');
    assert.equal(send(2), status.CannotSyncFile);
    assert.equal(partition.lastOffset, 2);
    assert.equal(send(2, SECOND_MICROS), status.CannotSyncFile, 'it is still in doubt');
    assertHolds(3);
    faulty.plan = healthy;
    assert.equal(send(2, SECOND_MICROS + 1), status.CannotSyncFile, 'not tried again at once');
    assert.equal(send(2, 2 * SECOND_MICROS), 0);
    assertHolds(5);
    const [first, , second, third] = shard.reports;
    assert.match(first, /^error: .*cannot sync, nothing is accepted/);
    assert.match(second ?? third, /goes on|cannot be synced yet/);
    disk.cutPower(new SeededRandom(1));
    restart();
    assertHolds(5);
  });

  it('is not repeated as if it had worked: what it lost is written anew', () => {
    open({ acknowledgement: 'interval', segmentBytes: 1024 * 1024 });
    partition.create();
    assert.equal(send(3), 0);
    assert.equal(partition.sync(0), 0);
    assert.equal(send(20), 0);
    const repair = failSyncs();
    assert.equal(partition.sync(0), status.CannotSyncFile);
    repair();
    assert.equal(send(1, SECOND_MICROS), 0);
    assert.equal(partition.sync(SECOND_MICROS), 0);
    for (let seed = 0; seed < 20; seed++) {
      disk.cutPower(new SeededRandom(seed));
      restart();
      assertHolds(24);
    }
  });

  it('is known to the next process, which writes anew what was in doubt', () => {
    for (let seed = 0; seed < 10; seed++) {
      format();
      open({ acknowledgement: 'interval', segmentBytes: 1024 * 1024 });
      partition.create();
      assert.equal(send(3), 0);
      assert.equal(partition.sync(0), 0);
      assert.equal(send(4), 0);
      const repair = failSyncs();
      assert.equal(partition.sync(0), status.CannotSyncFile);
      repair();
      restart({ acknowledgement: 'interval', segmentBytes: 1024 * 1024 });
      assertHolds(7);
      assert.equal(partition.sync(0), 0);
      assert.ok(!disk.files().some((path) => path.endsWith('unsynced')));
      disk.cutPower(new SeededRandom(seed));
      restart();
      assertHolds(7);
    }
  });

  it('is told loudly when acknowledged messages are gone, and their offsets stay unused', () => {
    open({ acknowledgement: 'interval', segmentBytes: 1024 * 1024, budget: NO_CACHE });
    partition.create();
    assert.equal(send(3), 0);
    assert.equal(partition.sync(0), 0);
    assert.equal(send(4), 0);
    faulty.plan = failing(['sync'], 'EIO', '.log');
    assert.equal(partition.sync(0), status.CannotSyncFile);
    faulty.plan = healthy;
    // The disk has nothing of the fifth message.
    const log = `${shard.partitionDir}/00000000000000000000.log`;
    for (let byte = 4 * 164; byte < 5 * 164; byte++) disk.flipBit(log, byte * 8);
    assert.equal(shard.removalsCount, 0);
    assert.equal(shard.write(partition, messages(7, 1), false, SECOND_MICROS), 0);
    assert.equal(shard.removalsCount, 1);
    assert.ok(
      shard.reports.some((line) =>
        /^error: .*LOST 3 acknowledged messages from offset 4 on/.test(line),
      ),
    );
    assert.equal(partition.lastOffset, 7);
    assert.equal(shard.read(partition, 0, 4).length, 4);
    assert.equal(partition.read(4, 1, new PollReply()), status.InvalidMessageChecksum);
    assert.equal(shard.read(partition, 7, 1)[0].id, 8n);
    restart();
    assert.equal(partition.lastOffset, 7);
    assert.equal(shard.read(partition, 7, 1)[0].id, 8n);
  });
});

describe('What an acknowledgement means', () => {
  it('needs one sync of each file for all that was staged, after all files were written', () => {
    open({ acknowledgement: 'synced' });
    const partitions = [1, 2, 3].map((partitionId) => shard.partition(() => {}, partitionId));
    for (const one of partitions) one.create();
    for (const one of partitions) {
      for (let i = 0; i < 4; i++) assert.equal(one.append(shard.batch(messages(i, 1)), 0), 0);
    }
    const calls: string[] = [];
    faulty.plan = ({ name, path }) => {
      if (['write', 'writev', 'sync'].includes(name)) {
        calls.push(`${name === 'sync' ? name : 'write'} ${path.slice(-5)}`);
      }
      return undefined;
    };
    for (const one of partitions) assert.equal(one.write(), 0);
    assert.ok(
      partitions.every((one) => one.lastOffset === -1),
      'it does not count yet',
    );
    for (const one of partitions) assert.equal(one.flush(), 0);
    const writes = ['write 0.log', 'write index'];
    const syncs = ['sync 0.log', 'sync index'];
    const times = <Item>(items: Item[]) => [...items, ...items, ...items];
    assert.deepEqual(calls, [...times(writes), ...times(syncs)]);
    assert.ok(partitions.every((one) => one.lastOffset === 3));
  });

  it('can change, and what was staged before keeps its old meaning', () => {
    open();
    partition.create();
    const syncs: string[] = [];
    faulty.plan = ({ name, path }) => {
      if (name === 'sync') syncs.push(path);
      return undefined;
    };
    partition.append(shard.batch(messages(0, 1)), 0);
    assert.equal(partition.setAcknowledgement('synced'), 0);
    assert.equal(partition.lastOffset, 0);
    assert.equal(syncs.length, 0);
    assert.equal(send(1), 0);
    assert.equal(syncs.length, 2);
    assert.equal(partition.setAcknowledgement('interval'), 0);
    assert.equal(send(1), 0);
    assert.equal(syncs.length, 2);
    assert.equal(partition.sync(0), 0);
    assert.equal(partition.sync(0), 0);
    assert.equal(syncs.length, 4);
  });
});

describe('A start after a clean stop', () => {
  it('reads the outermost index entries of each segment, and no message', () => {
    open();
    partition.create();
    for (let i = 0; i < 20; i++) assert.equal(send(5), 0);
    partition.close();
    const reads: number[] = [];
    faulty.plan = ({ name, path, bytes }) => {
      if (name === 'read') {
        assert.ok(path.endsWith('.index'), path);
        reads.push(bytes);
      }
      return undefined;
    };
    disk.closeAll();
    open();
    partition.load(true);
    assert.ok(partition.segmentsCount > 5);
    assert.ok(reads.length <= 4 * partition.segmentsCount);
    assert.ok(reads.every((bytes) => bytes === 16));
    faulty.plan = healthy;
    assertHolds(100);
  });

  it('looks closer where sizes do not agree', () => {
    open();
    partition.create();
    for (let i = 0; i < 6; i++) assert.equal(send(5), 0);
    partition.close();
    for (const path of disk.files().filter((name) => name.endsWith('.index'))) {
      const fd = disk.open(path, 'create');
      disk.truncate(fd, 33);
      disk.close(fd);
    }
    disk.closeAll();
    open();
    partition.load(true);
    assertHolds(30);
  });
});

describe('A loss of power', () => {
  it('takes nothing that was synced, whatever else the disk has', () => {
    for (let seed = 0; seed < 50; seed++) {
      format();
      open({ acknowledgement: 'synced' });
      partition.create();
      for (let batch = 0; batch < 12; batch++) assert.equal(send(3), 0);
      partition.append(shard.batch(messages(36, 2)), 0);
      partition.write();
      disk.cutPower(new SeededRandom(seed));
      restart();
      const found = shard.read(partition, 0, ALL);
      assert.ok(found.length >= 36, `seed ${seed} lost ${36 - found.length} messages`);
      assertHolds(found.length);
    }
  });

  it('takes nothing from a log that is left of a segment which could not be begun', () => {
    for (let seed = 0; seed < 10; seed++) {
      format();
      open({ acknowledgement: 'synced' });
      partition.create();
      assert.equal(send(10), 0);
      faulty.plan = ({ name, path }) => {
        const isRefused = name === 'remove' || (name === 'open' && path.endsWith('010.index'));
        return isRefused ? { code: 'EIO' } : undefined;
      };
      assert.equal(send(3), status.CannotCreateSegmentLogFile);
      faulty.plan = healthy;
      assert.equal(partition.sync(0), 0);
      partition.close();
      disk.closeAll();
      open({ acknowledgement: 'synced' });
      partition.load(true);
      assert.equal(send(3), 0);
      disk.cutPower(new SeededRandom(seed));
      restart();
      assertHolds(13);
    }
  });
});
