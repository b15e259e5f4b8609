import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../src/bench/report.ts';
import { runProgram } from '../../src/cli/program.ts';
import { type Client, connect } from '../../src/client/client.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { startChild } from '../support/child-process.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-bench-test-'));
const smallest = { 'system.memory_pool.size': '256 MiB' } as const;
const TOPIC = 'topic-1';
let broker: TestBroker;
let client: Client;

before(async () => {
  broker = await startBroker({
    threads: 1,
    settings: smallest,
    quic: { port: 0 },
    http: { port: 0 },
  });
  client = await connect(broker.url);
});

after(async () => {
  await client.close();
  await broker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The world of a command, with connections to the real broker. */
function terminal() {
  const environment = { VELTRO_SERVER: broker.url, VELTRO_SYSTEM_MEMORY_POOL_SIZE: '512 MiB' };
  return { ...fakeTerminal({ environment: { ...process.env, ...environment } }), connect };
}

async function bench(line: string) {
  const world = terminal();
  const code = await runProgram(['bench', ...line.split(' ')], world);
  return { code, output: world.output(), errors: world.errors() };
}

async function report(line: string): Promise<Report> {
  // One thread starts faster than many; who wants more says so.
  const { code, output, errors } = await bench(`--json -j 1 ${line}`);
  assert.deepEqual([code, errors], [0, ''], line);
  return JSON.parse(output);
}

async function storedMessages(): Promise<number> {
  const streams = await client.streams.list();
  const own = streams.filter(({ name }) => name.startsWith('bench-stream-'));
  return own.reduce((total, { messagesCount }) => total + Number(messagesCount), 0);
}

async function deleteStreams(): Promise<void> {
  for (const { id } of await client.streams.list()) await client.streams.delete(id);
}

const messagesOf = ({ individual_metrics: actors }: Report, kind: string) =>
  actors
    .filter(({ summary }) => summary.actor_kind === kind)
    .reduce((total, { summary }) => total + summary.total_messages, 0);

/** What each kind sends and reads: batches of 10 messages of 100 bytes, 20 for each actor. */
const kinds: readonly (readonly [string, string, Readonly<Record<string, number>>])[] = [
  ['pp -p 3', 'pinned_producer', { sent: 600 }],
  ['pc -s 3 -c 3', 'pinned_consumer', { read: 600, before: 600 }],
  ['ppc -s 2 -p 2 -c 2', 'pinned_producer_and_consumer', { sent: 400, read: 400 }],
  ['ppc -s 1 -a 2 -p 2 -c 4', 'pinned_producer_and_consumer', { sent: 400, read: 800 }],
  ['bp -p 3 -a 4', 'balanced_producer', { sent: 600 }],
  ['bcg -c 3', 'balanced_consumer_group', { read: 600, before: 600 }],
  ['bpcg -p 2 -c 2 -a 4', 'balanced_producer_and_consumer_group', { sent: 400, read: 400 }],
  ['e2e -s 2 -p 3', 'end_to_end_producing_consumer', { both: 600 }],
  ['e2ecg -p 3 -c 2 -a 4', 'end_to_end_producing_consumer_group', { both: 600 }],
];

/** How the broker is reached, as it stands behind the kind; `--json` is of the report. */
function transports(): readonly (readonly [name: string, tail: string])[] {
  const { quic, http } = broker.addresses;
  return [
    ['quic', `quic --server-address ${quic}`],
    ['http', `http --server-address ${http}`],
    ['http', `http --json-bodies --server-address ${http}`],
  ];
}

test('the other transports carry every kind that they can', async (context) => {
  for (const [transport, tail] of transports()) {
    await deleteStreams();
    for (const [line, , { sent = 0, read = 0, both = 0 }] of kinds) {
      if (transport === 'http' && /^\w*cg /.test(line)) continue;
      await context.test(`${line} ${tail}`, async () => {
        const found = await report(`-m 100 -P 10 -b 20 ${line} ${tail}`);
        assert.equal(found.params.transport, transport);
        assert.equal(messagesOf(found, 'producer'), sent);
        assert.equal(messagesOf(found, 'consumer'), read);
        assert.equal(messagesOf(found, 'producing_consumer'), 2 * both);
        const bytes = found.individual_metrics.map(({ summary }) => summary.total_user_data_bytes);
        assert.equal(
          bytes.reduce((total, one) => total + one, 0),
          100 * (sent + read + 2 * both),
        );
      });
    }
  }
});

for (const api of ['', '-H ']) {
  test(`every kind does all of its work ${api}`, async (context) => {
    await deleteStreams();
    for (const [line, name, { sent = 0, read = 0, both = 0, before: held }] of kinds) {
      await context.test(line, async () => {
        const found = await report(`${api}-m 100 -P 10 -b 20 -j 2 ${line}`);
        assert.equal(found.params.benchmark_kind, name);
        assert.equal(messagesOf(found, 'producer'), sent);
        assert.equal(messagesOf(found, 'consumer'), read);
        // What such an actor sends and what it reads both count.
        assert.equal(messagesOf(found, 'producing_consumer'), 2 * both);
        assert.equal(await storedMessages(), held ?? sent + both);
        for (const { summary } of found.individual_metrics) {
          assert.equal(summary.total_user_data_bytes, summary.total_messages * 100);
          assert.equal(summary.total_bytes, summary.total_messages * 164);
          assert.ok(summary.max_latency_ms > 0 || summary.actor_id === 3, line);
        }
      });
    }
  });
}

test('a report has the keys of the reference', async () => {
  const found = await report(
    '-m 50 -P 5 -b 4 pp -p 2 tcp --server-address 127.0.0.1:1'.replace(
      '127.0.0.1:1',
      broker.addresses.tcp!,
    ),
  );
  assert.match(found.uuid, /^[0-9a-f-]{36}$/);
  assert.match(found.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.deepEqual(Object.keys(found.hardware).sort(), [
    'cpu_cores',
    'cpu_name',
    'identifier',
    'os_name',
    'os_version',
    'total_memory_mb',
  ]);
  const { params, server_stats: server } = found;
  assert.deepEqual(
    [params.messages_per_batch, params.message_size, params.message_batches, params.transport],
    [5, 50, 4, 'tcp'],
  );
  assert.deepEqual([params.streams, params.partitions, params.consumer_groups], [2, 1, 0]);
  assert.equal(params.params_identifier, 'pinned_producer_2_50_5_4_tcp');
  assert.equal(server.process_id, process.pid);
  assert.equal(typeof server.cache_metrics, 'object');
  const [group] = found.group_metrics;
  assert.equal(group.summary.kind, 'producers');
  const [one, two] = found.individual_metrics.map(({ summary }) => summary);
  assert.deepEqual([one.actor_kind, one.actor_id, two.actor_id], ['producer', 1, 2]);
  const sum = one.throughput_megabytes_per_second + two.throughput_megabytes_per_second;
  assert.equal(group.summary.total_throughput_megabytes_per_second, sum);
  const mean = (one.p99_latency_ms + two.p99_latency_ms) / 2;
  assert.equal(group.summary.average_p99_latency_ms, mean);
  assert.equal(group.histogram.raw.count, 8);
  assert.equal(group.histogram.corrected, null);
  assert.equal(group.latency_distribution?.bins.length, 50);
  assert.ok(group.avg_throughput_mb_ts.points.length > 0);
});

test('random sizes stay within their ranges, and total data ends a run', async () => {
  const found = await report('-m 10..200 -P 1..20 -T 100KB -w 20ms bp -p 2 -a 2');
  const { params, individual_metrics: actors } = found;
  assert.deepEqual([params.message_size, params.messages_per_batch], ['10..200', '1..20']);
  const bytes = actors.reduce((total, { summary }) => total + summary.total_user_data_bytes, 0);
  assert.ok(bytes >= 100_000 && bytes < 100_000 + 2 * 200 * 20, `${bytes} bytes`);
  const consumed = await report('-P 7..9 -b 1000000 bcg -c 2');
  const read = messagesOf(consumed, 'consumer');
  assert.equal(read, await storedMessages(), 'a consumer ends when there is no more');
});

test('a warm-up of those who only read changes nothing of what they read', async () => {
  await report('-m 100 -P 10 -b 20 pp -p 2');
  assert.equal(messagesOf(await report('-P 10 -b 20 -w 30ms pc -s 2 -c 2'), 'consumer'), 400);
  await report('-m 100 -P 10 -b 20 bp -p 2 -a 3');
  for (const api of ['', '-H ']) {
    const found = await report(`${api}-P 10 -b 20 -w 30ms bcg -c 2`);
    assert.equal(messagesOf(found, 'consumer'), 400);
  }
});

test('a rate limit gives figures corrected for coordinated omission', async () => {
  const found = await report('-m 100 -P 10 -b 5 -r 200KB pp -p 2');
  const { raw, corrected } = found.group_metrics[0].histogram;
  assert.equal(raw.count, 10);
  assert.ok(corrected !== null && corrected.count >= raw.count);
  const { output } = await bench('-m 100 -P 10 -b 5 -r 200KB --pretty pp -p 2');
  assert.match(output, /corrected for coordinated omission: p50 /);
});

test('streams may be kept, and what is new is what counts', async () => {
  await deleteStreams();
  await report('-m 100 -P 10 -b 5 pp -p 2');
  await report('-m 100 -P 10 -b 5 --reuse-streams ppc -s 2 -p 2 -c 2');
  assert.equal(await storedMessages(), 200);
  await report('-m 100 -P 10 -b 5 pp -p 2');
  assert.equal(await storedMessages(), 100);
});

test('producers may send ahead', async () => {
  const found = await report('-m 100 -P 10 -b 50 --depth 8 pp -p 2');
  assert.deepEqual([messagesOf(found, 'producer'), await storedMessages()], [1000, 1000]);
});

test('what is missing is not found, and the run fails', async () => {
  await deleteStreams();
  const missing = await bench('pc -s 2 -c 2');
  assert.equal(missing.code, 1);
  assert.match(missing.errors, /^error: The stream bench-stream-1 was not found; /);
  const topic = await client.streams.create('bench-stream-1');
  assert.match((await bench('bcg')).errors, /^error: The topic topic-1 of bench-stream-1 was not /);
  await client.topics.create(topic.id, TOPIC);
  assert.match((await bench('bcg')).errors, /^error: The topic .* holds no messages to read\.\n$/);
});

test('an error of an actor ends the run', async () => {
  const { code, output, errors } = await bench('-m 30000000 -P 3 -b 2 pp -p 1');
  assert.deepEqual([code, output], [1, '']);
  assert.match(errors, /^error: .+\n$/);
});

test('the files of a run are kept where output says, under a name of their own', async () => {
  const root = join(folder, 'kept');
  const line = `-m 50 -P 5 -b 4 pp -p 2 tcp --server-address ${broker.addresses.tcp}`;
  const output = `output -o ${root} --identifier box --remark a/b --gitref v1`;
  for (let run = 0; run < 2; run += 1) assert.equal((await bench(`${line} ${output}`)).code, 0);
  const [first, second] = readdirSync(root).sort();
  assert.match(first, /^pinned_producer_2_50_5_4_tcp_a-b_v1_box_/);
  assert.equal(second, `${first}_2`);
  const files = readdirSync(join(root, first)).sort();
  assert.deepEqual(files, ['bench.log', 'report.html', 'report.json', 'server_logs.zip']);
  const kept: Report = JSON.parse(readFileSync(join(root, first, 'report.json'), 'utf8'));
  assert.deepEqual([kept.params.remark, kept.hardware.identifier], ['a/b', 'box']);
  const page = readFileSync(join(root, first, 'report.html'), 'utf8');
  assertSelfContained(page);
  const compared = join(folder, 'compared.html');
  const paths = [first, second].map((name) => join(root, name, 'report.json'));
  const { code, output: text } = await bench(`compare ${paths.join(' ')} -o ${compared}`);
  assert.equal(code, 0);
  assert.match(text, /producers │ MB\/s/);
  assertSelfContained(readFileSync(compared, 'utf8'));
});

function assertSelfContained(page: string): void {
  assert.match(page, /^<!doctype html>/);
  assert.doesNotMatch(page, /https?:|\/\/[a-z]|\bsrc=|\bhref=|@import|url\(/i);
  assert.ok((page.match(/<svg /g) ?? []).length >= 3, 'there are charts');
}

test('an interrupted run leaves nothing', async () => {
  await deleteStreams();
  const root = join(folder, 'interrupted');
  const world = terminal();
  const words = `bench -r 1KB -P 1 -m 100 pp -p 1 output -o ${root}`.split(' ');
  const ended = runProgram(words, world);
  while (((await client.topics.get('bench-stream-1', TOPIC))?.messagesCount ?? 0n) < 2n) {
    await sleep(5);
  }
  assert.equal(readdirSync(root).length, 1);
  world.interrupt();
  assert.equal(await ended, 1);
  assert.match(world.errors(), /^error: The benchmark was interrupted/);
  assert.deepEqual(readdirSync(root), []);
});

test("the seed's flags work on the same command", async () => {
  await deleteStreams();
  const server = `--tcp --tcp-server-address ${broker.addresses.tcp}`;
  const work = '--messages-per-batch 10 --message-batches 5';
  const size = '--message-size 100';
  const sent = await report(
    `${server} --test-send-messages --streams 3 --producers 3 --parallel-producer-streams ${work} ${size}`,
  );
  assert.equal(messagesOf(sent, 'producer'), 150);
  const names = (await client.streams.list()).map(({ name }) => name).sort();
  assert.deepEqual(names, ['stream 3000001', 'stream 3000002', 'stream 3000003']);
  const polled = await report(
    `${server} --test-poll-messages --streams 3 --consumers 3 --parallel-consumer-streams ${work}`,
  );
  assert.equal(messagesOf(polled, 'consumer'), 150);
  await report(`${server} --test-send-messages --streams 2 --producers 2 ${work} ${size}`);
  const first = await client.topics.get('stream 3000001', 'topic 1');
  assert.equal(first?.messagesCount, 150n);
});

test('the same work runs on brokers of its own with more and more threads', async () => {
  const found = await report('--threads 1,2 -m 100 -P 10 -b 5 pc -s 2 -c 2');
  assert.deepEqual(
    found.scaling?.map(({ threads, groups }) => [threads, groups.map(({ kind }) => kind)]),
    [
      [1, ['consumers']],
      [2, ['consumers']],
    ],
  );
  assert.equal(messagesOf(found, 'consumer'), 100);
});

/** The executable is put together from many files, so threads and brokers are found from there. */
function execute(line: string) {
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const settings = { VELTRO_SERVER: broker.url, VELTRO_SYSTEM_MEMORY_POOL_SIZE: '256 MiB' };
  const child = startChild([process.execPath, main, 'bench', ...line.split(' ')], settings);
  let output = '';
  child.stdout!.on('data', (chunk) => (output += chunk));
  return { child, closed: once(child, 'close'), output: () => output };
}

test('the executable does the same', async () => {
  const { child, closed, output } = execute('-m 100 -P 10 -b 5 --threads 1 pp -p 2');
  await closed;
  assert.equal(child.exitCode, 0);
  assert.match(output(), /\nProducers Results: throughput \d+\.\d\d MB\/s, messages \d+\/s, /);
});

test('Ctrl-C ends the executable with an error, and leaves nothing', async () => {
  await deleteStreams();
  const root = join(folder, 'stopped');
  const { child, closed } = execute(`-r 1KB -P 1 -m 100 pp -p 1 output -o ${root}`);
  while ((await client.topics.get('bench-stream-1', TOPIC)) === null) await sleep(5);
  child.kill('SIGINT');
  await closed;
  assert.equal(child.exitCode, 1);
  assert.deepEqual(readdirSync(root), []);
});
