import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Broker } from '../../src/broker/broker.ts';
import { createLogger } from '../../src/broker/logger.ts';
import type { Verification } from '../../src/broker/verify.ts';
import { runProgram } from '../../src/cli/program.ts';
import { connect } from '../../src/client/client.ts';
import { createConsumerGroup } from '../../src/wire/classic/commands/create-consumer-group.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { joinConsumerGroup } from '../../src/wire/classic/commands/join-consumer-group.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { groupPlace, groupPoll } from '../support/group-kit.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  createPlace,
  messagesOf,
  place,
  poll,
  pollRequest,
  strategy,
  texts,
  toPartition,
} from '../support/topic-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-encryption-'));
after(() => rmSync(folder, { recursive: true }));

const key = Buffer.alloc(32, 0x21).toString('base64');
const otherKey = Buffer.alloc(32, 0x22).toString('base64');
const settings = { 'system.encryption.enabled': true, 'system.encryption.key': key };
const LOG = 'streams/0/topics/0/partitions/0/00000000000000000000.log';

function send(client: RawClient, payloads: readonly (string | Uint8Array)[], headers?: Buffer) {
  const messages = messagesOf(payloads).map((message) =>
    headers === undefined ? message : { ...message, userHeaders: headers },
  );
  const partitioning = toPartition(0);
  return client.call(sendMessages, { ...place, partitioning, messages });
}

/** The text of every file of a data directory, their names included. */
function everythingIn(dataDir: string): string {
  const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  assert.ok(entries.length > 5, 'nothing was looked at');
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return entry.isFile() ? path + readFileSync(path, 'latin1') : path;
    })
    .join('\n');
}

/** Files with what is in them, but for those that hold for one run only. */
function keptIn(dataDir: string): (readonly [string, string])[] {
  const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('runtime'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => [path, readFileSync(path, 'latin1')]);
}

/** The lines that a start of a broker logs, and the error that it ends with, if any. */
async function tryToStart(dataDir: string, changes: Record<string, string | boolean>) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level: 'trace', format: 'json', destination });
  try {
    const options = { dataDir, threads: 1, tcp: { port: 0 }, logger };
    await using broker = await Broker.start({ ...options, settings: changes });
    return { log: lines.join(''), problem: '', config: effective(broker.dataDir) };
  } catch (error) {
    const problem = `${(error as Error).name}: ${(error as Error).message}`;
    return { log: lines.join(''), problem, config: '' };
  }
}

function effective(dataDir: string): string {
  return readFileSync(join(dataDir, 'runtime', 'current_config.toml'), 'utf8');
}

