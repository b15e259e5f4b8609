import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { parse } from 'smol-toml';
import { loadConfig } from '../../config/load.ts';
import { Broker } from '../../src/broker/broker.ts';
import { createLogger } from '../../src/broker/logger.ts';

// Compiled beside this file, or in the same build of the project.
const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'veltro-cli-'));
const smallest = { 'system.memory_pool.size': '256 MiB' } as const;
let broker: Broker;

before(async () => {
  const config = loadConfig({
    withDefaultRootCredentials: true,
    flags: {
      ...smallest,
      'system.path': join(folder, 'shared'),
      'system.sharding.cpu_allocation': 1,
      'tcp.address': '127.0.0.1:0',
      'quic.address': '127.0.0.1:0',
      'websocket.address': '127.0.0.1:0',
    },
  });
  const logger = createLogger({ level: 'error', format: 'pretty' });
  broker = await Broker.start({ config, logger });
});

after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function environment(changes: Record<string, string> = {}): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !/^(VELTRO|IGGY)_/.test(name));
  return {
    ...Object.fromEntries(clean),
    VELTRO_SYSTEM_MEMORY_POOL_SIZE: '256 MiB',
    XDG_CONFIG_HOME: join(folder, 'home'),
    ...changes,
  };
}

function launch(words: readonly string[], variables: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [main, ...words], {
    cwd: folder,
    env: environment(variables),
    stdio: 'pipe',
  });
}

async function outcome(child: ChildProcess, input: string | Buffer = ''): Promise<Outcome> {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (errors += chunk));
  child.stdin?.end(input);
  await once(child, 'close');
  return { code: child.exitCode, output, errors };
}

/** Runs a command against the shared broker. */
function veltro(line: string, input?: string | Buffer): Promise<Outcome> {
  const words = line.split(' ');
  return outcome(launch(words, { VELTRO_SERVER: `iggy://${broker.addresses.tcp}` }), input);
}

async function succeed(line: string, input?: string | Buffer): Promise<string> {
  const { code, output, errors } = await veltro(line, input);
  assert.deepEqual([code, errors], [0, ''], line);
  return output;
}

async function json(line: string): Promise<Record<string, unknown>> {
  return JSON.parse(await succeed(`${line} --json`));
}

test('streams, topics and partitions are managed', async () => {
  await succeed('stream create managed');
  assert.match(await succeed('stream list'), /managed/);
  await succeed('stream update managed renamed');
  const topic = await json('topic create renamed events -n 2 --expiry 1h');
  assert.deepEqual([topic.partitionsCount, topic.messageExpiry], [2, '1 h']);
  await succeed('partition create renamed events 2');
  await succeed('partition delete renamed events 1');
  assert.equal((await json('topic get renamed events')).partitionsCount, 3);
  await succeed('topic update renamed events orders --expiry never_expire');
  const changed = await json('topic get renamed orders');
  assert.deepEqual([changed.messageExpiry, changed.partitionsCount], ['never_expire', 3]);
  assert.equal((await json('stream get renamed')).topicsCount, 1);
  await succeed('topic delete renamed orders');
  assert.match(await succeed('topic list renamed'), /There are no topics/);
  await succeed('stream delete renamed');
});

test('messages are sent and polled, offsets kept, everything purged', async () => {
  await succeed('stream create data');
  await succeed('topic create data events -n 2');
  await succeed('message send data events -p 1 -H type:string:test first second');
  await succeed('message send data events -p 1', Buffer.from('third\n\xff\n', 'latin1'));
  const polled = (await succeed('message poll data events --json')).trim().split('\n');
  assert.deepEqual(
    polled.map((line) => {
      const { partition, offset, payload, headers } = JSON.parse(line);
      return [partition, offset, payload, headers];
    }),
    [
      [1, 0, 'first', { type: 'test' }],
      [1, 1, 'second', { type: 'test' }],
      [1, 2, 'third', {}],
      [1, 3, 'ff', {}],
    ],
  );
  await succeed('message flush data events 1 --fsync');
  await succeed('message poll data events 1 --next -c 2 --consumer mailer --auto-commit');
  assert.equal((await json('offset get mailer data events 1')).storedOffset, 1);
  assert.match(await succeed('message poll data events 1 --next --consumer mailer'), /^1:2 /);
  await succeed('offset set mailer data events 1 2');
  await succeed('offset delete mailer data events 1');
  assert.equal((await veltro('offset get mailer data events 1')).code, 1);
  await succeed('topic purge data events');
  assert.match((await veltro('message poll data events')).errors, /There are no messages to read/);
  await succeed('stream purge data');
});

