import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { FaultyFileSystem } from '../../tests/support/faulty-file-system.ts';
import { asyncFileSystem } from '../../tests/support/memory-file-system.ts';
import type { FileSystem } from '../files/file-system.ts';
import { nodeFileSystem } from '../files/node-file-system.ts';
import {
  flagSet,
  globalFlags,
  type Permissions,
  streamFlags,
  topicFlags,
} from '../wire/classic/structures/permissions.ts';
import { CatalogLog, type CatalogOptions } from './catalog-log.ts';
import { allPermissions } from './permissions.ts';
import { CatalogDamage, fileHeaderBytes, readRecords } from './record-file.ts';
import { imageOf, stateOf } from './snapshot.ts';
import { type CatalogCommand, CatalogState, type TopicRecord } from './state.ts';

const FOREVER = 2n ** 64n - 1n;

let dir: string;
let disk: FaultyFileSystem;
let reports: string[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'veltro-catalog-'));
  reports = [];
  disk = new FaultyFileSystem(nodeFileSystem);
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function openLog(options: Partial<CatalogOptions> = {}): Promise<CatalogLog> {
  const report = (level: string, message: string) => reports.push(`${level}: ${message}`);
  const system = asyncFileSystem(disk);
  return CatalogLog.open(dir, { sync: false, report, system, ...options });
}

function path(name: string): string {
  return join(dir, 'catalog', name);
}

const createStream = (id: number, name: string): CatalogCommand => ({
  type: 'stream.create',
  id,
  name,
  createdAt: 1_700_000_000_000_000 + id,
});

const settings = {
  acknowledgement: 'synced',
  compression: 1,
  messageExpiry: FOREVER,
  maxSize: 5n,
  replicationFactor: 1,
} as const;

/** Writes so many streams and closes the catalog. */
async function writeStreams(count: number): Promise<void> {
  const log = await openLog();
  for (let id = 0; id < count; id++) await log.append(createStream(id, `stream ${id}`));
  await log.close();
}

/** A command that fits the state, made of three numbers. */
function commandFor(state: CatalogState, kind: number, pick: number, name: string): CatalogCommand {
  const streams = [...state.streams];
  const stream = streams[pick % Math.max(1, streams.length)];
  const createdAt = 1_700_000_000_000_000 + pick;
  if (stream === undefined || kind < 2) {
    return { type: 'stream.create', id: state.streamIds.peek(), name, createdAt };
  }
  if (kind === 2) return { type: 'stream.delete', id: stream.id };
  if (kind === 3) return { type: 'stream.update', id: stream.id, name };
  if (kind === 4 || (kind > 10 && kind <= 16)) return userCommandFor(state, kind, pick, name);
  const topics = [...stream.topics];
  const topic = topics[pick % Math.max(1, topics.length)];
  const at = { streamId: stream.id };
  if (topic !== undefined && kind > 16) return groupCommandFor(stream.id, topic, kind, name);
  if (topic === undefined || kind < 7) {
    const id = stream.topicIds.peek();
    const partitionsCount = pick % 5;
    return { type: 'topic.create', ...at, id, createdAt, partitionsCount, name, ...settings };
  }
  const maxSize = BigInt(pick) << 30n;
  if (kind === 7) return { type: 'topic.update', ...at, id: topic.id, name, ...settings, maxSize };
  if (kind === 8) return { type: 'topic.delete', ...at, id: topic.id };
  const count = kind === 9 ? pick % 4 : Math.min(pick % 4, topic.partitions.length);
  const own = { ...at, topicId: topic.id, count };
  if (kind === 9) return { type: 'partitions.create', ...own, createdAt };
  return { type: 'partitions.delete', ...own };
}