describe('A broker that encrypts', () => {
  test('answers polls of every kind in clear, with checksums that hold', async () => {
    await using broker = await startBroker({ settings });
    await using client = await RawClient.login(broker);
    await createPlace(client);
    await send(client, ['a', 'b']);
    await send(client, ['', 'd', 'e'], Buffer.from('headers'));
    const ask = async (kind: 'offset' | 'timestamp' | 'first' | 'last' | 'next', value = 0n) =>
      texts(await poll(client, { strategy: strategy(kind, value), autoCommit: true }));
    assert.deepEqual(await ask('first'), ['a', 'b', '', 'd', 'e']);
    assert.deepEqual(await ask('next'), []);
    assert.deepEqual(await ask('offset', 3n), ['d', 'e']);
    assert.deepEqual(await ask('next'), []);
    const [, , third] = await poll(client);
    assert.deepEqual(third.userHeaders, Buffer.from('headers'));
    const last = await poll(client, { strategy: strategy('last'), count: 2 });
    assert.deepEqual(texts(last), ['d', 'e']);
    assert.deepEqual(await ask('timestamp', third.timestamp), ['', 'd', 'e']);
    const stored = 5 * 64 + 4 + 5 * 28 + 3 * (7 + 28);
    const { sizeBytes } = (await client.call(getTopic, place))!;
    assert.equal(Number(sizeBytes), stored, 'sizes are those of what is stored');
  });

  test('serves groups', async () => {
    await using broker = await startBroker({ settings });
    await using client = await RawClient.login(broker);
    await createPlace(client);
    await client.call(createConsumerGroup, { ...place, name: groupPlace.groupId });
    await client.call(joinConsumerGroup, groupPlace);
    await send(client, ['one', 'two']);
    assert.deepEqual((await groupPoll(client)).texts, ['one', 'two']);
  });

  test('gives large messages back after a restart, and keeps its key to itself', async () => {
    const dataDir = join(folder, 'large');
    const payload = Buffer.alloc(10_000_000, 'large ');
    const run = async (use: (client: RawClient) => Promise<void>) => {
      const broker = await startBroker({ dataDir, settings });
      await using client = await RawClient.login(broker);
      await use(client);
      assert.ok(!everythingIn(dataDir).includes(key));
      await broker.stop();
      assert.deepEqual(broker.errors, []);
    };
    const assertWhole = async (client: RawClient) => {
      const [small, large, next] = await poll(client);
      assert.deepEqual(texts([small]), ['small']);
      assert.ok(Buffer.from(large.payload).equals(payload));
      assert.deepEqual(next === undefined ? [] : texts([next]), ['next']);
    };
    await run(async (client) => {
      await createPlace(client);
      await send(client, ['small', payload]);
      await send(client, ['next']);
      await assertWhole(client);
    });
    await run(assertWhole);
    await run(assertWhole);
  });

  test('refuses what was changed on the disk with status 72, and serves the rest', async () => {
    const dataDir = join(folder, 'changed');
    const first = await startBroker({ dataDir, settings });
    {
      await using client = await RawClient.login(first);
      await createPlace(client);
      await send(client, ['one', 'two', 'three']);
    }
    await first.stop();
    const path = join(dataDir, LOG);
    const log = readFileSync(path);
    log[64 + 31 + 64 + 5] ^= 1;
    writeFileSync(path, log);
    await using broker = await startBroker({ dataDir, settings });
    await using client = await RawClient.login(broker);
    const at = (offset: number) => ({ strategy: strategy('offset', offset) });
    assert.deepEqual(texts(await poll(client, at(0))), ['one']);
    const refused = await client.status(pollMessages, pollRequest(at(1)));
    assert.equal(refused, status.CannotDecryptData);
    assert.deepEqual(texts(await poll(client, at(2))), ['three']);
    assert.equal(broker.errors.length, 1);
    assert.match(broker.errors[0], /the message at offset 1 is damaged/);
  });
});

