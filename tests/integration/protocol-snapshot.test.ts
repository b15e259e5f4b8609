import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { unzipSync } from 'fflate';
import { parse } from 'smol-toml';
import { createLogger } from '../../src/broker/logger.ts';
import {
  type GetSnapshotRequest,
  getSnapshot,
  type SnapshotType,
} from '../../src/wire/classic/commands/get-snapshot.ts';
import { getStats } from '../../src/wire/classic/commands/get-stats.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { requestHeaderBytes } from '../../src/wire/limits.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient, statusOf } from '../support/raw-client.ts';
import { createPlace, sendRequest } from '../support/topic-kit.ts';
import { addUser, credentials, loginAs } from '../support/user-kit.ts';

const everything = [
  'filesystem_overview.txt',
  'process_list.txt',
  'resource_usage.txt',
  'server_logs.txt',
  'server_config.txt',
];

async function snapshot(
  client: RawClient,
  types: readonly SnapshotType[],
  compression: GetSnapshotRequest['compression'] = 'deflated',
): Promise<Buffer> {
  return Buffer.from(await client.call(getSnapshot, { compression, types }));
}

/** Names and texts of an archive, in its order. */
function textsOf(archive: Buffer): Record<string, string> {
  const files = Object.entries(unzipSync(archive));
  return Object.fromEntries(files.map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

/** What Python's reader of ZIP archives finds; undefined without Python. */
async function readByPython(archive: Buffer): Promise<Record<string, string> | undefined> {
  const program = `
import io, json, sys, zipfile
archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert archive.testzip() is None
json.dump({name: archive.read(name).decode() for name in archive.namelist()}, sys.stdout)`;
  const child = execFile('python3', ['-c', program], { maxBuffer: 64 << 20 });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stdin?.on('error', () => {});
  child.stdin?.end(archive);
  try {
    const [code] = await once(child, 'close');
    assert.equal(code, 0, 'Python cannot read the archive');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(output);
}

test('a snapshot holds what was asked for, in that order', async () => {
  await using broker = await startBroker();
  const client = await RawClient.login(broker);
  assert.deepEqual(Object.keys(textsOf(await snapshot(client, ['all']))), everything);
  const some = textsOf(
    await snapshot(client, ['server_config', 'test', 'server_config'], 'stored'),
  );
  assert.deepEqual(Object.keys(some), ['server_config.txt', 'test.txt']);
  assert.equal(some['test.txt'], 'This is a test.\n');
  assert.deepEqual(textsOf(await snapshot(client, [])), {});
});

test('the texts of a snapshot tell of this broker', async () => {
  await using broker = await startBroker();
  const client = await RawClient.login(broker);
  await createPlace(client);
  await client.call(sendMessages, sendRequest(['hello']));
  const texts = textsOf(await snapshot(client, ['all']));
  assert.match(
    texts['filesystem_overview.txt'],
    /\n +\d+ {2}\d{4}-\S+Z {2}streams\/0\/topics\/0\/partitions\/0\/0{20}\.log\n/,
  );
  assert.match(texts['process_list.txt'], new RegExp(`^pid: ${process.pid}\n`));
  assert.match(texts['resource_usage.txt'], /^shardsUpCount: 2$/m);
  assert.match(texts['resource_usage.txt'], /^memory\.rss: \d{6,}$/m);
  const written = join(broker.dataDir, 'runtime/current_config.toml');
  assert.equal(texts['server_config.txt'], readFileSync(written, 'utf8'));
  const config = parse(texts['server_config.txt']) as { tcp: { address: string } };
  assert.equal(config.tcp.address, broker.addresses.tcp);
});

test('the newest log lines are part of a snapshot, and no secret is', async () => {
  const secrets = { username: 'iggy', password: 'a-secret-of-root' };
  const lines: string[] = [];
  const logger = createLogger({
    level: 'trace',
    format: 'pretty',
    destination: { write: (line) => lines.push(line) },
  });
  await using broker = await startBroker({ rootCredentials: secrets, logger });
  logger.info({ password: 'a-secret-of-the-log' }, 'Something is noted');
  const client = await RawClient.connect(broker);
  await client.call(loginUser, credentials(secrets.username, secrets.password));
  const archive = await snapshot(client, ['all'], 'stored');
  assert.ok(!archive.includes('secret-of'), 'a secret is in the archive');
  const last = textsOf(archive)['server_logs.txt'].trim().split('\n');
  const noted = last.map((line) => JSON.parse(line)).find(({ msg }) => /is noted/.test(msg));
  assert.equal(noted.password, '[redacted]');
  assert.ok(lines.length > 0, 'the log itself is written as before');
});

test('Python reads the archives', async (context: TestContext) => {
  await using broker = await startBroker();
  const client = await RawClient.login(broker);
  for (const compression of ['stored', 'deflated', 'bzip2', 'lzma', 'xz'] as const) {
    const archive = await snapshot(client, ['all'], compression);
    const read = await readByPython(archive);
    if (read === undefined) return context.skip('python3 is not installed');
    assert.deepEqual(read, textsOf(archive), compression);
  }
});

test('codes that there are not, and all with others, are status 3', async () => {
  await using broker = await startBroker();
  const client = await RawClient.login(broker);
  for (const payload of [
    [7, 0],
    [0, 0],
    [2, 1, 7],
    [2, 1, 0],
    [2, 2, 100, 1],
    [2, 2, 1],
    [2],
    [],
  ]) {
    const header = Buffer.alloc(requestHeaderBytes);
    header.writeUInt32LE(requestHeaderBytes - 4 + payload.length, 0);
    header.writeUInt32LE(getSnapshot.code, 4);
    const answer = await client.exchange(Buffer.concat([header, Buffer.from(payload)]));
    assert.equal(statusOf(answer), status.InvalidCommand, String(payload));
  }
  assert.deepEqual(broker.errors, []);
});

test('everybody who has logged in may take a snapshot, nobody else', async () => {
  await using broker = await startBroker();
  const root = await RawClient.login(broker);
  await addUser(root, 'reader');
  const stranger = await RawClient.connect(broker);
  const request = { compression: 'stored', types: ['test'] } as const;
  assert.equal(await stranger.status(getSnapshot, request), status.Unauthenticated);
  const client = await loginAs(broker, 'reader');
  assert.deepEqual(Object.keys(textsOf(await snapshot(client, ['test']))), ['test.txt']);
});

test('many who ask at once get one archive each, and others are served meanwhile', async () => {
  await using broker = await startBroker();
  const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.login(broker)));
  const archives = await Promise.all(clients.map((client) => snapshot(client, ['all'])));
  for (const archive of archives) assert.deepEqual(Object.keys(textsOf(archive)), everything);
});

test('a part that cannot be had is left out and noted', async () => {
  const destination = { write: () => {} };
  const logger = createLogger({ level: 'warn', format: 'json', destination });
  await using broker = await startBroker({ logger });
  const client = await RawClient.login(broker);
  rmSync(broker.dataDir, { recursive: true });
  const texts = textsOf(await snapshot(client, ['all']));
  const left = ['process_list.txt', 'server_logs.txt', 'server_config.txt'];
  assert.deepEqual(Object.keys(texts), left);
  assert.match(texts['server_logs.txt'], /goes without filesystem_overview: ENOENT/);
  assert.match(texts['server_logs.txt'], /goes without resource_usage: ENOENT/);
});

test('every field of the statistics is real', async () => {
  await using broker = await startBroker();
  const client = await RawClient.login(broker);
  await createPlace(client, 3);
  await client.call(sendMessages, sendRequest(['one', 'two']));
  const stats = await client.call(getStats, undefined);
  const { hostname, osName, osVersion, kernelVersion, serverVersion, ...numbers } = stats;
  for (const text of [hostname, osName, osVersion, kernelVersion]) assert.notEqual(text, '');
  assert.equal(serverVersion, '0.8.0');
  assert.equal(numbers.serverSemver, 8000);
  assert.equal(numbers.processId, process.pid);
  assert.ok(numbers.cpuUsagePercent > 0 && numbers.totalCpuUsagePercent > 0);
  assert.ok(numbers.totalCpuUsagePercent <= 100);
  assert.ok(numbers.memoryUsageBytes > 1_000_000n);
  assert.ok(numbers.availableMemoryBytes > 0n);
  assert.ok(numbers.availableMemoryBytes <= numbers.totalMemoryBytes);
  assert.ok(Math.abs(Number(numbers.startedAt) / 1000 - Date.now()) < 600_000);
  const disk = statfsSync(broker.dataDir);
  assert.equal(numbers.totalDiskSpaceBytes, BigInt(disk.blocks) * BigInt(disk.bsize));
  assert.ok(numbers.freeDiskSpaceBytes <= numbers.totalDiskSpaceBytes);
  const counts = [numbers.streamsCount, numbers.topicsCount, numbers.partitionsCount];
  assert.deepEqual(counts, [1, 1, 3]);
  assert.deepEqual([numbers.segmentsCount, numbers.messagesCount], [3, 2n]);
  assert.equal(numbers.messagesSizeBytes, 2n * 64n + 6n);
  assert.deepEqual([numbers.clientsCount, numbers.threadsCount], [1, 3]);
});