function groupCommandFor(
  streamId: number,
  topic: TopicRecord,
  kind: number,
  name: string,
): CatalogCommand {
  const at = { streamId, topicId: topic.id };
  const group = topic.groups.sorted().at(-1);
  if (group !== undefined && kind === 18) return { type: 'group.delete', ...at, id: group.id };
  return { type: 'group.create', ...at, id: topic.groupIds.peek(), name };
}

/** Rights that name a stream and a topic, which may be there. */
function permissionsFor(pick: number): Permissions | null {
  if (pick % 3 === 0) return null;
  const isSet = (flag: string) => (flag.length + pick) % 2 === 0;
  const topic = { topicId: pick % 2, ...flagSet(topicFlags, isSet) };
  const streams = [pick % 3, 0].map((streamId) => ({
    streamId,
    ...flagSet(streamFlags, isSet),
    topics: [topic],
  }));
  return { global: flagSet(globalFlags, isSet), streams };
}

/** A command about users or tokens that fits the state. */
function userCommandFor(
  state: CatalogState,
  kind: number,
  pick: number,
  name: string,
): CatalogCommand {
  const users = [...state.users];
  const user = users[pick % Math.max(1, users.length)];
  const permissions = permissionsFor(pick);
  const passwordHash = `hash ${pick}`;
  if (user === undefined || kind === 4) {
    const id = state.userIds.peek();
    const rights = pick % 2 === 0 ? {} : { isActive: pick % 4 === 1, permissions };
    return { type: 'user.create', id, name, createdAt: pick, passwordHash, ...rights };
  }
  const { id } = user;
  if (kind === 11) return { type: 'user.update', id, name, isActive: pick % 2 === 0 };
  if (kind === 12) return { type: 'user.password', id, passwordHash };
  if (kind === 13) return { type: 'user.permissions', id, permissions };
  if (kind === 14) return { type: 'user.delete', id };
  const token = state.tokens.of(id)[0];
  if (token !== undefined && kind === 16) {
    return { type: 'token.delete', userId: id, name: token.name };
  }
  return { type: 'token.create', userId: id, name, hash: `of ${name}`, expiresAt: BigInt(pick) };
}

const steps = fc.array(
  fc.record({
    kind: fc.nat({ max: 18 }),
    pick: fc.nat({ max: 1000 }),
    reopens: fc.nat({ max: 9 }),
  }),
  { minLength: 1, maxLength: 60 },
);