test('a file of many messages is sent and read back in order', async () => {
  await succeed('stream create many');
  await succeed('topic create many events');
  const lines = Array.from({ length: 5000 }, (_, index) => `message ${index}`);
  writeFileSync(join(folder, 'many.txt'), lines.join('\n'));
  const sent = await json('message send many events --input-file many.txt');
  assert.equal(sent.sent, 5000);
  const polled = await succeed('message poll many events 0 -c 6000 --json');
  const payloads = polled
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).payload);
  assert.deepEqual(payloads, lines);
});

test('following prints what arrives and ends with Ctrl-C', async () => {
  await succeed('stream create followed');
  await succeed('topic create followed events');
  await succeed('message send followed events old');
  const words = ['message', 'poll', 'followed', 'events', '--follow'];
  const child = launch(words, { VELTRO_SERVER: `iggy://${broker.addresses.tcp}` });
  assert.ok(child.stdout);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.match((await lines.next()).value, / old$/);
  await succeed('message send followed events new');
  assert.match((await lines.next()).value, / new$/);
  child.kill('SIGINT');
  await once(child, 'close');
  assert.equal(child.exitCode, 0);
});

test('members of a group share a topic, and one goes on where another has ended', async () => {
  await succeed('stream create grouped');
  await succeed('topic create grouped events -n 2');
  await succeed('group create grouped events mailers');
  await succeed('message send grouped events -p 0 first');
  await succeed('message send grouped events -p 1 second');
  const words = ['message', 'poll', 'grouped', 'events', '--group', 'mailers'];
  for (const expected of [['first', 'second'], ['third']]) {
    const child = launch(words, { VELTRO_SERVER: `iggy://${broker.addresses.tcp}` });
    assert.ok(child.stdout);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const read = [];
    for (const _ of expected) read.push((await lines.next()).value.split(' ').at(-1));
    assert.deepEqual(read.sort(), expected);
    assert.equal((await json('group get grouped events mailers')).membersCount, 1);
    child.kill('SIGINT');
    await once(child, 'close');
    assert.equal(child.exitCode, 0);
    await succeed('message send grouped events -p 1 third');
  }
  assert.equal((await json('group get grouped events mailers')).membersCount, 0);
  assert.equal((await json('offset get mailers grouped events 0 -k group')).storedOffset, 0);
  await succeed('group delete grouped events mailers');
  assert.match(await succeed('group list grouped events'), /There are no consumer groups/);
});

test('a snapshot is saved for its owner alone', async () => {
  const { path, bytes } = await json('snapshot -s test server_config -c stored');
  assert.match(String(path), /^snapshot_\d{8}_\d{6}\.zip$/);
  const file = join(folder, String(path));
  const archive = readFileSync(file);
  assert.equal(archive.byteLength, bytes);
  assert.deepEqual(Object.keys(unzipSync(archive)), ['test.txt', 'server_config.txt']);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a login holds for the commands that follow, until the logout', async () => {
  const server = String(broker.addresses.tcp);
  const run = (line: string) => outcome(launch(line.split(' ')));
  assert.equal((await run(`login --server ${server} -u iggy -p iggy`)).code, 0);
  const { output } = await run('token list --json');
  const tokens = JSON.parse(output).filter(({ name }: { name: string }) => /^veltro-/.test(name));
  assert.equal(tokens.length, 1);
  assert.notEqual(tokens[0].expiresAt, null);
  assert.equal((await run('logout')).code, 0);
  assert.ok(!(await succeed('token list')).includes(tokens[0].name));
});

test('ping, me and stats answer', async () => {
  assert.match(await succeed('ping'), /^Answer 1 from 127\.0\.0\.1:/);
  assert.equal((await json('me')).transport, 'tcp');
  assert.equal((await json('stats')).clientsCount, 1);
});

test('failures are one sentence, without a stack trace', async () => {
  for (const [line, code] of [
    ['stream delete missing', 1],
    ['stream get missing', 1],
    ['message send missing events x', 1],
    ['stream list --password wrong', 1],
    ['stream list --server 127.0.0.1:1', 1],
    ['stream remove x', 2],
  ] as const) {
    const failed = await veltro(line);
    assert.deepEqual([failed.code, failed.output], [code, ''], line);
    assert.match(failed.errors, /^error: [^\n]+\n$/, line);
  }
});

interface Started {
  readonly child: ChildProcess;
  readonly ready: { readonly tcp: string; readonly quic?: string } & Record<string, unknown>;
}

const freePorts = ['tcp', 'quic', 'http', 'websocket'].flatMap((name) => [
  `--${name}`,
  '127.0.0.1:0',
]);

/** Starts a broker as a process of its own and waits for its ready line. */
async function start(dataDir: string, ...flags: string[]): Promise<Started> {
  const common = ['--data-dir', dataDir, '--threads', '1', ...freePorts];
  const child = launch(['start', ...common, '--log-format', 'json', ...flags]);
  assert.ok(child.stdout);
  child.stderr?.resume();
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return { child, ready: JSON.parse(value) };
}