describe('A data directory that is encrypted', () => {
  const secrets = ['stream-of-tears', 'topic-of-talk', 'group-of-grief', 'user-of-the-year'];
  const marked = { payload: 'the-marked-payload', header: 'the-marked-header' };

  async function fill(url: string): Promise<void> {
    const [stream, topic, group, user] = secrets;
    await using client = await connect(url);
    await client.streams.create(stream);
    await client.topics.create(stream, topic, { partitions: 1 });
    await client.groups.create(stream, topic, group);
    await client.users.create(user, 'a-password');
    const message = { payload: marked.payload, headers: { name: marked.header } };
    for (let i = 0; i < 20; i++) await client.messages.send(stream, topic, [message, message]);
    const { messages } = await client.messages.poll(stream, topic, { partition: 0, count: 50 });
    assert.equal(messages.length, 40);
    assert.equal(Buffer.from(messages[0].payload).toString(), marked.payload);
  }

  function assertDark(dataDir: string): void {
    const all = everythingIn(dataDir);
    for (const text of [...secrets, ...Object.values(marked), key]) {
      assert.ok(!all.includes(text), `${text} can be read`);
    }
  }

  test('shows no message, no name and no key, whether the broker runs or not', async () => {
    const dataDir = join(folder, 'dark');
    const start = (more = {}) => startBroker({ dataDir, settings: { ...settings, ...more } });
    const broker = await start({ 'system.segment.size': '1 KiB' });
    await fill(broker.url);
    assertDark(dataDir);
    await broker.stop();
    assertDark(dataDir);
    const again = await start();
    assertDark(dataDir);
    await again.stop();
  });

  test('would show them in clear', async () => {
    const dataDir = join(folder, 'clear');
    await using broker = await startBroker({ dataDir });
    await fill(broker.url);
    const all = everythingIn(dataDir);
    for (const text of [...secrets, ...Object.values(marked)]) {
      assert.ok(all.includes(text), `${text} was not looked for where it is`);
    }
  });

  test('outlives a kill, with the key from the environment or from a file', async () => {
    const dataDir = join(folder, 'killed');
    const start = (more: Record<string, string>) => {
      const named = { VELTRO_SYSTEM_ENCRYPTION_ENABLED: 'true', ...more };
      return BrokerProcess.start({ dataDir, threads: 1, settings: named });
    };
    const first = await start({ IGGY_SYSTEM_ENCRYPTION_KEY: key });
    {
      await using client = await RawClient.login(first);
      await createPlace(client);
      await send(client, ['kept']);
    }
    await first.end('SIGKILL');
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, `${key}\n`);
    chmodSync(keyFile, 0o644);
    const second = await start({ VELTRO_SYSTEM_ENCRYPTION_KEY_FILE: keyFile });
    await using client = await RawClient.login(second);
    assert.deepEqual(texts(await poll(client)), ['kept']);
    assert.equal(await second.end('SIGTERM'), 0);
    const log = [...first.log, ...second.log].join('\n');
    assert.match(log, /Every user of this machine may read or change/);
    assert.ok(!log.includes(key));
  });

  test('opens with its own key only; nothing else is begun in it', async () => {
    const dataDir = join(folder, 'own');
    const clearDir = join(folder, 'own-clear');
    await startBroker({ dataDir, settings }).then((broker) => broker.stop());
    await startBroker({ dataDir: clearDir }).then((broker) => broker.stop());
    const attempts: [string, Record<string, string | boolean>, RegExp][] = [
      [
        dataDir,
        { ...settings, 'system.encryption.key': otherKey },
        /EncryptionMismatch: .*log was encrypted with another key .* Nothing was changed\.$/,
      ],
      [dataDir, {}, /EncryptionMismatch: .*log is encrypted, and system\.encryption is not enab/],
      [
        clearDir,
        settings,
        /EncryptionMismatch: .*log is not encrypted, and system\.encryption\.en/,
      ],
      [dataDir, { 'system.encryption.enabled': true }, /ConfigError: .*neither of/],
      [dataDir, { ...settings, 'system.encryption.key': 'abc' }, /ConfigError: .*32 bytes/],
    ];
    for (const [dir, changes, expected] of attempts) {
      const before = keptIn(dir);
      const { problem, log } = await tryToStart(dir, changes);
      assert.match(problem, expected);
      for (const secret of [key, otherKey]) assert.ok(!(problem + log).includes(secret));
      assert.deepEqual(keptIn(dir), before);
    }
    const opened = await tryToStart(dataDir, settings);
    assert.equal(opened.problem, '');
    assert.ok(!(opened.log + opened.config).includes(key));
    assert.equal((await tryToStart(clearDir, {})).problem, '');
  });

  test('is verified without the key, and with it', async () => {
    const dataDir = join(folder, 'verified');
    const broker = await startBroker({ dataDir, settings });
    await fill(broker.url);
    await broker.stop();
    const verify = async (environment: Record<string, string>, dir = dataDir) => {
      const terminal = fakeTerminal({ environment });
      const code = await runProgram(['verify', dir, '--json'], terminal);
      return { code, out: terminal.output(), err: terminal.errors() };
    };
    const withKey = {
      VELTRO_SYSTEM_ENCRYPTION_ENABLED: 'true',
      VELTRO_SYSTEM_ENCRYPTION_KEY: key,
    };
    for (const environment of [{}, withKey]) {
      const { code, out } = await verify(environment);
      assert.equal(code, 0);
      const found = JSON.parse(out) as Verification;
      assert.deepEqual([found.isSound, found.partitionsCount, found.messagesCount], [true, 1, 40]);
      assert.equal(found.isCatalogSealed, environment !== withKey);
    }
    const wrong = await verify({ ...withKey, VELTRO_SYSTEM_ENCRYPTION_KEY: otherKey });
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /was encrypted with another key/);
    const damaged = join(folder, 'damaged');
    cpSync(dataDir, damaged, { recursive: true });
    const log = readFileSync(join(damaged, LOG));
    log[200] ^= 1;
    writeFileSync(join(damaged, LOG), log);
    assert.equal((await verify({}, damaged)).code, 1);
  });
});