describe('CatalogLog', () => {
  it('has the same state after any commands, openings and snapshots', async () => {
    const run = async (list: { kind: number; pick: number; reopens: number }[], max: number) => {
      rmSync(join(dir, 'catalog'), { recursive: true, force: true });
      let log = await openLog({ logRecordsMax: max });
      for (const [i, { kind, pick, reopens }] of list.entries()) {
        await log.append(commandFor(log.state, kind, pick, `name ${i}`));
        if (reopens > 0) continue;
        const image = imageOf(log.state);
        await log.close();
        log = await openLog({ logRecordsMax: max });
        assert.deepEqual(imageOf(log.state), image);
      }
      const { records } = readRecords('log', readFileSync(path('log')));
      assert.ok(records.length < max, 'the log is bounded');
      assert.equal(existsSync(path('snapshot')), list.length >= max);
      const image = imageOf(log.state);
      await log.close();
      log = await openLog();
      assert.deepEqual(imageOf(log.state), image);
      await log.close();
    };
    await fc.assert(fc.asyncProperty(steps, fc.constantFrom(1, 3, 10, 1000), run), { numRuns: 40 });
    assert.deepEqual(reports, []);
  });

  it('applies a command when it is in the file and not before', async () => {
    const log = await openLog({ sync: true });
    const write = log.append(createStream(0, 'one'));
    assert.equal(log.state.streams.size, 0);
    await write;
    assert.equal(log.state.streams.find('one')?.id, 0);
    assert.equal(readRecords('log', readFileSync(path('log'))).records.length, 1);
    await log.close();
  });

  it('writes no command that does not fit the state', async () => {
    const log = await openLog();
    await log.append(createStream(0, 'one'));
    const size = readFileSync(path('log')).byteLength;
    const topic = { streamId: 0, id: 0, name: 'topic', ...settings };
    const wrong: [CatalogCommand, RegExp][] = [
      [createStream(0, 'two'), /next stream is 1, not 0/],
      [createStream(1, 'one'), /a stream one is there/],
      [{ type: 'stream.delete', id: 1 }, /no stream 1/],
      [{ type: 'stream.update', id: 1, name: 'two' }, /no stream 1/],
      [{ type: 'topic.update', ...topic }, /no topic 0/],
      [{ type: 'topic.delete', streamId: 0, id: 0 }, /no topic 0/],
      [{ type: 'partitions.delete', streamId: 0, topicId: 0, count: 1 }, /no topic 0/],
      [{ type: 'user.update', id: 0, name: 'ann', isActive: true }, /no user 0/],
      [{ type: 'user.password', id: 0, passwordHash: '' }, /no user 0/],
      [{ type: 'user.permissions', id: 0, permissions: null }, /no user 0/],
      [{ type: 'user.delete', id: 0 }, /no user 0/],
      [{ type: 'token.create', userId: 0, name: 'ci', hash: 'h', expiresAt: 0n }, /no user 0/],
      [{ type: 'token.delete', userId: 0, name: 'ci' }, /user 0 has no token ci/],
      [{ type: 'topic.explode' } as unknown as CatalogCommand, /topic.explode is not known/],
    ];
    for (const [command, problem] of wrong) await assert.rejects(log.append(command), problem);
    const created = { type: 'topic.create', ...topic, createdAt: 1, partitionsCount: 2 } as const;
    await log.append(created);
    const deletion = { type: 'partitions.delete', streamId: 0, topicId: 0, count: 3 } as const;
    await assert.rejects(log.append(deletion), /3 of 2 partitions/);
    const namesake = { type: 'stream.update', id: 0, name: 'one' } as const;
    await log.append(namesake);
    assert.ok(readFileSync(path('log')).byteLength > size);
    const image = imageOf(log.state);
    await log.close();
    const again = await openLog();
    assert.deepEqual(imageOf(again.state), image);
    await again.close();
  });

  it('refuses a record that is too large, and stays as it was', async () => {
    const log = await openLog();
    const size = readFileSync(path('log')).byteLength;
    await assert.rejects(log.append(createStream(0, 'x'.repeat(2 << 20))), /the limit is/);
    await log.append(createStream(0, 'one'));
    assert.ok(readFileSync(path('log')).byteLength < size + 200);
    await log.close();
  });
});