async function stop({ child }: Started, signal: 'SIGINT' | 'SIGTERM'): Promise<number | null> {
  child.kill(signal);
  await once(child, 'close');
  return child.exitCode;
}

test('a broker says when it is ready, writes its configuration, and drains at a signal', async () => {
  const dataDir = join(folder, 'own');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const started = await start(dataDir, '--with-default-root-credentials');
    assert.equal(started.ready.event, 'ready');
    const { tcp, quic, http, websocket } = started.ready;
    assert.equal((await fetch(`http://${http}/health/ready`)).status, 200);
    const file = join(dataDir, 'runtime', 'current_config.toml');
    type Written = Record<'tcp' | 'quic' | 'http' | 'websocket', { readonly address: string }>;
    const written = parse(readFileSync(file, 'utf8')) as Written;
    assert.deepEqual(
      [written.tcp.address, written.quic.address, written.websocket.address, written.http.address],
      [tcp, quic, websocket, http],
    );
    for (const words of [
      ['--server', tcp],
      ['--server', `${quic}?tlsVerify=false`, '--transport', 'quic'],
      ['--server', `iggy+ws://${websocket}`],
    ]) {
      const ping = await outcome(launch(['ping', ...words]));
      assert.equal(ping.code, 0, ping.errors);
    }
    assert.equal(await stop(started, signal), 0);
  }
});

test('root gets a random password at the first start, which is told once', async () => {
  const dataDir = join(folder, 'random');
  const first = await start(dataDir);
  const { tcp, generatedRootPassword } = first.ready;
  const listing = ['stream', 'list', '--server', tcp, '-p'];
  assert.equal((await outcome(launch([...listing, String(generatedRootPassword)]))).code, 0);
  assert.equal((await outcome(launch([...listing, 'iggy']))).code, 1);
  assert.equal(await stop(first, 'SIGTERM'), 0);
  const second = await start(dataDir);
  assert.equal(second.ready.generatedRootPassword, undefined);
  const again = ['stream', 'list', '--server', second.ready.tcp, '-p'];
  assert.equal((await outcome(launch([...again, String(generatedRootPassword)]))).code, 0);
  assert.equal(await stop(second, 'SIGTERM'), 0);
});

test('the first-run screen tells how to go on', async () => {
  const flags = ['--data-dir', join(folder, 'screen'), '--threads', '1', ...freePorts];
  const child = launch(['start', ...flags, '--with-default-root-credentials']);
  assert.ok(child.stdout);
  child.stderr?.resume();
  let screen = '';
  for await (const line of createInterface({ input: child.stdout })) {
    screen += `${line}\n`;
    if (line.startsWith('Ready on tcp ')) child.kill('SIGINT');
  }
  assert.match(
    screen,
    /Listening +tcp 127\.0\.0\.1:\d+\n +quic 127\.0\.0\.1:\d+\n +websocket 127\.0\.0\.1:\d+\n +http:\/\/127\.0\.0\.1:\d+ with/,
  );
  assert.match(screen, /Log in +user iggy, password iggy\n/);
  assert.match(screen, /export VELTRO_SERVER='iggy:\/\/iggy:iggy@127\.0\.0\.1:\d+'/);
  if (child.exitCode === null) await once(child, 'close');
  assert.equal(child.exitCode, 0);
});

test('a start that cannot succeed says why in one sentence', async () => {
  // A program that does not share its port: brokers do, where Node can.
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const tcp = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  for (const [words, code, reason] of [
    [
      ['--data-dir', 'taken', '--tcp', tcp],
      1,
      /Another program listens on 127\.0\.0\.1:\d+ already/,
    ],
    [['--data-dir', 'shared', '--tcp', '127.0.0.1:0'], 1, /shared/],
    [['--config', 'missing.toml'], 2, /missing\.toml cannot be read/],
    [['--websocket', 'nowhere'], 2, /websocket\.address/],
  ] as const) {
    const failed = await outcome(
      launch([
        'start',
        '--threads',
        '1',
        '--http',
        'off',
        '--websocket',
        'off',
        ...words,
        '--log-level',
        'error',
      ]),
    );
    assert.equal(failed.code, code, failed.errors);
    assert.match(failed.errors, reason);
    assert.doesNotMatch(failed.errors, /\n {4}at /);
    assert.equal(failed.output, '');
  }
  other.close();
});

test('what the engine has compiled is kept for the next start, where Node.js can', async () => {
  const variables = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  await outcome(launch(['--version'], variables));
  const { code, errors } = await outcome(launch(['--version'], variables));
  const found = /node_modules.\.cache.veltro.* for ESM \S*program-\w+\.js\.*\[.*success/;
  assert.deepEqual([code, found.test(errors)], [0, 'enableCompileCache' in module]);
});
