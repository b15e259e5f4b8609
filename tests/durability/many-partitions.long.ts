import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Client, connect } from '../../src/client/client.ts';
import { openFilesPerShardMax } from '../../src/wire/limits.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { shown, writeFigures } from '../support/figures.ts';

const PARTITIONS_PER_TOPIC = 1000;
const MIB = 1024 * 1024;
const ENTRY_BYTES = 16;
/** Sends that are under way at a time. */
const CHUNK = 500;
/** What a broker may hold for each partition that nobody uses. */
const PARTITION_BYTES_MAX = 20 * 1024;
/** Descriptors besides those of the shard: engine, threads, sockets. */
const OTHER_FILES_MAX = 100;

async function withFolder(run: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-many-'));
  try {
    await run(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Runs something with a broker of one shard, which is then ended; resolves with its start time. */
async function withBroker(
  dataDir: string,
  signal: NodeJS.Signals,
  run: (client: Client, broker: BrokerProcess) => Promise<void>,
): Promise<number> {
  const startMs = performance.now();
  const broker = await BrokerProcess.start({ dataDir, threads: 1 });
  const startedMs = performance.now() - startMs;
  try {
    await using client = await connect(broker.url, { reconnect: { enabled: false } });
    await run(client, broker);
  } finally {
    await broker.end(signal);
  }
  return startedMs;
}

async function createTopics(client: Client, topics: number): Promise<void> {
  await client.streams.create('many');
  for (let i = 0; i < topics; i++) {
    await client.topics.create('many', `topic ${i}`, { partitions: PARTITIONS_PER_TOPIC });
  }
}

/** One message to every partition. */
async function sendToAll(client: Client, topics: number): Promise<void> {
  for (let topic = 0; topic < topics; topic++) {
    for (let first = 0; first < PARTITIONS_PER_TOPIC; first += CHUNK) {
      const sends = Array.from({ length: CHUNK }, (_, i) => {
        const options = { partition: first + i };
        return client.messages.send('many', `topic ${topic}`, [{ payload: 'one' }], options);
      });
      await Promise.all(sends);
    }
  }
}

async function messagesIn(client: Client): Promise<number> {
  return Number((await client.stats()).messagesCount);
}

function filesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function residentBytes(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kib) * 1024;
}

const skip = process.platform !== 'linux' && 'descriptors and memory are read from /proc';

test('10,000 partitions on one shard open, take messages and start', { skip }, async (context) => {
  const TOPICS = 10;
  const partitions = TOPICS * PARTITIONS_PER_TOPIC;
  await withFolder(async (dataDir) => {
    let filesMax = 0;
    let bytes = 0;
    await withBroker(dataDir, 'SIGTERM', async (client, { pid }) => {
      const before = residentBytes(pid);
      await createTopics(client, TOPICS);
      for (let round = 1; round <= 2; round++) {
        await sendToAll(client, TOPICS);
        filesMax = Math.max(filesMax, filesOf(pid));
        assert.equal(await messagesIn(client), round * partitions);
      }
      bytes = residentBytes(pid) - before;
    });
    assert.ok(filesMax <= openFilesPerShardMax + OTHER_FILES_MAX, `${filesMax} files were open`);
    assert.ok(bytes < partitions * PARTITION_BYTES_MAX, `${bytes} bytes were taken`);
    const check = async (client: Client) => {
      assert.equal(await messagesIn(client), 2 * partitions);
    };
    const cleanMs = await withBroker(dataDir, 'SIGKILL', check);
    const killedMs = await withBroker(dataDir, 'SIGKILL', check);
    const figures = [
      `files open: ${shown(filesMax)} at most`,
      `memory: ${shown(Math.round(bytes / MIB))} MiB more`,
      `start after a clean stop: ${(cleanMs / 1000).toFixed(1)} s`,
      `after a kill: ${(killedMs / 1000).toFixed(1)} s`,
    ];
    context.diagnostic(figures.join(', '));
    writeFigures('10,000 partitions', figures);
  });
});

/** A full first segment for a partition that has none: sparse, and with the index of such a one. */
function addSegment(partitionDir: string, bytes: number, messages: number): void {
  const log = join(partitionDir, `${'0'.repeat(20)}.log`);
  const index = join(partitionDir, `${'0'.repeat(20)}.index`);
  truncateSync(log, bytes);
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeUInt32LE(messages - 1);
  entry.writeUInt32LE(bytes, 4);
  entry.writeBigUInt64LE(BigInt(Date.now()) * 1000n, 8);
  truncateSync(index, (messages - 1) * ENTRY_BYTES);
  writeFileSync(index, entry, { flag: 'a' });
  const next = String(messages).padStart(20, '0');
  for (const kind of ['log', 'index']) writeFileSync(join(partitionDir, `${next}.${kind}`), '');
}

test('10 GiB in 1,000 partitions start in seconds', { skip }, async (context) => {
  const BYTES = 10 * 1024 * MIB;
  const MESSAGES = 10_000;
  await withFolder(async (dataDir) => {
    await withBroker(dataDir, 'SIGTERM', (client) => createTopics(client, 1));
    const emptyMs = await withBroker(dataDir, 'SIGTERM', async () => {});
    const partitionsDir = join(dataDir, 'streams/0/topics/0/partitions');
    for (const partition of readdirSync(partitionsDir)) {
      const bytes = Math.floor(BYTES / PARTITIONS_PER_TOPIC);
      addSegment(join(partitionsDir, partition), bytes, MESSAGES);
    }
    const check = async (client: Client) => {
      assert.equal(await messagesIn(client), PARTITIONS_PER_TOPIC * MESSAGES);
    };
    const cleanMs = await withBroker(dataDir, 'SIGKILL', check);
    const killedMs = await withBroker(dataDir, 'SIGTERM', check);
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    const figures = [
      `1,000 partitions without messages: ${seconds(emptyMs)}`,
      `with 10 GiB after a clean stop: ${seconds(cleanMs)}`,
      `after a kill: ${seconds(killedMs)}`,
    ];
    context.diagnostic(figures.join(', '));
    writeFigures('start', figures);
  });
});