describe('Users of the catalog', () => {
  const isSet = (flag: string) => flag === 'pollMessages';
  const topicOf = (topicId: number) => ({ topicId, ...flagSet(topicFlags, isSet) });
  const streamOf = (streamId: number, topics: number[]) => ({
    streamId,
    ...flagSet(streamFlags, isSet),
    topics: topics.map(topicOf),
  });
  const user = { createdAt: 1, passwordHash: 'hash' };

  function stateWith(permissions: Permissions): CatalogState {
    const state = new CatalogState();
    state.apply({ type: 'user.create', id: 0, name: 'root', ...user });
    state.apply({ type: 'user.create', id: 1, name: 'ann', ...user, permissions });
    return state;
  }

  it('of older versions are active; root may do everything, others nothing', () => {
    const state = new CatalogState();
    state.apply({ type: 'user.create', id: 0, name: 'root', ...user });
    state.apply({ type: 'user.create', id: 1, name: 'ann', ...user });
    const expected = [
      { id: 0, name: 'root', ...user, isActive: true, permissions: allPermissions },
      { id: 1, name: 'ann', ...user, isActive: true, permissions: null },
    ];
    assert.deepEqual([...state.users], expected);
    const { tokens: _, ...image } = imageOf(state);
    const users = [
      { id: 0, name: 'root', ...user },
      { id: 1, name: 'ann', ...user },
    ];
    assert.deepEqual([...stateOf({ ...image, users }).users], expected);
  });

  it('have permissions in order, the last of two for one id', () => {
    const global = flagSet(globalFlags, () => false);
    const first = { ...streamOf(2, [1]), manageStream: true };
    const state = stateWith({ global, streams: [first, streamOf(2, [3, 1]), streamOf(0, [])] });
    const streams = [streamOf(0, []), streamOf(2, [1, 3])];
    assert.deepEqual(state.users.find('ann')?.permissions, { global, streams });
  });

  it('lose permissions on streams and topics that are deleted', () => {
    const global = flagSet(globalFlags, () => false);
    const state = stateWith({ global, streams: [streamOf(0, [0, 1]), streamOf(1, [0])] });
    for (const id of [0, 1]) state.apply(createStream(id, `stream ${id}`));
    const topic = { streamId: 0, id: 0, createdAt: 1, partitionsCount: 1, ...settings };
    state.apply({ type: 'topic.create', ...topic, name: 'a' });
    state.apply({ type: 'topic.delete', streamId: 0, id: 0 });
    const left = [streamOf(0, [1]), streamOf(1, [0])];
    assert.deepEqual(state.users.find('ann')?.permissions?.streams, left);
    state.apply({ type: 'stream.delete', id: 0 });
    assert.deepEqual(state.users.find('ann')?.permissions?.streams, [streamOf(1, [0])]);
    assert.equal(state.users.find('root')?.permissions, state.users.find(0)?.permissions);
  });

  it('lose their tokens when they are deleted', () => {
    const state = stateWith({ global: flagSet(globalFlags, () => false), streams: [] });
    const token = { name: 'ci', expiresAt: 0n };
    state.apply({ type: 'token.create', userId: 0, hash: 'one', ...token });
    state.apply({ type: 'token.create', userId: 1, hash: 'two', ...token });
    const doubles = { type: 'token.create', userId: 1, hash: 'one', expiresAt: 0n } as const;
    assert.throws(() => state.apply({ ...doubles, name: 'ci' }), /user 1 has a token ci/);
    assert.throws(() => state.apply({ ...doubles, name: 'cd' }), /the token is there/);
    state.apply({ type: 'user.delete', id: 1 });
    assert.deepEqual(state.tokens.of(1), []);
    assert.equal(state.tokens.findByHash('two'), undefined);
    assert.deepEqual([...state.tokens], [{ userId: 0, hash: 'one', ...token }]);
  });
});

describe('A catalog log that was cut', () => {
  it('loses the last record only, wherever the cut is in it, and says so', async () => {
    await writeStreams(4);
    const whole = readFileSync(path('log'));
    const { records, end } = readRecords('log', whole);
    const last = records[3].position;
    assert.equal(end, whole.byteLength);
    for (let length = last; length < end; length++) {
      writeFileSync(path('log'), whole.subarray(0, length));
      reports = [];
      const log = await openLog();
      assert.equal(log.state.streams.size, 3);
      assert.equal(reports.length, length === last ? 0 : 1);
      await log.append(createStream(3, 'stream 3'));
      await log.close();
      assert.deepEqual(readFileSync(path('log')), whole);
    }
  });

  it('loses a last record that was not written everywhere', async () => {
    await writeStreams(4);
    const whole = readFileSync(path('log'));
    const { records, end } = readRecords('log', whole);
    for (let from = records[3].position; from < end; from++) {
      writeFileSync(path('log'), Buffer.from(whole).fill(0, from));
      const log = await openLog();
      assert.equal(log.state.streams.size, 3);
      await log.close();
    }
    writeFileSync(path('log'), Buffer.concat([whole, Buffer.alloc(5000)]));
    const log = await openLog();
    assert.equal(log.state.streams.size, 4);
    await log.close();
    assert.deepEqual(readFileSync(path('log')), whole);
  });
});

describe('A damaged catalog', () => {
  async function assertRefused(name: string, at: number): Promise<void> {
    const before = readFileSync(path(name));
    await assert.rejects(openLog(), (error: Error) => {
      assert.ok(error instanceof CatalogDamage);
      assert.match(error.message, new RegExp(`${name} is damaged at byte ${at}: `));
      return true;
    });
    assert.deepEqual(readFileSync(path(name)), before, 'nothing was changed');
  }

  it('is refused for any wrong byte in front of the last record, with file and place', async () => {
    await writeStreams(4);
    const whole = readFileSync(path('log'));
    const { records } = readRecords('log', whole);
    for (let at = 0; at < records[3].position; at++) {
      const bad = Buffer.from(whole);
      bad[at] ^= 1 << (at % 8);
      writeFileSync(path('log'), bad);
      const place = records.findLast(({ position }) => position <= at)?.position;
      await assertRefused('log', place ?? (at < 8 ? 0 : 8));
    }
  });

  it('is refused when the log is too short to be one, of another version, or gone', async () => {
    await writeStreams(2);
    const whole = readFileSync(path('log'));
    for (const length of [0, 7, 8, 11]) {
      writeFileSync(path('log'), whole.subarray(0, length));
      await assertRefused('log', 0);
    }
    const log = Buffer.from(whole);
    log.writeUInt32LE(3, 8);
    writeFileSync(path('log'), log);
    await assert.rejects(openLog(), /byte 8: format 3 is not known/);
    const image = await openLogAfter(() => writeFileSync(path('log'), whole), 1);
    rmSync(path('log'));
    await assert.rejects(openLog(), /log is damaged at byte 0: it is gone/);
    assert.equal(image.streams.length, 3);
  });

  /** Opens the catalog after a change, adds a stream (which makes a snapshot), and closes it. */
  async function openLogAfter(change: () => void, logRecordsMax: number) {
    change();
    const log = await openLog({ logRecordsMax });
    await log.append(createStream(log.state.streamIds.peek(), 'another'));
    await log.close();
    return imageOf(log.state);
  }

  it('is refused for a record that does not follow on the one before', async () => {
    await writeStreams(3);
    const whole = readFileSync(path('log'));
    const [first, second, third] = readRecords('log', whole).records;
    const parts = [whole.subarray(0, second.position), whole.subarray(third.position)];
    writeFileSync(path('log'), Buffer.concat(parts));
    await assertRefused('log', second.position);
    const twice = [whole.subarray(0, second.position), whole.subarray(first.position)];
    writeFileSync(path('log'), Buffer.concat(twice));
    const log = await openLog();
    assert.equal(log.state.streams.size, 3, 'a record that is there already is skipped');
    await log.close();
  });

  it('is refused for any wrong byte of the snapshot, or a part of one', async () => {
    await writeStreams(3);
    await openLogAfter(() => {}, 2);
    const whole = readFileSync(path('snapshot'));
    for (let at = 0; at < whole.byteLength; at += 3) {
      const bad = Buffer.from(whole);
      bad[at] ^= 0x10;
      writeFileSync(path('snapshot'), bad);
      await assert.rejects(openLog(), CatalogDamage);
      writeFileSync(path('snapshot'), whole.subarray(0, at));
      await assert.rejects(openLog(), CatalogDamage);
    }
  });
});

describe('A snapshot of the catalog', () => {
  it('may be there while the log still has what is in it', async () => {
    await writeStreams(4);
    copyFileSync(path('log'), path('old'));
    const log = await openLog({ logRecordsMax: 5 });
    await log.append(createStream(4, 'stream 4'));
    const image = imageOf(log.state);
    await log.close();
    assert.equal(readFileSync(path('log')).byteLength, fileHeaderBytes);
    // The process ended between the two files.
    renameSync(path('old'), path('log'));
    const again = await openLog();
    assert.deepEqual(imageOf(again.state), image);
    await again.append(createStream(5, 'stream 5'));
    await again.close();
    const last = await openLog();
    assert.equal(last.state.streams.size, 6);
    await last.close();
  });

  it('may be left half-written beside the old files', async () => {
    await writeStreams(3);
    writeFileSync(path('snapshot.new'), Buffer.alloc(20, 1));
    writeFileSync(path('log.new'), Buffer.alloc(3, 1));
    const log = await openLog({ logRecordsMax: 4 });
    assert.equal(log.state.streams.size, 3);
    await log.append(createStream(3, 'stream 3'));
    await log.close();
    const again = await openLog();
    assert.equal(again.state.streams.size, 4);
    await again.close();
  });

  it('that cannot be written is tried again later, and no command is lost', async () => {
    const log = await openLog({ logRecordsMax: 3 });
    await failing('sync', async () => {
      for (let id = 0; id < 4; id++) await log.append(createStream(id, `stream ${id}`));
    });
    assert.equal(log.state.streams.size, 4);
    assert.equal(reports.length, 1);
    assert.match(reports[0], /^error: The catalog log cannot be shortened: EIO/);
    assert.equal(readRecords('log', readFileSync(path('log'))).records.length, 4);
    for (const end of [6, 9]) {
      for (let id = log.state.streams.size; id < end; id++) {
        await log.append(createStream(id, `stream ${id}`));
      }
      assert.equal(readFileSync(path('log')).byteLength, fileHeaderBytes);
    }
    await log.close();
    const again = await openLog();
    assert.equal(again.state.streams.size, 9);
    await again.close();
  });
});

/** Runs something while one call of the system fails, after so many good ones. */
async function failing(
  name: keyof FileSystem,
  run: () => Promise<void>,
  goodCalls = 0,
): Promise<void> {
  const { plan } = disk;
  let calls = 0;
  disk.plan = (call) => {
    if (call.name === name && calls++ >= goodCalls) return { code: 'EIO' };
    return plan(call);
  };
  await run();
  disk.plan = plan;
}

describe('A catalog log that cannot be written', () => {
  for (const method of ['write', 'sync'] as const) {
    it(`leaves the catalog as it was when the ${method} fails`, async () => {
      const log = await openLog({ sync: true });
      await log.append(createStream(0, 'one'));
      const [image, bytes] = [imageOf(log.state), readFileSync(path('log'))];
      await failing(method, () => assert.rejects(log.append(createStream(1, 'two')), /EIO/));
      assert.deepEqual(imageOf(log.state), image);
      assert.deepEqual(readFileSync(path('log')), bytes);
      await log.append(createStream(1, 'three'));
      await log.close();
      const again = await openLog();
      assert.deepEqual(
        [...again.state.streams].map(({ name }) => name),
        ['one', 'three'],
      );
      await again.close();
    });
  }

  it('takes no more commands when what failed cannot be undone', async () => {
    const log = await openLog({ sync: true });
    await failing('truncate', () =>
      failing('sync', () => assert.rejects(log.append(createStream(0, 'one')), /EIO/)),
    );
    await assert.rejects(log.append(createStream(0, 'one')), /cannot be written: EIO/);
    assert.equal(log.state.streams.size, 0);
    await log.close();
  });

  it('takes no more commands when the new log may vanish with the power', async () => {
    const log = await openLog({ logRecordsMax: 1 });
    await failing('syncFolder', () => log.append(createStream(0, 'one')), 1);
    assert.match(reports[0], /cannot be shortened: EIO/);
    await assert.rejects(log.append(createStream(1, 'two')), /cannot be written: EIO/);
    await log.close();
    const again = await openLog();
    assert.equal(again.state.streams.size, 1);
    await again.close();
  });
});
